#include "dsp/kernels/polyphase.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/polyphase.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kTogether = 4;  // sums that do not wait for each other

// Calls `body(d, i)` for whole vectors, then for smaller ones.
template <class Body>
HWY_INLINE void ForFrames(std::size_t frames, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> quad;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) body(d, i);
  for (; i + hn::Lanes(quad) <= frames; i += hn::Lanes(quad)) body(quad, i);
  for (; i < frames; ++i) body(one, i);
}

void Raise(const float* first, const float* taps, std::size_t count, std::size_t phases,
           std::size_t frames, float* const* planes) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    for (std::size_t p = 0; p < phases; p += kTogether) {
      auto sum0 = hn::Zero(d);
      auto sum1 = hn::Zero(d);
      auto sum2 = hn::Zero(d);
      auto sum3 = hn::Zero(d);
      for (std::size_t k = 0; k < count; ++k) {
        const float* const tap = taps + k * phases + p;
        const auto x = hn::LoadU(d, first + i + k);
        sum0 = hn::MulAdd(hn::Set(d, tap[0]), x, sum0);
        sum1 = hn::MulAdd(hn::Set(d, tap[1]), x, sum1);
        sum2 = hn::MulAdd(hn::Set(d, tap[2]), x, sum2);
        sum3 = hn::MulAdd(hn::Set(d, tap[3]), x, sum3);
      }
      hn::StoreU(sum0, d, planes[p] + i);
      hn::StoreU(sum1, d, planes[p + 1] + i);
      hn::StoreU(sum2, d, planes[p + 2] + i);
      hn::StoreU(sum3, d, planes[p + 3] + i);
    }
  });
}

void Lower(const float* const* newest, const float* taps, std::size_t count, std::size_t phases,
           std::size_t frames, float* out) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    auto sum0 = hn::LoadU(d, out + i);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    for (std::size_t p = 0; p < phases; p += kTogether) {
      const float* const plane0 = newest[p] + i;
      const float* const plane1 = newest[p + 1] + i;
      const float* const plane2 = newest[p + 2] + i;
      const float* const plane3 = newest[p + 3] + i;
      const float* const tap = taps + p * count;
      for (std::size_t k = 0; k < count; ++k) {
        sum0 = hn::MulAdd(hn::Set(d, tap[k]), hn::LoadU(d, plane0 - k), sum0);
        sum1 = hn::MulAdd(hn::Set(d, tap[count + k]), hn::LoadU(d, plane1 - k), sum1);
        sum2 = hn::MulAdd(hn::Set(d, tap[2 * count + k]), hn::LoadU(d, plane2 - k), sum2);
        sum3 = hn::MulAdd(hn::Set(d, tap[3 * count + k]), hn::LoadU(d, plane3 - k), sum3);
      }
    }
    hn::StoreU(hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)), d, out + i);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Raise);
HWY_EXPORT(Lower);

PolyphaseKernels ResolvePolyphaseKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.raise = &HWY_DYNAMIC_DISPATCH(Raise), .lower = &HWY_DYNAMIC_DISPATCH(Lower)};
}
}  // namespace auralis
#endif
