#include "daemon/midi.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cctype>
#include <filesystem>
#include <mutex>
#include <utility>

#include "config/key_hints.h"
#include "config/param_text.h"

namespace auralis {
namespace {

using std::chrono::milliseconds;

constexpr char kVirtualName[] = "Auralis";
constexpr char kSoundDevices[] = "/dev/snd";
// What comes faster is taken together: no hand is, and a flood costs a change each time.
constexpr auto kHearEvery = milliseconds(2);
constexpr auto kShowEvery = milliseconds(10);
// A fine value comes within two bytes of MIDI's own wire, a millisecond.
constexpr auto kFineComes = milliseconds(10);
constexpr auto kListAfter = milliseconds(150);
constexpr float kLeastTimeout = 1.0F;
constexpr float kMostTimeout = 600.0F;

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

MidiControlText Plain(const ipc::MidiControl& m) {
  return {.source = m.source,
          .target = m.target,
          .mode = m.mode,
          .from = m.from,
          .to = m.to,
          .value = m.value,
          .step = m.step,
          .ticks = m.ticks,
          .invert = m.invert,
          .presets = m.presets,
          .feedback = m.feedback,
          .feedback_low = m.feedback_low,
          .feedback_high = m.feedback_high,
          .label = m.label};
}

ipc::MidiControl Wire(const MidiControlText& text) {
  return {.source = text.source,
          .target = text.target,
          .mode = text.mode,
          .from = text.from,
          .to = text.to,
          .value = text.value,
          .step = text.step,
          .ticks = text.ticks,
          .presets = text.presets,
          .feedback = text.feedback,
          .feedback_low = text.feedback_low,
          .feedback_high = text.feedback_high,
          .label = text.label,
          .invert = text.invert};
}

ipc::Error Refused(const ParamError& error) {
  return {.code = ipc::ErrorCode::kBadValue,
          .key = error.key,
          .value = error.value,
          .reason = error.reason,
          .allowed = error.allowed,
          .message = error.Message()};
}

ipc::Error BadFile(const std::string& message) {
  return {.code = ipc::ErrorCode::kBadFile, .reason = message, .message = message};
}

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
      list_timer_(loop) {}

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
      .changed = [on_loop] { on_loop([](Midi& self) { self.LookAgainSoon(); }); },
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
  pace_timer_.cancel();
  show_timer_.cancel();
  quiet_timer_.cancel();
  learn_timer_.cancel();
  list_timer_.cancel();
  if (files_) files_->Close();
  boost::system::error_code ignored;
  heard_.close(ignored);
}

// --- Ports and maps.

void Midi::Rescan() {
  if (midi_ports_ && !closed_) midi_ports_->List();
}

void Midi::LookAgainSoon() {
  if (std::exchange(listing_soon_, true)) return;
  list_timer_.expires_after(kListAfter);  // a controller has several ports
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
  if (std::exchange(api_, listing.api) != listing.api) {
    if (!api_.empty()) spdlog::info("MIDI over {}, port {}", api_, kVirtualName);
    for (auto& [name, port] : ports_) port->open = port->open_output = false;
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
    const bool stays = found != there.end() && found->second == port->input &&
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
  LoadMaps();
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

void Midi::Show() {
  shown_at_ = Clock::now();
  for (auto& [name, port] : ports_) {
    if (port->open_output) midi_ports_->Send(port->id, port->surface.Show(preset_, shown_at_));
  }
}

// --- Learning.

void Midi::Learn(std::size_t port, const MidiMessage& message) {
  const auto found = std::find_if(ports_.begin(), ports_.end(),
                                  [&](const auto& one) { return one.second->id == port; });
  const std::vector<Port*> wanted = PortsLike(learning_->request.port);
  if (std::find(wanted.begin(), wanted.end(), found->second.get()) == wanted.end()) return;
  if (const auto finding = learning_->learner.Hear(port, message)) Found(*finding);
}

void Midi::Found(const MidiFinding& finding) {
  const auto found = std::find_if(ports_.begin(), ports_.end(),
                                  [&](const auto& one) { return one.second->id == finding.port; });
  MidiControlText text = Plain(learning_->request.control);
  text.source = MidiSourceText(finding.source);
  const bool says_mode = !text.mode.empty() || finding.source.kind == MidiKind::kNote ||
                         finding.source.kind == MidiKind::kProgram;
  const auto index = registry_.Find(text.target);
  if (!says_mode && index && !finding.is_button) {
    text.mode = kMidiModeNames[static_cast<std::size_t>(finding.mode)];
  } else if (!says_mode && (index || text.target == "bypass")) {
    const bool choice = index && ParamRegistry::info(*index).spec.scale == Scale::kChoice;
    const bool steps = choice || !text.step.empty();
    text.mode = !text.value.empty() ? "choose" : steps ? "step" : "toggle";
  }
  learnt_.port = found->first;
  learnt_.saw = finding.saw;
  auto made = MakeMidiControl(text, registry_);
  if (const auto* error = std::get_if<ParamError>(&made)) return EndLearning(error->Message());
  learnt_.control = Wire(TextOf(std::get<MidiControl>(made), registry_));
  try {
    learnt_.file = SaveMidiControl(found->first, std::get<MidiControl>(made)).string();
  } catch (const ConfigError& e) {
    return EndLearning(e.what());
  }
  EndLearning("");
}

void Midi::EndLearning(const std::string& problem) {
  if (!learning_) return;
  learnt_.messages = learning_->learner.messages();
  learnt_.state = problem.empty() ? "done" : "failed";
  learnt_.hint.clear();
  learnt_.problem = problem;
  // What runs now may be within what learning_ holds.
  boost::asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    LoadMaps();
  });
  learning_.reset();
  learn_timer_.cancel();
  if (problem.empty()) {
    spdlog::info("MIDI: {} on {} is {} from now on", learnt_.saw, learnt_.port, learnt_.target);
    hands_.tell("learnt: " + learnt_.saw + " on " + learnt_.port + " is " + learnt_.target);
  }
}

ipc::Reply Midi::Answer(const ipc::LearnMidi& request) {
  if (request.cancel) {
    EndLearning("it was called off");
    return State();
  }
  MidiControlText text = Plain(request.control);
  text.source = text.target == "presets" ? "program any" : "cc 0";  // to see whether the rest does
  const bool for_button = !text.value.empty() || !text.step.empty();
  if (for_button && text.mode.empty()) text.mode = text.value.empty() ? "step" : "choose";
  const auto made = MakeMidiControl(text, registry_);
  if (const auto* error = std::get_if<ParamError>(&made)) return Refused(*error);
  if (!(request.timeout_s >= kLeastTimeout && request.timeout_s <= kMostTimeout)) {
    return Refused({.key = "timeout_s",
                    .value = ExactText(request.timeout_s),
                    .reason = "is out of range",
                    .allowed = "1 s to 600 s"});
  }
  if (api_.empty()) return NoSuchPort(request.port);
  if (PortsLike(request.port).empty()) return NoSuchPort(request.port);
  if (learning_) EndLearning("another one was begun");
  learnt_ = {.state = "waiting", .target = request.control.target};
  const auto timeout = milliseconds(static_cast<int>(request.timeout_s * 1000.0F));
  learning_.emplace(Learning{request, {}, Clock::now() + timeout});
  learn_timer_.expires_after(timeout);
  learn_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_ || !learning_ || Clock::now() < learning_->until) return;
    EndLearning(learning_->learner.messages() == 0 ? "nothing was moved in time"
                                                   : "what was moved did not show what it is");
  });
  OpenWhatIsNeeded();
  return State();
}

// --- Answers.

ipc::Reply Midi::Answer(const ipc::GetMidi&) {
  if (!learning_) Rescan();  // what it finds is in the next answer
  return State();
}

ipc::Reply Midi::Answer(const ipc::MapMidi& request) {
  const auto made = MakeMidiControl(Plain(request.control), registry_);
  if (const auto* error = std::get_if<ParamError>(&made)) return Refused(*error);
  std::vector<Port*> ports = PortsLike(request.port);
  if (request.port.empty()) {  // the one that is there, else the one to connect to
    if (ports.size() > 1) {
      std::erase_if(ports, [](const Port* one) { return one->id == MidiPorts::kVirtual; });
    }
  }
  if (ports.size() != 1) return NoSuchPort(request.port);
  try {
    SaveMidiControl(ports[0]->name, std::get<MidiControl>(made));
  } catch (const ConfigError& e) {
    return BadFile(e.what());
  }
  LoadMaps();
  return State();
}

ipc::Reply Midi::Answer(const ipc::UnmapMidi& request) {
  const auto source = ParseMidiSource(request.what);
  bool any = false;
  for (Port* port : PortsLike(request.port)) {
    std::vector<std::size_t> places;
    const auto& controls = port->surface.map().controls;
    for (std::size_t i = 0; i < controls.size(); ++i) {
      const std::string target = TextOf(controls[i], registry_).target;
      const bool bypass = request.what == "bypass" && target == "master.bypass";
      if ((source && Overlap(controls[i].source, *source)) || target == request.what || bypass) {
        places.push_back(i);
      }
    }
    if (places.empty()) continue;
    any = true;
    try {
      RemoveMidiControls(port->name, places);
    } catch (const ConfigError& e) {
      return BadFile(e.what());
    }
  }
  if (!any) {
    return Refused({.key = "what",
                    .value = Printable(request.what),
                    .reason = "is not mapped",
                    .allowed = "a control or a target that `midi map` shows"});
  }
  LoadMaps();
  return State();
}

// By name, else by a part of it, whatever its case; "" is every one that is there.
std::vector<Midi::Port*> Midi::PortsLike(const std::string& name) {
  std::vector<Port*> all;
  if (const auto found = ports_.find(name); found != ports_.end()) return {found->second.get()};
  for (auto& [known, port] : ports_) {
    const bool there = port->id == MidiPorts::kVirtual || !port->input.empty();
    const bool fits = name.empty() ? there : Lower(known).find(Lower(name)) != std::string::npos;
    if (fits) all.push_back(port.get());
  }
  return all;
}

ipc::Error Midi::NoSuchPort(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [known, port] : ports_) {
    if (port->id == MidiPorts::kVirtual || !port->input.empty()) names.push_back(known);
  }
  const std::string allowed = api_.empty() ? "" : Joined(names);
  std::string reason = api_.empty()   ? "there is no MIDI: neither a sequencer nor a JACK server"
                       : name.empty() ? "it has to be said which port"
                                      : "is no one MIDI port";
  const std::string message = (name.empty() ? "" : Printable(name) + " ") + reason +
                              (allowed.empty() ? "" : " (there are: " + allowed + ")");
  return {.code = ipc::ErrorCode::kNoSuchPort,
          .key = "port",
          .value = Printable(name),
          .reason = std::move(reason),
          .allowed = allowed,
          .message = message};
}

ipc::MidiState Midi::State() const {
  ipc::MidiState state{.api = api_, .learning = learnt_};
  if (learning_) {
    state.learning.messages = learning_->learner.messages();
    state.learning.state = state.learning.messages > 0 ? "hearing" : "waiting";
    state.learning.hint = learning_->learner.hint();
  }
  if (midi_ports_) state.lost = midi_ports_->lost();
  for (const MidiMapFile& one : maps_) {
    if (!one.problem.empty()) state.problems.push_back(one.problem);
  }
  for (const auto& [name, port] : ports_) {
    const bool is_virtual = port->id == MidiPorts::kVirtual;
    const auto& controls = port->surface.map().controls;
    state.ports.push_back({.name = name,
                           .is_virtual = is_virtual,
                           .present = !api_.empty() && (is_virtual || !port->input.empty()),
                           .feedback = is_virtual || !port->output.empty(),
                           .map = port->map == nullptr ? "" : port->map->map.name,
                           .map_file = port->map == nullptr ? "" : port->map->file.string(),
                           .map_shipped = port->map != nullptr && port->map->shipped,
                           .controls = static_cast<std::uint32_t>(controls.size()),
                           .messages = port->messages});
    for (const MidiControl& control : controls) {
      const bool parameter = control.target == MidiTarget::kParameter;
      state.controls.push_back({.port = name,
                                .control = Wire(TextOf(control, registry_)),
                                .text = parameter
                                            ? FormatValue(ParamRegistry::info(control.index).spec,
                                                          registry_.value(control.index))
                                            : ""});
    }
  }
  return state;
}

}  // namespace auralis
