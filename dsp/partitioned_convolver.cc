#include "dsp/partitioned_convolver.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {

PartitionedFilter::PartitionedFilter(const PartitionLayout& layout, const Responses& responses) {
  const std::size_t frames = layout.partition_frames;
  const RealFft fft(2 * frames);
  const std::size_t stride = SpectrumStride(fft.bins());
  AlignedFloats window(2 * frames);
  // The inverse transform is as many times too large as it has points.
  const float scale = 1.0F / static_cast<float>(2 * frames);
  for (std::size_t path = 0; path < kPaths; ++path) {
    if (responses[path].empty()) continue;
    spectra_[path].assign(2 * stride * layout.partitions, 0.0F);
    for (std::size_t p = 0; p < layout.partitions; ++p) {
      const auto part = responses[path].subspan(p * frames, frames);
      std::transform(part.begin(), part.end(), window.begin(), [=](float v) { return scale * v; });
      float* const spectrum = spectra_[path].data() + 2 * stride * p;
      fft.Forward(window.data(), spectrum, spectrum + stride);
    }
  }
}

void PartitionedConvolver::Prepare(const PartitionLayout& layout, float fade_ms,
                                   double sample_rate_hz, const Item* filter) {
  layout_ = layout;
  fft_ = std::make_unique<RealFft>(2 * layout.partition_frames);
  stride_ = SpectrumStride(fft_->bins());
  kernels_ = ResolveSpectrumProductKernels();
  for (Channel& channel : channels_) {
    channel.history.assign(layout.length_frames(), 0.0F);
    channel.spectra.assign(2 * stride_ * layout.partitions, 0.0F);
    channel.output.assign(layout.partition_frames, 0.0F);
  }
  window_.assign(2 * layout.partition_frames, 0.0F);
  sum_.assign(2 * stride_, 0.0F);
  fading_.assign(layout.partition_frames, 0.0F);
  const std::size_t fade_frames = MsToFrames(static_cast<double>(fade_ms), sample_rate_hz);
  fade_partitions_ = std::max<std::size_t>(
      1, (fade_frames + layout.partition_frames / 2) / layout.partition_frames);
  wanted_ = filter;
  Reset();
}

void PartitionedConvolver::Reset() noexcept {
  for (Channel& channel : channels_) {
    for (AlignedFloats* floats : {&channel.history, &channel.spectra, &channel.output}) {
      std::fill(floats->begin(), floats->end(), 0.0F);
    }
  }
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
  for (Channel& channel : channels_) Transform(channel);
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

void PartitionedConvolver::Transform(Channel& channel) noexcept {
  const std::size_t frames = layout_.partition_frames;
  const std::size_t before = (newest_ + 1) % layout_.partitions;
  std::copy_n(channel.history.data() + before * frames, frames, window_.data());
  std::copy_n(channel.history.data() + newest_ * frames, frames, window_.data() + frames);
  float* const spectrum = channel.spectra.data() + 2 * stride_ * newest_;
  fft_->Forward(window_.data(), spectrum, spectrum + stride_);
}

void PartitionedConvolver::Render(const PartitionedFilter& filter, std::size_t channel,
                                  float* out) noexcept {
  const std::size_t frames = layout_.partition_frames;
  if (filter.is_delay()) {
    const std::size_t at = (newest_ + filter.delay_partitions()) % layout_.partitions;
    const float* const late = channels_[channel].history.data() + at * frames;
    std::transform(late, late + frames, out, [&](float x) { return filter.delay_gain() * x; });
    return;
  }
  std::fill(sum_.begin(), sum_.end(), 0.0F);
  using Path = PartitionedFilter::Path;
  Convolve(channels_[0], filter.path(channel == 0 ? Path::kLeftLeft : Path::kLeftRight));
  Convolve(channels_[1], filter.path(channel == 0 ? Path::kRightLeft : Path::kRightRight));
  fft_->Inverse(sum_.data(), sum_.data() + stride_, window_.data());
  std::copy_n(window_.data() + frames, frames, out);  // the first half is wrapped round
}

void PartitionedConvolver::Convolve(const Channel& from, const float* filter) noexcept {
  if (filter == nullptr) return;
  // The ring as two runs, each in order of age.
  const std::size_t size = 2 * stride_;
  const std::size_t first = layout_.partitions - newest_;
  kernels_.multiply_add(from.spectra.data() + size * newest_, filter, first, stride_, sum_.data());
  kernels_.multiply_add(from.spectra.data(), filter + size * first, newest_, stride_, sum_.data());
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
