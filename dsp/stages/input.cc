#include "dsp/stages/input.h"

#include <algorithm>
#include <numbers>

namespace auralis {

void Input::Prepare(const ProcessSpec& spec) {
  for (Channel& channel : channels_) {
    channel.gain.Prepare(spec.sample_rate_hz, kParams[1].spec.smoothing_ms);
  }
  dc_mix_.Prepare(spec.sample_rate_hz, kParams[3].spec.smoothing_ms);
  dc_pole_ =
      static_cast<float>(std::exp(-2.0 * std::numbers::pi * kDcCornerHz / spec.sample_rate_hz));
  SetTargets(DefaultParams<Params>(kParams));
  Reset();
}

void Input::Reset() noexcept {
  for (Channel& channel : channels_) {
    channel.gain.SnapTo(channel.gain.target());
    channel.x1 = channel.y1 = 0.0F;
  }
  dc_mix_.SnapTo(dc_mix_.target());
}

void Input::SetTargets(const Params& params) noexcept {
  const bool on = params.enabled >= 0.5F;
  const float gain = on ? DbToGain(params.gain_db) : 1.0F;
  const float balance = on ? params.balance : 0.0F;
  channels_[0].gain.SetTarget(gain * std::min(1.0F, 1.0F - balance));
  channels_[1].gain.SetTarget(gain * std::min(1.0F, 1.0F + balance));
  dc_mix_.SetTarget(on && params.dc_block >= 0.5F ? 1.0F : 0.0F);
}

void Input::Process(StereoView io) noexcept {
  ProcessChannel(channels_[0], dc_mix_, io.left, io.frames);
  ProcessChannel(channels_[1], dc_mix_, io.right, io.frames);
  dc_mix_.Skip(io.frames);
}

// `mix` is a copy: both channels run the same ramp.
void Input::ProcessChannel(Channel& channel, Smoother mix, float* samples,
                           std::size_t frames) noexcept {
  const bool filter_idle = mix.settled() && mix.target() == 0.0F;
  if (filter_idle && channel.gain.settled()) {
    const float gain = channel.gain.target();
    if (gain != 1.0F) {
      for (std::size_t i = 0; i < frames; ++i) samples[i] *= gain;
    }
    channel.x1 = samples[frames - 1];
    channel.y1 = 0.0F;
    return;
  }
  float x1 = channel.x1;
  float y1 = channel.y1;
  for (std::size_t i = 0; i < frames; ++i) {
    const float x = samples[i] * channel.gain.Next();
    const float y = x - x1 + dc_pole_ * y1;
    x1 = x;
    y1 = y;
    samples[i] = x + mix.Next() * (y - x);
  }
  channel.x1 = x1;
  channel.y1 = y1;
}

}  // namespace auralis
