#include "daemon/render/normalizer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>
#include <vector>

#include "dsp/denormals.h"
#include "dsp/units.h"

namespace auralis::render {
namespace {

constexpr std::size_t kBlock = 1024;
constexpr std::size_t kWaitingFrames = 16384;
constexpr int kMostPasses = 12;
constexpr double kMostGainDb = 60.0;

[[noreturn]] void Fail(int error) {
  throw WriteError("--normalize: what waits for its second pass cannot be kept: " +
                   std::generic_category().message(error));
}

}  // namespace

Normalizer::Normalizer(const std::filesystem::path& beside, double sample_rate_hz, int channels,
                       const Limiter::Params& limiter)
    : sample_rate_hz_(sample_rate_hz),
      channels_(channels),
      limiter_params_(limiter),
      descriptor_(NamelessFile(beside)) {}

Normalizer::~Normalizer() { close(descriptor_); }

void Normalizer::Write(const float* left, const float* right, std::size_t frames) {
  for (std::size_t i = 0; i < frames; ++i) {
    waiting_.push_back(left[i]);
    waiting_.push_back(right[i]);
  }
  frames_ += frames;
  if (waiting_.size() >= 2 * kWaitingFrames) Flush();
}

void Normalizer::Flush() {
  const char* bytes = reinterpret_cast<const char*>(waiting_.data());
  for (std::size_t left = waiting_.size() * sizeof(float); left > 0;) {
    const ssize_t done = write(descriptor_, bytes, left);
    if (done < 0 && errno != EINTR) Fail(errno);
    if (done <= 0) continue;
    bytes += done;
    left -= static_cast<std::size_t>(done);
  }
  waiting_.clear();
}

void Normalizer::ReadAt(std::uint64_t frame, float* interleaved, std::size_t frames) {
  char* bytes = reinterpret_cast<char*>(interleaved);
  auto at = static_cast<off_t>(frame * 2 * sizeof(float));
  for (std::size_t left = frames * 2 * sizeof(float); left > 0;) {
    const ssize_t done = pread(descriptor_, bytes, left, at);
    if (done == 0) Fail(EIO);
    if (done < 0 && errno != EINTR) Fail(errno);
    if (done < 0) continue;
    bytes += done;
    at += done;
    left -= static_cast<std::size_t>(done);
  }
}

// Gain and limiter over all of it; the limiter's delay is taken out.
void Normalizer::Play(double gain_db, const TakeFrames& take) {
  const ScopedFlushDenormals flush_denormals;
  const auto gain = static_cast<float>(std::pow(10.0, gain_db / 20.0));
  Limiter limiter;
  limiter.Prepare({.sample_rate_hz = sample_rate_hz_, .block_frames = kBlock}, limiter_params_);
  limiter.SetTargets(limiter_params_);
  limiter.Reset();
  std::vector<float> interleaved(2 * kBlock);
  std::vector<float> left(kBlock);
  std::vector<float> right(kBlock);
  std::size_t late = limiter.latency_frames();
  const std::uint64_t end = frames_ + late;
  for (std::uint64_t at = 0; at < end; at += kBlock) {
    const auto there =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, frames_ > at ? frames_ - at : 0));
    ReadAt(at, interleaved.data(), there);
    for (std::size_t i = 0; i < kBlock; ++i) {
      left[i] = i < there ? gain * interleaved[2 * i] : 0.0F;
      right[i] = i < there ? gain * interleaved[2 * i + 1] : 0.0F;
    }
    limiter.Process({left.data(), right.data(), kBlock});
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, end - at));
    const std::size_t skip = std::min(late, count);
    late -= skip;
    if (count > skip) take(left.data() + skip, right.data() + skip, count - skip);
  }
}

double Normalizer::LufsWith(double gain_db) {
  FileLoudnessMeter meter(sample_rate_hz_, channels_);
  std::vector<float> mean;
  Play(gain_db, [&](const float* left, const float* right, std::size_t frames) {
    PushAsFile(meter, channels_, left, right, frames, mean);
  });
  return meter.Finish().integrated_lufs;
}

// With the limiter at work loudness grows slower than the gain, the slower the higher. Each step
// goes where the line through the last two points meets the target.
Normalizer::Result Normalizer::Finish(double target_lufs, double measured_lufs,
                                      const TakeFrames& take) {
  Flush();
  double gain_db = 0.0;
  bool reached = false;
  if (std::isfinite(measured_lufs)) {
    double last_gain_db = 0.0;
    double last_lufs = measured_lufs;
    gain_db = target_lufs - measured_lufs;
    for (int pass = 0; pass < kMostPasses; ++pass) {
      gain_db = std::min(gain_db, kMostGainDb);
      const double lufs = LufsWith(gain_db);
      reached = std::abs(lufs - target_lufs) < kToleranceLu;
      if (reached) break;
      const double slope = (lufs - last_lufs) / (gain_db - last_gain_db);
      last_lufs = lufs;
      last_gain_db = gain_db;
      constexpr double kLeastSlope = 0.1;
      gain_db +=
          (target_lufs - lufs) / (std::isfinite(slope) ? std::clamp(slope, kLeastSlope, 1.0) : 1.0);
      if (last_gain_db == kMostGainDb && gain_db >= kMostGainDb) break;
    }
    if (!reached) gain_db = std::min(gain_db, kMostGainDb);
  }
  Play(gain_db, take);
  return {.gain_db = gain_db, .reached = reached};
}

}  // namespace auralis::render
