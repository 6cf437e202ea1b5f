#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace auralis {

// Loudness range (LRA) of any length in fixed memory, after EBU Tech 3342: the distance from the
// 10th to the 95th percentile of the short-term loudness, gated at -70 LUFS and 20 LU below the
// mean of what passes that gate. A histogram in steps of 0.01 LU: right to one step.
class LoudnessRange {
 public:
  void Prepare();  // [control] Allocates, and forgets.
  // [any] One 3 s window, ten times a second.
  void Add(double mean_square) noexcept;
  // [any] 0 as long as nothing passed the gate. Some 10 us where something was added.
  double lu() noexcept;

 private:
  std::vector<std::uint32_t> bins_;
  std::uint64_t count_ = 0;  // above the absolute gate
  double sum_ = 0.0;         // of mean squares
  bool changed_ = false;
  double lu_ = 0.0;
};

}  // namespace auralis
