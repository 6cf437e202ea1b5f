#include "daemon/pipewire_route.h"

#include <utility>

#include "daemon/audio_device.h"
#include "daemon/output_route.h"

namespace auralis {
namespace {

constexpr std::chrono::milliseconds kGiveBackPatience{500};

}  // namespace

PipeWireRoute::PipeWireRoute(boost::asio::io_context& loop, PipeWireConnection& connection,
                             const RouteOptions& options)
    : connection_(connection),
      options_(options),
      graph_(connection, [this] { Follow(); }),
      default_sink_(graph_, options.default_sink, options.memory),
      keeper_(loop, connection, graph_, [this](LinkKeeper::Sound sound) {
        if (events_.fade) events_.fade(sound);
      }) {
  if (options.own_sink) own_sink_.emplace(connection);
  connection_.Add(*this);
}

PipeWireRoute::~PipeWireRoute() { connection_.Remove(*this); }

bool PipeWireRoute::AwaitSink(std::chrono::milliseconds timeout) {
  return connection_.Await(
      [&] { return graph_.is_complete() && (!own_sink_ || keeper_.plan().input.has_value()); },
      timeout);
}

void PipeWireRoute::CheckWishes() const {
  std::string sinks;
  std::string inputs;
  for (const auto& [id, node] : graph_.now().nodes) {
    const std::string quoted = "'" + node.description + "'";
    if (node.media_class.starts_with("Audio/S")) inputs += (inputs.empty() ? "" : ", ") + quoted;
    if (node.media_class == "Audio/Sink") sinks += (sinks.empty() ? "" : ", ") + quoted;
  }
  if (!keeper_.plan().input) {
    throw DeviceError("PipeWire: input '" + options_.input + "' is not there; --input " +
                      (inputs.empty() ? "has nothing to choose from" : "takes one of: " + inputs));
  }
  if (!keeper_.plan().problem.empty()) {
    throw DeviceError("PipeWire: " + keeper_.plan().problem + "; --output takes one of: " + sinks);
  }
}

void PipeWireRoute::Start(RouteEvents events) {
  events_ = std::move(events);
  started_ = true;
  Tell();
}

void PipeWireRoute::Close() {
  keeper_.Close();
  default_sink_.Restore();
  graph_.AwaitServer(kGiveBackPatience);
}

std::string PipeWireRoute::Text() const {
  return NameOf(keeper_.plan().input) + " -> " + NameOf(keeper_.plan().output);
}

std::string PipeWireRoute::NameOf(std::optional<std::uint32_t> node) const {
  const auto found = node ? graph_.now().nodes.find(*node) : graph_.now().nodes.end();
  if (found == graph_.now().nodes.end()) return "nothing";
  return found->second.description.empty() ? found->second.name : found->second.description;
}

void PipeWireRoute::Disconnected() {
  told_output_ = {};
  if (events_.changed) events_.changed();
  if (started_) events_.news("the sound server is gone; its return is awaited");
}

void PipeWireRoute::Follow() {
  if (events_.changed) events_.changed();
  if (own_sink_) own_sink_->Follow(graph_.now());
  default_sink_.Follow();
  keeper_.Keep({.input = options_.input,
                .output = options_.output,
                .fallback_output = default_sink_.displaced()});
  if (started_) Tell();
}

void PipeWireRoute::Tell() {
  if (std::exchange(told_problem_, keeper_.plan().problem) != keeper_.plan().problem &&
      !told_problem_.empty()) {
    events_.news(told_problem_ + ": playing to " + NameOf(keeper_.plan().output) + " meanwhile");
  }
  if (!keeper_.plan().output) return;
  Situation output = OutputSituation(graph_.now().nodes.at(*keeper_.plan().output));
  if (keeper_.plan().input) {
    output = WithApplication(std::move(output), graph_.now(), *keeper_.plan().input, told_output_);
  }
  const Situation before = std::exchange(told_output_, output);
  if (before == output) return;
  if (before.device_id != output.device_id) events_.news("playing " + Text());
  events_.output_changed(output);
}

}  // namespace auralis
