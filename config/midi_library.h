#pragma once
// Maps of MIDI controllers: the user's, then the shipped ones. [control]

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/midi_map.h"

namespace auralis {

struct MidiMapFile {
  std::string name;  // of the file, without ".toml"
  std::filesystem::path file;
  bool shipped = false;
  MidiMap map;          // empty where it cannot be read
  std::string problem;  // why not
};

// $XDG_CONFIG_HOME/auralis/midi, else ~/.config/auralis/midi. Throws ConfigError where there is no
// home.
std::filesystem::path UserMidiFolder();
// $AURALIS_MIDI, else as ShippedFolder.
std::filesystem::path ShippedMidiFolder();

// Every map, the user's first, each sorted by name; of two of one name the user's.
std::vector<MidiMapFile> LoadMidiMaps();

// A port's name without what changes from one plugging-in to the next: ALSA's numbers at its end.
std::string MidiPortName(std::string_view port);
// The first map for a port of that name; nothing where there is none.
const MidiMapFile* MidiMapFor(const std::vector<MidiMapFile>& maps, const std::string& port);
// The outgoing port of the same controller; nothing where there is none.
std::optional<std::size_t> MidiFeedbackPort(const std::string& input,
                                            const std::vector<std::string>& outputs);

// Puts the control into the user's map for that port, which is made where there is none: as a copy
// of the shipped one, or new. Returns the file. Throws ConfigError.
std::filesystem::path SaveMidiControl(const std::string& port, const MidiControl& control);
// Takes out what is at those places of the port's map; what was shipped is hidden by a copy without
// it. Throws ConfigError.
std::filesystem::path RemoveMidiControls(const std::string& port,
                                         const std::vector<std::size_t>& places);

}  // namespace auralis
