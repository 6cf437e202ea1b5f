#include "dsp/kernels/limiter.h"

#include <algorithm>
#include <cstdint>

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

void Larger(const float* from, std::size_t back, std::size_t frames, float* to) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Max(hn::LoadU(d, from + i), hn::LoadU(d, from + i - back)), d, to + i);
  });
}

// One frame after the other: the sums are free beside the release, which waits for itself.
struct Smoother {
  using D = hn::CappedTag<float, 1>;
  using V = hn::Vec<D>;
  explicit Smoother(const LimiterRelease& release)
      : pole(hn::Set(D(), release.pole)),
        slow_pole(hn::Set(D(), release.slow_pole)),
        input(hn::Set(D(), 1.0F - release.pole)),
        slow_input(hn::Set(D(), 1.0F - release.slow_pole)),
        // Falls toward a little less than nothing, so that it gets to nothing.
        end(hn::Set(D(), kNoReduction * (1.0F - release.pole))),
        slow_end(hn::Set(D(), kNoReduction * (1.0F - release.slow_pole))),
        released(hn::Set(D(), release.released)),
        slow(hn::Set(D(), release.slow)) {}
  // The larger one, if any is not negative. Bits of floats are ordered like whole numbers, whose
  // comparison the loop waits for a cycle instead of four.
  static HWY_INLINE V Larger(V a, V b) {
    const hn::RebindToSigned<D> di;
    return hn::BitCast(D(), hn::Max(hn::BitCast(di, a), hn::BitCast(di, b)));
  }
  HWY_INLINE std::int64_t Whole(V held, V share) {
    released = Larger(held, hn::MulSub(pole, released, end));
    // The larger of both ways is the right one: it rises by the faster, falls by the slower.
    const V rising = hn::MulAdd(pole, slow, hn::MulSub(input, released, end));
    const V falling = hn::MulAdd(slow_pole, slow, hn::MulSub(slow_input, released, slow_end));
    slow = Larger(Larger(rising, falling), hn::Zero(D()));
    const V reduction = hn::Max(released, hn::Mul(share, slow));
    const V scaled = hn::Mul(reduction, hn::Set(D(), kWholeReduction));
    return hn::GetLane(hn::ConvertTo(hn::RebindToSigned<D>(), hn::Ceil(scaled)));
  }
  V pole, slow_pole, input, slow_input, end, slow_end, released, slow;
};

void Smooth(float* reduction, const float* shares, std::size_t frames, LimiterRelease& release,
            LimiterAverages& averages) {
  const Smoother::D d;
  Smoother smoother(release);
  std::int64_t first_sum = averages.first.sum();
  std::int64_t second_sum = averages.second.sum();
  for (std::size_t done = 0; done < frames;) {
    const auto first = averages.first.leaving();
    const auto second = averages.second.leaving();
    const std::size_t run = std::min({frames - done, first.size(), second.size()});
    for (std::size_t i = 0; i < run; ++i) {
      float* const at = reduction + done + i;
      const std::int64_t whole = smoother.Whole(hn::LoadU(d, at), hn::LoadU(d, shares + done + i));
      first_sum += whole - first[i];
      first[i] = whole;
      second_sum += first_sum - second[i];
      second[i] = first_sum;
      *at = static_cast<float>(static_cast<double>(second_sum) * averages.scale);
    }
    averages.first.Replaced(run, first_sum);
    averages.second.Replaced(run, second_sum);
    done += run;
  }
  release.released = hn::GetLane(smoother.released);
  release.slow = hn::GetLane(smoother.slow);
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
HWY_EXPORT(Larger);
HWY_EXPORT(Smooth);
HWY_EXPORT(Apply);

LimiterKernels ResolveLimiterKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.ask = &HWY_DYNAMIC_DISPATCH(Ask),
          .larger = &HWY_DYNAMIC_DISPATCH(Larger),
          .smooth = &HWY_DYNAMIC_DISPATCH(Smooth),
          .apply = &HWY_DYNAMIC_DISPATCH(Apply)};
}
}  // namespace auralis
#endif
