#include "dsp/kernels/fft_tables.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace auralis {

FftTables::FftTables(std::size_t points) : points_(points) {
  assert(points >= kFewestPoints && std::has_single_bit(points));
  const auto angle = [](std::size_t k, std::size_t length) {
    return -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
  };
  first_of_.assign(static_cast<std::size_t>(std::countr_zero(points)) + 1, 0);
  for (std::size_t length = points; length > 4; length /= 4) {
    first_of_[static_cast<std::size_t>(std::countr_zero(length))] = twiddles_.size();
    for (std::size_t turns = 1; turns < 4; ++turns) {
      for (std::size_t p = 0; p < length / 4; ++p) {
        twiddles_.push_back(static_cast<float>(std::cos(angle(turns * p, length))));
      }
      for (std::size_t p = 0; p < length / 4; ++p) {
        twiddles_.push_back(static_cast<float>(std::sin(angle(turns * p, length))));
      }
    }
  }
  const float* const second = twiddles(points / 4);
  for (std::size_t i = 0; points / 4 > 4 && i < 6 * (points / 16); ++i) {
    second_twiddles_.insert(second_twiddles_.end(), 4, second[i]);
  }
  for (std::size_t k = 0; k <= points / 2; ++k) {
    half_cosines_.push_back(static_cast<float>(std::cos(angle(k, 2 * points))));
    half_sines_.push_back(static_cast<float>(std::sin(angle(k, 2 * points))));
  }
  for (AlignedFloats& work : work_) work.assign(2 * points, 0.0F);
}

}  // namespace auralis
