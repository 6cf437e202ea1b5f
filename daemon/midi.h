#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/midi_learner.h"
#include "config/midi_library.h"
#include "config/midi_surface.h"
#include "config/param_registry.h"
#include "daemon/file_watch.h"
#include "daemon/midi_ports.h"
#include "ipc/messages.h"

namespace auralis {

// MIDI controllers: which are there, which map each has, what their moves change and what they are
// to show. Where there is neither a sequencer nor a server it waits without a sound. [control]
class Midi {
 public:
  // What a hand at a controller may do. Changes of one hand go together in the history.
  struct Hands {
    std::function<std::optional<ParamError>(std::span<const Assignment>)> set;
    std::function<void(const std::string& name)> load_preset;
    std::function<void(int step)> step_preset;
    std::function<void()> undo;
    std::function<void()> redo;
    std::function<void(const std::string& text)> tell;  // those who watch events
  };

  // `registry` must outlive this. Nothing is opened before Start().
  Midi(boost::asio::io_context& loop, ParamRegistry& registry, Hands hands);
  ~Midi();
  Midi(const Midi&) = delete;
  Midi& operator=(const Midi&) = delete;

  void Start();  // again: Rescan()
  // Looks again for an API, ports and maps.
  void Rescan();
  void PresetLoaded(const std::string& name);
  void Close();  // takes everything off the loop

  ipc::Reply Answer(const ipc::GetMidi& request);
  ipc::Reply Answer(const ipc::MapMidi& request);
  ipc::Reply Answer(const ipc::UnmapMidi& request);
  ipc::Reply Answer(const ipc::LearnMidi& request);

 private:
  using Clock = MidiSurface::Clock;

  struct Gate;
  struct Port {
    Port(std::uint32_t number, std::string port_name, const ParamRegistry& registry)
        : id(number), name(std::move(port_name)), surface({}, registry) {}
    std::uint32_t id;
    std::string name;   // as maps know it
    std::string input;  // in full; "" while it is not there
    std::string output;
    bool open = false;
    bool open_output = false;
    MidiParser parser;
    MidiSurface surface;
    const MidiMapFile* map = nullptr;  // of maps_
    std::uint64_t messages = 0;
  };
  struct Learning {
    ipc::LearnMidi request;
    MidiLearner learner;
    Clock::time_point until;
  };

  void Listed(const MidiPorts::Listing& listing);
  void LoadMaps();
  void OpenWhatIsNeeded();
  Port& PortNamed(const std::string& name);
  void Await();
  void Heard();
  void HearAll();
  void Carry(Port& port);
  void LookAgainSoon(std::chrono::milliseconds after);
  void ShowAllSoon();
  void Show();
  void ShowSoon();
  void AwaitQuiet();
  void Learn(std::size_t port, const MidiMessage& message);
  void Found(const MidiFinding& finding);
  void EndLearning(const std::string& problem);
  std::vector<Port*> PortsLike(const std::string& name);
  ipc::Error NoSuchPort(const std::string& name) const;
  ipc::MidiState State() const;

  boost::asio::io_context& loop_;
  ParamRegistry& registry_;
  Hands hands_;
  std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // until Close()
  std::shared_ptr<Gate> gate_;  // of other threads to this one
  boost::asio::posix::stream_descriptor heard_;
  boost::asio::steady_timer pace_timer_;   // of what is heard
  boost::asio::steady_timer show_timer_;   // of what is shown
  boost::asio::steady_timer quiet_timer_;  // nothing came for a while
  boost::asio::steady_timer learn_timer_;
  boost::asio::steady_timer list_timer_;
  boost::asio::steady_timer connected_timer_;
  std::vector<MidiMapFile> maps_;
  std::string told_problems_;
  std::map<std::string, std::unique_ptr<Port>> ports_;
  std::uint32_t next_port_ = MidiPorts::kVirtual + 1;
  std::string api_;
  std::uint64_t server_ = 0;
  std::string preset_;
  std::optional<Learning> learning_;
  ipc::MidiLearning learnt_;
  Clock::time_point heard_at_{};
  Clock::time_point shown_at_{};
  bool pacing_ = false;
  bool showing_ = false;
  bool listing_soon_ = false;
  unsigned retries_ = 0;  // in a row, for an API
  bool closed_ = false;
  std::optional<FileWatch> files_;       // maps, and sound devices
  std::optional<MidiPorts> midi_ports_;  // last: it calls the above
};

}  // namespace auralis
