#include "dsp/odd_fft.h"

#include <bit>
#include <stdexcept>
#include <string>

namespace auralis {

OddFft::OddFft(std::size_t bins) : kernels_(ResolveOddFftKernels()) {
  if (bins < FftTables::kFewestPoints || !std::has_single_bit(bins)) {
    throw std::invalid_argument("a spectrum of " + std::to_string(bins) +
                                " bins: a power of two is needed, at least " +
                                std::to_string(FftTables::kFewestPoints));
  }
  tables_ = std::make_unique<OddFftTables>(bins);
}

}  // namespace auralis
