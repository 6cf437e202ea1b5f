#pragma once
// Messages about MIDI controllers. Controls are said as people and files say them: docs/midi.md.

#include <cstdint>
#include <string>
#include <vector>

namespace auralis::ipc {

// A knob, fader or button, and what it does; "" is what is usual.
struct MidiControl {
  std::string source = {};  // "cc 16", "nrpn 256 channel 3"
  std::string target = {};  // "input.gain", "preset:warm", "undo"
  std::string mode = {};
  std::string from = {};
  std::string to = {};
  std::string value = {};
  std::string step = {};
  std::string ticks = {};
  std::vector<std::string> presets = {};
  std::string feedback = {};
  std::string feedback_low = {};
  std::string feedback_high = {};
  std::string label = {};
  bool invert = false;
};

// --- Requests, all answered by MidiState.

struct GetMidi {};   // looks for new ports, too
struct MapMidi {     // saved in the user's map of that port
  std::string port;  // its name or a part of it; "" where there is one with a map, or one alone
  MidiControl control;
};
struct UnmapMidi {
  std::string port;  // "" is every one
  std::string what;  // a source or a target
};
// Waits for somebody to move a control, finds out what it is, and maps it.
struct LearnMidi {
  std::string port = {};     // that counts; "" is every one
  MidiControl control = {};  // but for the source; of a mode that is "" the kind of control decides
  float timeout_s = 60.0F;   // 1 to 600
  bool cancel = false;
};

// --- Reply.

struct MidiPort {
  std::string name = {};
  bool is_virtual = false;
  bool present = false;
  bool feedback = false;  // its controls can be told
  std::string map = {};   // the controller's name; "" for none
  std::string map_file = {};
  bool map_shipped = false;
  std::uint32_t controls = 0;
  std::uint64_t messages = 0;  // heard
};
struct MappedControl {
  std::string port = {};
  MidiControl control = {};
  std::string text = {};  // of the value in force
};
struct MidiLearning {
  std::string state = {};  // "" never, "waiting", "hearing", "done", "failed"
  std::string target = {};
  std::string hint = {};  // what would help
  std::uint64_t messages = 0;
  std::string port = {};     // where it was found
  std::string saw = {};      // "a knob or fader of 7 bits (cc 16 channel 1)"
  MidiControl control = {};  // that was made of it
  std::string file = {};     // it was saved to
  std::string problem = {};  // why it failed
};
struct MidiState {
  std::string api = {};  // "ALSA", "JACK", "" for none
  std::vector<MidiPort> ports = {};
  std::vector<MappedControl> controls = {};
  std::vector<std::string> problems = {};  // of map files
  std::uint64_t lost = 0;                  // messages that came faster than they could be taken
  MidiLearning learning = {};
};

}  // namespace auralis::ipc
