#include "dsp/real_fft.h"

#include <fftw3.h>

#include <stdexcept>
#include <string>

#include "dsp/aligned_floats.h"
#include "dsp/fftw_planner.h"

namespace auralis {

struct RealFft::Plans {
  // Not measured: the fastest of several would differ from start to start, and round differently.
  explicit Plans(std::size_t length) {
    AlignedFloats signal(length);
    AlignedFloats real(length / 2 + 1);
    AlignedFloats imaginary(length / 2 + 1);
    const fftwf_iodim dimension{.n = static_cast<int>(length), .is = 1, .os = 1};
    const std::scoped_lock lock(FftwPlannerMutex());
    forward = fftwf_plan_guru_split_dft_r2c(1, &dimension, 0, nullptr, signal.data(), real.data(),
                                            imaginary.data(), FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    inverse = fftwf_plan_guru_split_dft_c2r(1, &dimension, 0, nullptr, real.data(),
                                            imaginary.data(), signal.data(), FFTW_ESTIMATE);
  }
  ~Plans() {
    const std::scoped_lock lock(FftwPlannerMutex());
    fftwf_destroy_plan(forward);
    fftwf_destroy_plan(inverse);
  }
  Plans(const Plans&) = delete;
  Plans& operator=(const Plans&) = delete;

  fftwf_plan forward = nullptr;
  fftwf_plan inverse = nullptr;
};

RealFft::RealFft(std::size_t length) : length_(length), plans_(std::make_unique<Plans>(length)) {
  if (plans_->forward == nullptr || plans_->inverse == nullptr) {
    throw std::runtime_error("FFTW has no plan for " + std::to_string(length) + " real points");
  }
}
RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

void RealFft::Forward(const float* signal, float* real, float* imaginary) const noexcept {
  // FFTW_PRESERVE_INPUT: it is not written to.
  fftwf_execute_split_dft_r2c(plans_->forward, const_cast<float*>(signal), real, imaginary);
}

void RealFft::Inverse(float* real, float* imaginary, float* signal) const noexcept {
  fftwf_execute_split_dft_c2r(plans_->inverse, real, imaginary, signal);
}

}  // namespace auralis
