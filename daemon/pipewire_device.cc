#include "daemon/pipewire_device.h"

#include <pipewire/filter.h>
#include <pipewire/pipewire.h>
#include <spa/param/latency-utils.h>
#include <spa/pod/builder.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace auralis {
namespace {

using std::chrono::milliseconds;

constexpr double kDefaultRateHz = 48000.0;
constexpr std::size_t kLeadOutFrames = 128;
constexpr std::uint64_t kShortestPauseNs = 500'000'000;
constexpr milliseconds kFirstLook{2};
constexpr milliseconds kLastLook{200};

// What the graph runs at, or will when it runs.
double RateOf(const PipeWireGraph& graph) {
  for (const char* const key : {"clock.force-rate", "clock.rate"}) {
    if (const std::uint32_t rate_hz = graph.Setting(key); rate_hz != 0) return rate_hz;
  }
  return kDefaultRateHz;
}

}  // namespace

struct PipeWireDevice::Hooks {
  Hooks() {
    filter.version = PW_VERSION_FILTER_EVENTS;
    filter.process = [](void* self, spa_io_position* position) {
      static_cast<PipeWireDevice*>(self)->Process(*position);
    };
    filter.state_changed = [](void* self, pw_filter_state, pw_filter_state state, const char*) {
      auto& device = *static_cast<PipeWireDevice*>(self);
      if (state == PW_FILTER_STATE_STREAMING) device.LookAtRateSoon();
      if (state != PW_FILTER_STATE_STREAMING) device.paused_.store(true);
    };
    // Another driver may have another rate.
    filter.io_changed = [](void* self, void* port, std::uint32_t id, void* area, std::uint32_t) {
      if (port == nullptr && id == SPA_IO_Position && area != nullptr) {
        static_cast<PipeWireDevice*>(self)->LookAtRateSoon();
      }
    };
  }
  spa_hook hook{};
  pw_filter_events filter{};
};

PipeWireDevice::PipeWireDevice(boost::asio::io_context& loop, PipeWireConnection& connection,
                               PipeWireRoute& route)
    : connection_(connection),
      route_(route),
      rate_timer_(loop),
      hooks_(std::make_unique<Hooks>()),
      format_{.sample_rate_hz = RateOf(route.graph()), .host_frames = 0},
      nowhere_(kMostFrames, 0.0F) {
  for (auto& channel : no_input_) channel.assign(kMostFrames, 0.0F);
  // What else of this process comes into the graph, MIDI ports over JACK, must not keep it awake:
  // PipeWire's JACK library would have every client called in every cycle.
  const char* const props = std::getenv("PIPEWIRE_PROPS");
  if (props == nullptr || *props == '\0') {
    setenv("PIPEWIRE_PROPS", "{ jack.filter-name = true, node.always-process = false }", 1);
  }
  connection_.Add(*this);
}

PipeWireDevice::~PipeWireDevice() {
  Stop();
  connection_.Remove(*this);
}

StreamFormat PipeWireDevice::format() const {
  return {.sample_rate_hz = format_.sample_rate_hz, .host_frames = seen_frames_.load()};
}

void PipeWireDevice::Start(AudioCallback& callback, DeviceEvents events) {
  Stop();
  events_ = std::move(events);
  callback_rate_hz_.store(static_cast<std::uint32_t>(std::lround(format_.sample_rate_hz)));
  TellLatency(callback);
  gate_.Open(callback);
  LookAtRateSoon();
}

void PipeWireDevice::Stop() {
  gate_.Close();
  boost::system::error_code ignored;
  rate_timer_.cancel(ignored);
  events_ = {};
}

void PipeWireDevice::Connected(pw_core* core) {
  pw_properties* const properties =
      pw_properties_new(PW_KEY_NODE_NAME, "auralis-engine",           //
                        PW_KEY_NODE_DESCRIPTION, "Auralis (engine)",  //
                        PW_KEY_MEDIA_TYPE, "Audio",                   //
                        PW_KEY_MEDIA_CATEGORY, "Filter",              //
                        PW_KEY_MEDIA_ROLE, "DSP",                     //
                        NULL);
  filter_ = pw_filter_new(core, "auralis-engine", properties);
  if (filter_ == nullptr) return;
  hooks_->hook = {};
  pw_filter_add_listener(filter_, &hooks_->hook, &hooks_->filter, this);
  AddPorts();
  paused_.store(true);
  pw_filter_connect(filter_, PW_FILTER_FLAG_RT_PROCESS, nullptr, 0);
  if (std::exchange(was_away_, false)) Renew("the sound server is back");
}

void PipeWireDevice::AddPorts() {
  constexpr std::array<const char*, kPorts> kNames = {"input_FL", "input_FR", "output_FL",
                                                      "output_FR"};
  for (std::size_t i = 0; i < kPorts; ++i) {
    pw_properties* const properties =
        pw_properties_new(PW_KEY_FORMAT_DSP, "32 bit float mono audio",    //
                          PW_KEY_PORT_NAME, kNames[i],                     //
                          PW_KEY_AUDIO_CHANNEL, i % 2 == 0 ? "FL" : "FR",  //
                          NULL);
    ports_[i] = pw_filter_add_port(filter_, i < 2 ? PW_DIRECTION_INPUT : PW_DIRECTION_OUTPUT,
                                   PW_FILTER_PORT_FLAG_MAP_BUFFERS, 0, properties, nullptr, 0);
  }
}

void PipeWireDevice::Disconnected() {
  gate_.Close();
  boost::system::error_code ignored;
  rate_timer_.cancel(ignored);
  was_away_ = true;
  if (filter_ == nullptr) return;
  spa_hook_remove(&hooks_->hook);
  pw_filter_destroy(std::exchange(filter_, nullptr));
}

// Players that show pictures show them as late as the music is.
void PipeWireDevice::TellLatency(const AudioCallback& callback) {
  if (filter_ == nullptr) return;
  std::array<std::uint8_t, 256> buffer{};
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, buffer.data(), buffer.size());
  const spa_process_latency_info latency = {
      .quantum = 0.0F, .rate = static_cast<std::uint32_t>(callback.latency_frames()), .ns = 0};
  const spa_pod* params[] = {
      spa_process_latency_build(&builder, SPA_PARAM_ProcessLatency, &latency)};
  pw_filter_update_params(filter_, nullptr, params, 1);
}

void PipeWireDevice::LookAtRateSoon() { LookAtRate(cycles_.load(), kFirstLook); }

// The rate is known when a cycle has run; which may be never, when nobody plays.
void PipeWireDevice::LookAtRate(std::uint64_t cycles_before, milliseconds interval) {
  rate_timer_.expires_after(interval);
  rate_timer_.async_wait([this, cycles_before, interval](const boost::system::error_code& error) {
    if (error || filter_ == nullptr) return;
    if (cycles_.load() == cycles_before) {
      if (pw_filter_get_state(filter_, nullptr) == PW_FILTER_STATE_STREAMING) {
        LookAtRate(cycles_before, std::min(2 * interval, kLastLook));
      }
      return;
    }
    const std::uint32_t rate_hz = seen_rate_hz_.load();
    if (rate_hz == callback_rate_hz_.load()) return;
    format_.sample_rate_hz = rate_hz;
    Renew("the sample rate is " + std::to_string(rate_hz) + " Hz now");
  });
}

void PipeWireDevice::Renew(const std::string& reason) {
  gate_.Close();
  if (events_.renewed) std::exchange(events_.renewed, nullptr)(reason);
}

void PipeWireDevice::Process(const spa_io_position& position) noexcept {
  const auto frames = static_cast<std::size_t>(position.clock.duration);
  const std::uint32_t rate_hz = position.clock.rate.denom;
  std::array<float*, kPorts> ports{};
  for (std::size_t i = 0; i < kPorts; ++i) {
    ports[i] = static_cast<float*>(
        pw_filter_get_dsp_buffer(ports_[i], static_cast<std::uint32_t>(frames)));
  }
  const bool after_pause = paused_.exchange(false);
  gap_pending_ = gap_pending_ || after_pause;
  // Shorter, and it came into the middle of the music: the graph was laid out anew.
  const std::uint64_t now_ns = position.clock.nsec;
  const bool goes_on = now_ns - last_cycle_ns_ < kShortestPauseNs;
  const bool other_driver = position.clock.id != clock_;
  if (goes_on && (after_pause || other_driver)) gap_pending_ = loss_pending_ = true;
  last_cycle_ns_ = now_ns;
  const std::uint64_t expected = next_position_;
  const std::uint32_t lost = Lost(position, after_pause);
  if (lost != 0 && position.clock.position - expected > rate_hz / 50) {
    gap_pending_ = loss_pending_ = true;
  }
  if (rate_hz == callback_rate_hz_.load()) {
    Run(ports.data(), frames, lost);
  } else {
    for (std::size_t i = 2; i < kPorts; ++i) {
      if (ports[i] != nullptr) std::fill_n(ports[i], frames, 0.0F);
    }
  }
  seen_rate_hz_.store(rate_hz, std::memory_order_relaxed);
  seen_frames_.store(static_cast<std::uint32_t>(frames), std::memory_order_relaxed);
  cycles_.fetch_add(1);
}

// Ports without a link have no buffer. One side alone is not heard: the other follows at once.
void PipeWireDevice::Run(float* const* ports, std::size_t frames, std::uint32_t xruns) noexcept {
  const bool has_input = ports[0] != nullptr && ports[1] != nullptr;
  const bool has_output = ports[2] != nullptr && ports[3] != nullptr;
  if (has_input && has_output) {
    if (std::exchange(was_cut_, false)) gap_pending_ = loss_pending_ = true;
  } else {
    was_cut_ = true;
  }
  for (std::size_t done = 0; done < frames; done += kMostFrames) {
    const std::size_t count = std::min(frames - done, kMostFrames);
    const float* input[2];
    float* output[2];
    for (std::size_t ch = 0; ch < 2; ++ch) {
      if (!has_input) LeadOut(ch, count);
      input[ch] = has_input ? ports[ch] + done : no_input_[ch].data();
      if (has_input) last_input_[ch] = input[ch][count - 1];
      output[ch] = has_output ? ports[2 + ch] + done : nowhere_.data();
    }
    const bool ran = gate_.Process({.input = input,
                                    .output = output,
                                    .frames = count,
                                    .xruns = xruns,
                                    .after_pause = gap_pending_,
                                    .after_loss = loss_pending_ || xruns != 0});
    xruns = 0;
    if (ran) gap_pending_ = loss_pending_ = false;
    for (std::size_t ch = 0; ch < 2; ++ch) {
      float* const port = ports[2 + ch];
      if (port != nullptr && !(ran && has_output)) std::fill_n(port + done, count, 0.0F);
    }
  }
}

// From where the input was cut to silence, instead of dropping there.
void PipeWireDevice::LeadOut(std::size_t channel, std::size_t frames) noexcept {
  std::vector<float>& buffer = no_input_[channel];
  const float last = std::exchange(last_input_[channel], 0.0F);
  const std::size_t lead = std::min(frames, kLeadOutFrames);
  for (std::size_t i = 0; i < lead; ++i) {
    buffer[i] = last * static_cast<float>(lead - i) / static_cast<float>(lead + 1);
  }
  std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(lead),
            buffer.begin() + static_cast<std::ptrdiff_t>(frames), 0.0F);
}

// A cycle that this node missed is a hole in the time of the clock that drives it.
std::uint32_t PipeWireDevice::Lost(const spa_io_position& position, bool after_pause) noexcept {
  const bool goes_on = !after_pause && position.clock.id == clock_;
  const bool hole = goes_on && position.clock.position > next_position_;
  clock_ = position.clock.id;
  next_position_ = position.clock.position + position.clock.duration;
  return hole ? 1 : 0;
}

}  // namespace auralis
