#pragma once

#include <bit>
#include <cstddef>
#include <vector>

#include "dsp/aligned_floats.h"

namespace auralis {

// What a transform of so many complex points needs: factors, and room to work in. One transform at
// a time.
class FftTables {
 public:
  static constexpr std::size_t kFewestPoints = 16;
  static constexpr std::size_t kUncutPoints = 1024;

  // A power of two, at least kFewestPoints. [control]
  explicit FftTables(std::size_t points);

  std::size_t points() const noexcept { return points_; }
  // How many of radix 4, the last one of 2 where the length asks for it.
  std::size_t stages() const noexcept {
    return (static_cast<std::size_t>(std::countr_zero(points_)) + 1) / 2;
  }
  // Into how many equal parts a stage may be cut. [any]
  std::size_t cuts() const noexcept { return points_ <= kUncutPoints ? 1 : points_ / kUncutPoints; }
  // Of the stage of radix 4 that combines `length` points: cosines and sines of 1, 2 and 3 times
  // the angle, length / 4 of each, one after the other. [rt]
  const float* twiddles(std::size_t length) const noexcept {
    return twiddles_.data() + first_of_[static_cast<std::size_t>(__builtin_ctzll(length))];
  }
  // The same for the second stage, each four times. [rt]
  const float* second_twiddles() const noexcept { return second_twiddles_.data(); }
  // cos and -sin of pi k / points, for k from 0 to points / 2: half the angles. [rt]
  const float* half_cosines() const noexcept { return half_cosines_.data(); }
  const float* half_sines() const noexcept { return half_sines_.data(); }
  // Real parts, then imaginary parts, of `points`. [rt]
  float* work(std::size_t which) noexcept { return work_[which].data(); }

 private:
  std::size_t points_;
  AlignedFloats twiddles_;
  std::vector<std::size_t> first_of_;  // by log2 of the length
  AlignedFloats second_twiddles_;
  AlignedFloats half_cosines_;
  AlignedFloats half_sines_;
  AlignedFloats work_[2];
};

// A transform may be done in parts: steps `from` up to, not with, `to` of stages() * cuts(). In
// order, with no other transform of the same tables between them, and with the same arrays.
struct FftSteps {
  std::size_t from, to;
};

}  // namespace auralis
