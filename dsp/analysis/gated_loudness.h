#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace auralis {

// Loudness of a mean square of K-weighted samples, summed over the channels (BS.1770-4 equation 2).
// Silence is -infinity.
double LoudnessLufs(double mean_square) noexcept;

// Integrated loudness of any length in fixed memory: a histogram of the gating blocks in steps of
// 0.001 LU. The relative gate is right to one step, the mean behind it to half a step. A bin holds
// 13 years.
class GatedLoudness {
 public:
  void Prepare();  // [control] Allocates, and forgets.
  // [any] One 400 ms block; blocks overlap by three quarters.
  void Add(double mean_square) noexcept;
  // [any] -infinity as long as every block was below the absolute gate.
  double lufs() const noexcept;

 private:
  struct Tally {
    std::uint64_t count = 0;
    double sum = 0.0;  // of mean squares
  };
  void MoveGate() noexcept;

  std::vector<std::uint32_t> bins_;
  Tally all_;    // above the absolute gate
  Tally gated_;  // in bins_[gate_] and above
  std::size_t gate_ = 0;
};

}  // namespace auralis
