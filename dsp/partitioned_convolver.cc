#include "dsp/partitioned_convolver.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {

void PartitionedConvolver::Prepare(const PartitionLayout& layout, float fade_ms,
                                   double sample_rate_hz, const Item* filter) {
  layout_ = layout;
  line_.Prepare(layout.partition_frames, layout.partitions);
  for (Channel& channel : channels_) {
    channel.history.assign(layout.length_frames(), 0.0F);
    channel.output.assign(layout.partition_frames, 0.0F);
  }
  window_.assign(2 * layout.partition_frames, 0.0F);
  fading_.assign(layout.partition_frames, 0.0F);
  const std::size_t fade_frames = MsToFrames(static_cast<double>(fade_ms), sample_rate_hz);
  fade_partitions_ = std::max<std::size_t>(
      1, (fade_frames + layout.partition_frames / 2) / layout.partition_frames);
  wanted_ = filter;
  Reset();
}

void PartitionedConvolver::Reset() noexcept {
  for (Channel& channel : channels_) {
    for (AlignedFloats* floats : {&channel.history, &channel.output}) {
      std::fill(floats->begin(), floats->end(), 0.0F);
    }
  }
  line_.Reset();
  filled_ = 0;
  newest_ = 0;
  current_ = wanted_;
  incoming_ = nullptr;
  current_->Reach();
}

void PartitionedConvolver::Process(StereoView io) noexcept {
  float* const samples[2] = {io.left, io.right};
  for (std::size_t done = 0; done < io.frames;) {
    const std::size_t count = std::min(io.frames - done, layout_.partition_frames - filled_);
    for (std::size_t ch = 0; ch < 2; ++ch) {
      float* const x = samples[ch] + done;
      std::copy_n(x, count,
                  channels_[ch].history.data() + newest_ * layout_.partition_frames + filled_);
      std::copy_n(channels_[ch].output.data() + filled_, count, x);
    }
    filled_ += count;
    done += count;
    if (filled_ == layout_.partition_frames) NextPartition();
  }
}

// A partition of input is complete: makes the partition of output that is played from now on.
void PartitionedConvolver::NextPartition() noexcept {
  if (incoming_ == nullptr && wanted_ != current_) {
    incoming_ = wanted_;
    faded_partitions_ = 0;
  }
  line_.Advance();
  for (std::size_t ch = 0; ch < 2; ++ch) Transform(ch);
  for (std::size_t ch = 0; ch < 2; ++ch) {
    Render(**current_, ch, channels_[ch].output.data());
    if (incoming_ != nullptr) Fade(ch);
  }
  if (incoming_ != nullptr && ++faded_partitions_ == fade_partitions_) {
    current_ = incoming_;
    incoming_ = nullptr;
    current_->Reach();
  }
  newest_ = (newest_ == 0 ? layout_.partitions : newest_) - 1;
  filled_ = 0;
}

void PartitionedConvolver::Transform(std::size_t channel) noexcept {
  const std::size_t frames = layout_.partition_frames;
  const std::size_t before = (newest_ + 1) % layout_.partitions;
  const float* const history = channels_[channel].history.data();
  std::copy_n(history + before * frames, frames, window_.data());
  std::copy_n(history + newest_ * frames, frames, window_.data() + frames);
  line_.Forward(channel, window_.data(), line_.all_steps());
}

void PartitionedConvolver::Render(const PartitionedFilter& filter, std::size_t channel,
                                  float* out) noexcept {
  if (filter.is_delay()) {
    const std::size_t frames = layout_.partition_frames;
    const std::size_t at = (newest_ + filter.delay_partitions()) % layout_.partitions;
    const float* const late = channels_[channel].history.data() + at * frames;
    std::transform(late, late + frames, out, [&](float x) { return filter.delay_gain() * x; });
    return;
  }
  line_.Multiply(filter, 0, line_.groups(), 0, channel);
  line_.Inverse(0, channel, out, line_.all_steps());
}

// One partition further from the current filter's output to the incoming one's.
void PartitionedConvolver::Fade(std::size_t channel) noexcept {
  Render(**incoming_, channel, fading_.data());
  float* const out = channels_[channel].output.data();
  const auto frames = static_cast<float>(layout_.partition_frames);
  const float length = frames * static_cast<float>(fade_partitions_);
  const float start = frames * static_cast<float>(faded_partitions_);
  for (std::size_t i = 0; i < layout_.partition_frames; ++i) {
    const float u = (start + static_cast<float>(i)) / length;
    out[i] += SmoothStep(u) * (fading_[i] - out[i]);
  }
}

}  // namespace auralis
