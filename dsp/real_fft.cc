#include "dsp/real_fft.h"

#include <bit>
#include <stdexcept>
#include <string>

namespace auralis {

RealFft::RealFft(std::size_t length) : kernels_(ResolveFftKernels()) {
  if (length < kShortest || !std::has_single_bit(length)) {
    throw std::invalid_argument("a transform of " + std::to_string(length) +
                                " real values: a power of two is needed, at least " +
                                std::to_string(kShortest));
  }
  tables_ = std::make_unique<FftTables>(length / 2);
}

}  // namespace auralis
