// What a client asks of MIDI: maps, learning, and what there is.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cctype>
#include <utility>

#include "config/key_hints.h"
#include "config/param_text.h"
#include "daemon/midi.h"

namespace auralis {
namespace {

using std::chrono::milliseconds;

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
