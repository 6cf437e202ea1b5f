#include "daemon/device_supervisor.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>

#include "daemon/device_choice.h"
#include "dsp/kernels/simd_target.h"

namespace auralis {

DeviceSupervisor::DeviceSupervisor(boost::asio::io_context& loop, const AudioSettings& audio,
                                   const VirtualDeviceOptions& virtual_device,
                                   const std::filesystem::path& default_sink_file, bool awaits,
                                   StreamObserver& observer)
    : loop_(loop), audio_(audio), observer_(observer) {
  if (MayBeLive(audio, virtual_device)) OpenPipeWire(default_sink_file);
  if (pipewire_ && pipewire_->is_connected()) {
    const PipeWireWorld world = {.loop = loop, .connection = *pipewire_, .route = *route_};
    device_ = OpenDevice(audio, virtual_device, &world, awaits);
  } else {
    device_ = OpenDevice(audio, virtual_device, nullptr, awaits);
  }
}

void DeviceSupervisor::OpenPipeWire(const std::filesystem::path& default_sink_file) {
  pipewire_.emplace(loop_);
  route_.emplace(loop_, *pipewire_,
                 RouteOptions{.input = audio_.input,
                              .output = audio_.output,
                              .own_sink = audio_.own_sink,
                              .default_sink = audio_.default_sink,
                              .memory = default_sink_file});
}

EngineOptions DeviceSupervisor::OptionsNow() const {
  const StreamFormat format = device_->format();
  return {.sample_rate_hz = format.sample_rate_hz,
          .block_frames = audio_.block_frames,
          .host_frames = format.host_frames,
          .fade_in = device_->is_live(),
          .shed_load = device_->is_live(),
          .speed = format.speed};
}

void DeviceSupervisor::MakeEngine(const SignalPath::Values& values, const Adaptation& adaptation) {
  engine_ = std::make_unique<Engine>(OptionsNow(), values, adaptation);
}

void DeviceSupervisor::Start() {
  if (pipewire_) {
    route_->Start({.fade = [this](LinkKeeper::Sound sound) { Fade(sound); },
                   .changed = [this] { device_->LookSoon(); },
                   .news = [this](const std::string& text) { observer_.DeviceNews(text); },
                   .output_changed =
                       [this](const Situation& output) {
                         output_ = output;
                         observer_.OutputChanged(output);
                       }});
    sink_volume_.emplace(*pipewire_,
                         [this](float volume_db) { observer_.SinkVolumeChanged(volume_db); });
  }
  StartDevice();
}

void DeviceSupervisor::Fade(LinkKeeper::Sound sound) {
  if (sound == LinkKeeper::Sound::kIsSilent) return engine_->Mute();
  engine_->SetAudible(sound == LinkKeeper::Sound::kFadesIn);
}

void DeviceSupervisor::Stop() {
  if (std::exchange(stopped_, true)) return;
  if (in_step_) in_step_->GiveUp();
  device_->Stop();
  sink_volume_.reset();
  if (pipewire_) {
    route_->Close();
    pipewire_->Close();
  }
}

void DeviceSupervisor::StartDevice() {
  const auto on_loop = [this](auto act) {
    return [this, act](const std::string& reason) {
      boost::asio::post(loop_, [this, act, reason] {
        if (!stopped_) act(reason);
      });
    };
  };
  AudioCallback& callback = in_step_ ? static_cast<AudioCallback&>(*in_step_) : *engine_;
  device_->Start(
      callback,
      {.ended = on_loop([this](const std::string& error) { observer_.StreamEnded(error); }),
       .renewed = on_loop([this](const std::string& reason) { Renew(reason); })});
  spdlog::info("streaming {} at {:.0f} Hz, blocks of {} frames, {} frames of latency, {}",
               device_->name(), engine_->options().sample_rate_hz, engine_->options().block_frames,
               engine_->latency_frames(), ChosenSimdTarget());
}

// The device calls nobody since it said so; what is freed here is in nobody's hands.
void DeviceSupervisor::Renew(const std::string& reason) {
  device_->Stop();
  in_step_.reset();
  observer_.StreamEnding();
  engine_ = std::make_unique<Engine>(OptionsNow(), *engine_);
  observer_.StreamRenewed();
  observer_.DeviceNews(reason);
  StartDevice();
}

}  // namespace auralis
