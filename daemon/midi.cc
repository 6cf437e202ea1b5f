#include "daemon/midi.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <mutex>
#include <utility>

namespace auralis {
namespace {

using std::chrono::milliseconds;

constexpr char kVirtualName[] = "Auralis";
constexpr char kSoundDevices[] = "/dev/snd/";
// What comes faster is taken together: no hand is, and a flood costs a change each time.
constexpr auto kHearEvery = milliseconds(2);
constexpr auto kShowEvery = milliseconds(10);
// A fine value comes within two bytes of MIDI's own wire, a millisecond.
constexpr auto kFineComes = milliseconds(10);
constexpr auto kListAfter = milliseconds(150);  // a controller has several ports
// A server under load refuses clients that it takes a moment later; one may be started at any time.
constexpr auto kFirstRetry = milliseconds(250);  // then twice as late each time, but
constexpr auto kSoonRetry = milliseconds(2000);  // for a minute,
constexpr unsigned kSoonRetries = 32;
constexpr auto kLateRetry = milliseconds(30000);  // and from then on

milliseconds RetryAfter(unsigned retries) {
  if (retries > kSoonRetries) return kLateRetry;
  return std::min(kFirstRetry * (1U << std::min(retries, 8U)), kSoonRetry);
}
constexpr auto kConnectedAfter = milliseconds(200);

}  // namespace

Midi::Midi(boost::asio::io_context& loop, ParamRegistry& registry, Hands hands)
    : loop_(loop),
      registry_(registry),
      hands_(std::move(hands)),
      heard_(loop),
      pace_timer_(loop),
      show_timer_(loop),
      quiet_timer_(loop),
      learn_timer_(loop),
      list_timer_(loop),
      connected_timer_(loop) {}

Midi::~Midi() { Close(); }

// What other threads hold. A server that hangs may hold one of them longer than this lives.
struct Midi::Gate {
  ~Gate() { close(heard_fd); }

  void Post(std::function<void()> work) {
    const std::lock_guard lock(mutex);
    if (loop != nullptr) boost::asio::post(*loop, std::move(work));
  }
  void Close() {
    const std::lock_guard lock(mutex);
    loop = nullptr;
  }

  int heard_fd = -1;
  std::mutex mutex;
  boost::asio::io_context* loop = nullptr;
};

void Midi::Start() {
  retries_ = 0;
  if (closed_ || midi_ports_) return Rescan();
  const int heard_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const int reader_fd = heard_fd < 0 ? -1 : fcntl(heard_fd, F_DUPFD_CLOEXEC, 0);
  if (reader_fd < 0) {
    spdlog::warn("MIDI: no descriptor is left for it");
    if (heard_fd >= 0) close(heard_fd);
    return;
  }
  gate_ = std::make_shared<Gate>();
  gate_->heard_fd = heard_fd;
  gate_->loop = &loop_;
  heard_.assign(reader_fd);
  Await();
  registry_.AddListener([this, alive = std::weak_ptr(alive_)](std::span<const std::size_t>) {
    if (!alive.expired()) ShowSoon();
  });
  std::vector<std::filesystem::path> watched = {kSoundDevices};
  try {
    watched.push_back(UserMidiFolder());
  } catch (const ConfigError& e) {
    spdlog::debug("MIDI: {}", e.what());
  }
  files_.emplace(loop_, std::move(watched), [this] { Rescan(); });
  PortNamed(kVirtualName).id = MidiPorts::kVirtual;
  const auto on_loop = [this, gate = gate_, alive = std::weak_ptr(alive_)](auto work) {
    gate->Post([this, alive, work = std::move(work)] {
      if (!alive.expired()) work(*this);
    });
  };
  midi_ports_.emplace(MidiPorts::Events{
      .listed =
          [on_loop](MidiPorts::Listing listing) {
            on_loop([listing = std::move(listing)](Midi& self) { self.Listed(listing); });
          },
      .changed = [on_loop] { on_loop([](Midi& self) { self.LookAgainSoon(kListAfter); }); },
      .connected = [on_loop] { on_loop([](Midi& self) { self.ShowAllSoon(); }); },
      .heard =
          [gate = gate_] {
            const std::uint64_t one = 1;
            static_cast<void>(!write(gate->heard_fd, &one, sizeof(one)));  // full is written
          }});
  midi_ports_->List();
}

void Midi::Close() {
  if (std::exchange(closed_, true)) return;
  alive_.reset();
  if (gate_) gate_->Close();
  midi_ports_.reset();
  boost::system::error_code ignored;
  for (auto* const timer : {&pace_timer_, &show_timer_, &quiet_timer_, &learn_timer_, &list_timer_,
                            &connected_timer_}) {
    timer->cancel(ignored);
  }
  if (files_) files_->Close();
  heard_.close(ignored);
}

// --- Ports and maps.

void Midi::Rescan() {
  if (midi_ports_ && !closed_) midi_ports_->List();
}

void Midi::LookAgainSoon(std::chrono::milliseconds after) {
  if (std::exchange(listing_soon_, true)) return;
  list_timer_.expires_after(after);
  list_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    listing_soon_ = false;
    Rescan();
  });
}

Midi::Port& Midi::PortNamed(const std::string& name) {
  auto& port = ports_[name];
  if (port == nullptr) port = std::make_unique<Port>(next_port_++, name, registry_);
  return *port;
}

void Midi::Listed(const MidiPorts::Listing& listing) {
  // A server may be back before it was missed.
  const bool other_server = std::exchange(server_, listing.server) != listing.server;
  if (std::exchange(api_, listing.api) != listing.api || other_server) {
    if (!api_.empty()) spdlog::info("MIDI over {}, port {}", api_, kVirtualName);
    for (auto& [name, port] : ports_) port->open = port->open_output = false;
  }
  if (api_.empty()) {
    LookAgainSoon(RetryAfter(retries_++));
  } else {
    retries_ = 0;
  }
  std::map<std::string, std::string> there;  // names as maps know them, and in full
  for (const std::string& input : listing.inputs) {
    const std::string plain = MidiPortName(input);
    std::string name = plain;
    for (int i = 2; there.contains(name); ++i) name = plain + " (" + std::to_string(i) + ")";
    there[name] = input;
  }
  for (auto& [name, port] : ports_) {
    if (port->id == MidiPorts::kVirtual) continue;
    const auto found = there.find(name);
    const auto was_away = [&](const std::string& full) {
      return std::find(listing.left.begin(), listing.left.end(), full) != listing.left.end();
    };
    const bool stays = !other_server && found != there.end() && found->second == port->input &&
                       !was_away(port->input) && !(port->open_output && was_away(port->output));
    if (port->input.empty() || stays) continue;
    if (port->open) midi_ports_->Close(port->id);
    port->open = port->open_output = false;
    port->input.clear();
    if (found == there.end()) hands_.tell(name + ": gone");
  }
  for (const auto& [name, input] : there) {
    Port& port = PortNamed(name);
    if (port.input.empty()) hands_.tell(name + ": there");
    port.input = input;
    const auto output = MidiFeedbackPort(input, listing.outputs);
    port.output = output ? listing.outputs[*output] : "";
  }
  // Where no server answers nothing is opened; what becomes of the files is watched.
  if (!api_.empty() || maps_.empty()) LoadMaps();
}

void Midi::LoadMaps() {
  std::vector<MidiMapFile> maps = LoadMidiMaps();
  maps_.swap(maps);
  std::string problems;
  for (const MidiMapFile& one : maps_) {
    if (!one.problem.empty()) problems += (problems.empty() ? "" : "\n") + one.problem;
  }
  if (std::exchange(told_problems_, problems) != problems && !problems.empty()) {
    spdlog::error("MIDI maps that cannot be read are left out:\n{}", problems);
  }
  for (auto& [name, port] : ports_) {
    port->map = MidiMapFor(maps_, name);
    const MidiMap empty;
    const MidiMap& map = port->map == nullptr ? empty : port->map->map;
    if (map != port->surface.map()) port->surface.SetMap(map);
  }
  OpenWhatIsNeeded();
}

// A port without a map is not listened to, but while something is learnt.
void Midi::OpenWhatIsNeeded() {
  for (auto& [name, port] : ports_) {
    const bool is_virtual = port->id == MidiPorts::kVirtual;
    const auto& controls = port->surface.map().controls;
    const bool shows = std::any_of(controls.begin(), controls.end(),
                                   [](const MidiControl& one) { return one.feedback.has_value(); });
    const bool there = !api_.empty() && (is_virtual || !port->input.empty());
    const bool wanted = there && (is_virtual || learning_ || !controls.empty());
    const bool wants_output = wanted && shows && (is_virtual || !port->output.empty());
    if (wanted == port->open && wants_output == port->open_output) continue;
    if (!wanted) {
      midi_ports_->Close(port->id);
    } else {
      midi_ports_->Open(port->id, is_virtual ? kVirtualName : port->input,
                        !wants_output ? ""
                        : is_virtual  ? kVirtualName
                                      : port->output);
      port->surface.ForgetShown();
      if (!port->open && !is_virtual && port->map != nullptr) {
        spdlog::info("MIDI: {} with {} controls of {}", name, controls.size(),
                     port->map->file.string());
      }
    }
    port->open = wanted;
    port->open_output = wants_output;
  }
  ShowSoon();
}

// --- What comes in.

void Midi::Await() {
  heard_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error || closed_) return;
                      std::uint64_t times = 0;
                      static_cast<void>(!read(heard_.native_handle(), &times, sizeof(times)));
                      Heard();
                      Await();
                    });
}

void Midi::Heard() {
  if (pacing_) return;
  const Clock::time_point next = heard_at_ + kHearEvery;
  if (Clock::now() >= next) return HearAll();
  pacing_ = true;
  pace_timer_.expires_at(next);
  pace_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    pacing_ = false;
    HearAll();
  });
}

void Midi::HearAll() {
  heard_at_ = Clock::now();
  midi_ports_->Drain([&](const MidiBytes& bytes) {
    const auto found = std::find_if(ports_.begin(), ports_.end(),
                                    [&](const auto& one) { return one.second->id == bytes.port; });
    if (found == ports_.end()) return;
    Port& port = *found->second;
    for (std::size_t i = 0; i < bytes.size; ++i) {
      const auto message = port.parser.Take(bytes.bytes.at(i));
      if (!message) continue;
      ++port.messages;
      if (learning_) {
        Learn(port.id, *message);
      } else {
        port.surface.Hear(*message, heard_at_);
      }
    }
  });
  bool waits = learning_.has_value();
  for (auto& [name, port] : ports_) {
    Carry(*port);
    waits = waits || port->surface.waits();
  }
  if (waits) AwaitQuiet();
}

// Changes that stand together are one change.
void Midi::Carry(Port& port) {
  std::vector<Assignment> changes;
  const auto set = [&] {
    if (changes.empty()) return;
    if (const auto error = hands_.set(changes)) spdlog::error("MIDI: {}", error->Message());
    changes.clear();
  };
  for (const MidiWish& wish : port.surface.Take()) {
    if (const auto* change = std::get_if<MidiChange>(&wish)) {
      if (registry_.value(change->index) == change->value) continue;
      changes.push_back({registry_.key(change->index), static_cast<double>(change->value)});
      continue;
    }
    set();
    const MidiAct& act = std::get<MidiAct>(wish);
    switch (act.target) {
      case MidiTarget::kPreset:
        hands_.load_preset(act.preset);
        break;
      case MidiTarget::kPresetNext:
        hands_.step_preset(1);
        break;
      case MidiTarget::kPresetPrevious:
        hands_.step_preset(-1);
        break;
      case MidiTarget::kUndo:
        hands_.undo();
        break;
      case MidiTarget::kRedo:
        hands_.redo();
        break;
      default:
        break;
    }
  }
  set();
  ShowSoon();  // a button that lights itself while it is down has to be told again
}

// A coarse value that no fine one followed, and a control that has said all.
void Midi::AwaitQuiet() {
  quiet_timer_.expires_after(learning_ ? milliseconds(MidiLearner::kQuietMs) : kFineComes);
  quiet_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    if (learning_) {
      if (const auto finding = learning_->learner.Quiet()) Found(*finding);
      return;
    }
    for (auto& [name, port] : ports_) {
      if (!port->surface.waits()) continue;
      port->surface.Flush(Clock::now());
      Carry(*port);
    }
  });
}

// --- What goes out.

void Midi::PresetLoaded(const std::string& name) {
  preset_ = name.substr(0, name.find(" + "));  // of the base layer
  ShowSoon();
}

void Midi::ShowSoon() {
  const bool anybody = std::any_of(ports_.begin(), ports_.end(),
                                   [](const auto& one) { return one.second->open_output; });
  if (!anybody || std::exchange(showing_, true)) return;
  show_timer_.expires_at(shown_at_ + kShowEvery);  // or at once
  show_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    showing_ = false;
    Show();
  });
}

// A connection is told before it carries anything: PipeWire's takes a cycle or more.
void Midi::ShowAllSoon() {
  connected_timer_.expires_after(kConnectedAfter);
  connected_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    for (auto& [name, port] : ports_) port->surface.ShowAgain();
    ShowSoon();
  });
}

void Midi::Show() {
  shown_at_ = Clock::now();
  for (auto& [name, port] : ports_) {
    if (port->open_output) midi_ports_->Send(port->id, port->surface.Show(preset_, shown_at_));
  }
}

}  // namespace auralis
