#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "dsp/analysis/loudness_meter.h"
#include "dsp/analysis/true_peak_meter.h"

namespace auralis::render {

// What is said about a file: all of it, not a moment. -infinity in silence.
struct FileLoudness {
  double integrated_lufs = 0.0;  // ITU-R BS.1770-4, gated
  double range_lu = 0.0;         // EBU Tech 3342
  double true_peak_dbtp = 0.0;
};

// Measures one from its begin to its end. A file of one channel counts once, as loudness tools
// count it: played on two speakers it is 3 LU louder.
class FileLoudnessMeter {
 public:
  FileLoudnessMeter(double sample_rate_hz, int channels) : channels_(channels) {
    loudness_.Prepare(sample_rate_hz);
    true_peak_.Prepare();
  }

  void Push(const float* left, const float* right, std::size_t frames) noexcept {
    true_peak_.Push(left, right, frames);
    if (channels_ == 2) {
      loudness_.Push(left, right, frames);
      return;
    }
    static constexpr std::array<float, 256> kSilence{};
    for (std::size_t done = 0; done < frames; done += kSilence.size()) {
      loudness_.Push(left + done, kSilence.data(), std::min(frames - done, kSilence.size()));
    }
  }

  FileLoudness Finish() noexcept {
    static constexpr std::array<float, 64> kSilence{};  // the last peaks lie behind the last frames
    true_peak_.Push(kSilence.data(), kSilence.data(), kSilence.size());
    const auto peaks = true_peak_.Take();
    return {.integrated_lufs = loudness_.integrated_lufs(),
            .range_lu = loudness_.range_lu(),
            .true_peak_dbtp = 20.0 * std::log10(static_cast<double>(std::max(peaks[0], peaks[1])))};
  }

 private:
  int channels_;
  LoudnessMeter loudness_;
  TruePeakMeter true_peak_;
};

// What the chain puts out, as the file that it becomes: of one channel, the mean of both sides.
// `mean` is memory for that.
inline void PushAsFile(FileLoudnessMeter& meter, int channels, const float* left,
                       const float* right, std::size_t frames, std::vector<float>& mean) {
  if (channels == 2) {
    meter.Push(left, right, frames);
    return;
  }
  mean.resize(frames);
  for (std::size_t i = 0; i < frames; ++i) mean[i] = 0.5F * (left[i] + right[i]);
  meter.Push(mean.data(), mean.data(), frames);
}

}  // namespace auralis::render
