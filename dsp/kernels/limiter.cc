#include "dsp/kernels/limiter.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/limiter.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// A reduction below -140 dB is none.
constexpr float kNoReduction = 1e-7F;

// Calls `body(d, i)` for whole vectors, then for single frames.
template <class Body>
HWY_INLINE void ForFrames(std::size_t frames, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) body(d, i);
  for (; i < frames; ++i) body(one, i);
}

float LargestOf(const float* values, std::size_t frames) {
  const hn::ScalableTag<float> d;
  auto largest = hn::Zero(d);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) {
    largest = hn::Max(largest, hn::LoadU(d, values + i));
  }
  float found = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; i < frames; ++i) found = found < values[i] ? values[i] : found;
  return found;
}

float Ask(const float* peaks, const float* ceilings, std::size_t frames, float* reduction) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    // Silence asks for 1 - infinity.
    const auto gain = hn::Div(hn::LoadU(d, ceilings + i), hn::LoadU(d, peaks + i));
    hn::StoreU(hn::Max(hn::Sub(hn::Set(d, 1.0F), gain), hn::Zero(d)), d, reduction + i);
  });
  return LargestOf(reduction, frames);
}

void Release(float* held, const float* shares, std::size_t frames, LimiterRelease& release,
             std::int32_t* whole) {
  const hn::CappedTag<float, 1> d;
  const auto zero = hn::Zero(d);
  const auto pole = hn::Set(d, release.pole);
  const auto slow_pole = hn::Set(d, release.slow_pole);
  const auto input = hn::Set(d, 1.0F - release.pole);
  const auto slow_input = hn::Set(d, 1.0F - release.slow_pole);
  // Falls toward a little less than nothing, so that it gets to nothing.
  const auto end = hn::Set(d, kNoReduction * (1.0F - release.pole));
  const auto slow_end = hn::Set(d, kNoReduction * (1.0F - release.slow_pole));
  auto released = hn::Set(d, release.released);
  auto slow = hn::Set(d, release.slow);
  for (std::size_t i = 0; i < frames; ++i) {
    released = hn::Max(hn::LoadU(d, held + i), hn::MulSub(pole, released, end));
    // The larger of both ways is the right one: it rises by the faster, falls by the slower.
    const auto rising = hn::MulAdd(pole, slow, hn::MulSub(input, released, end));
    const auto falling = hn::MulAdd(slow_pole, slow, hn::MulSub(slow_input, released, slow_end));
    slow = hn::Max(hn::Max(rising, falling), zero);
    hn::StoreU(hn::Max(released, hn::Mul(hn::LoadU(d, shares + i), slow)), d, held + i);
  }
  release.released = hn::GetLane(released);
  release.slow = hn::GetLane(slow);
  ForFrames(frames, [=](auto df, std::size_t i) HWY_ATTR {
    const hn::RebindToSigned<decltype(df)> di;
    const auto scaled = hn::Mul(hn::LoadU(df, held + i), hn::Set(df, kWholeReduction));
    hn::StoreU(hn::ConvertTo(di, hn::Ceil(scaled)), di, whole + i);
  });
}

float Apply(const float* reduction, const float* ceilings, std::size_t frames, float* left,
            float* right) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto gain = hn::Sub(hn::Set(d, 1.0F), hn::LoadU(d, reduction + i));
    const auto ceiling = hn::LoadU(d, ceilings + i);
    const auto floor = hn::Neg(ceiling);
    for (float* const channel : {left, right}) {
      const auto y = hn::Mul(hn::LoadU(d, channel + i), gain);
      hn::StoreU(hn::Min(hn::Max(y, floor), ceiling), d, channel + i);
    }
  });
  return LargestOf(reduction, frames);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Ask);
HWY_EXPORT(Release);
HWY_EXPORT(Apply);

LimiterKernels ResolveLimiterKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.ask = &HWY_DYNAMIC_DISPATCH(Ask),
          .release = &HWY_DYNAMIC_DISPATCH(Release),
          .apply = &HWY_DYNAMIC_DISPATCH(Apply)};
}
}  // namespace auralis
#endif
