#include "dsp/kernels/limiter.h"

#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/limiter.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/limiter_averages-inl.h"
#include "dsp/kernels/limiter_release-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
// Calls `body(d, i)` for whole vectors, then for single frames.
template <class Body>
HWY_INLINE void ForFrames(std::size_t frames, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= frames; i += hn::Lanes(d)) body(d, i);
  for (; i < frames; ++i) body(one, i);
}

// Of silence and of whole blocks: 1 - ceiling / peak, where that is more than nothing.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Asked(D d, V peak, V ceiling) {
  // Silence asks for 1 - infinity.
  return hn::Max(hn::Sub(hn::Set(d, 1.0F), hn::Div(ceiling, peak)), hn::Zero(d));
}

// The largest of what `body(d, i)` gives.
template <class Body>
HWY_INLINE float LargestOf(std::size_t frames, const Body& body) {
  const hn::ScalableTag<float> full;
  auto largest = hn::Zero(full);
  float found = 0.0F;
  ForFrames(frames, [&](auto d, std::size_t i) HWY_ATTR {
    const auto value = body(d, i);
    if constexpr (hn::MaxLanes(d) == hn::MaxLanes(full)) {
      largest = hn::Max(largest, value);
    } else {
      found = std::max(found, hn::GetLane(value));
    }
  });
  return std::max(found, hn::GetLane(hn::MaxOfLanes(full, largest)));
}

float Take(const float* left, const float* right, std::size_t frames, float* left_to,
           float* right_to) {
  return LargestOf(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto l = hn::LoadU(d, left + i);
    const auto r = hn::LoadU(d, right + i);
    hn::StoreU(l, d, left_to + i);
    hn::StoreU(r, d, right_to + i);
    return hn::Max(hn::Abs(l), hn::Abs(r));
  });
}

float Ask(const float* peaks, float gain, const float* ceilings, std::size_t frames,
          float* reduction) {
  return LargestOf(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto peak = hn::Mul(hn::LoadU(d, peaks + i), hn::Set(d, gain));
    const auto asked = Asked(d, peak, hn::LoadU(d, ceilings + i));
    hn::StoreU(asked, d, reduction + i);
    return asked;
  });
}

float AskSamples(const float* left, const float* right, const float* ceilings, std::size_t frames,
                 float* reduction) {
  return LargestOf(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto peak = hn::Max(hn::Abs(hn::LoadU(d, left + i)), hn::Abs(hn::LoadU(d, right + i)));
    const auto asked = Asked(d, peak, hn::LoadU(d, ceilings + i));
    hn::StoreU(asked, d, reduction + i);
    return asked;
  });
}

void Largest(const BlockMaximum::Step& step, std::size_t frames) {
  const float* const from = step.from;
  float* const to = step.to;
  const std::size_t first = step.back[0];
  const std::size_t second = step.back[1];
  const std::size_t third = step.back[2];
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto newer = hn::Max(hn::LoadU(d, from + i), hn::LoadU(d, from + i - first));
    const auto older = hn::Max(hn::LoadU(d, from + i - second), hn::LoadU(d, from + i - third));
    hn::StoreU(hn::Max(newer, older), d, to + i);
  });
}

// Vectors that are worked out side by side, so that they hide what each step waits for.
constexpr std::size_t kRunVectors = std::max<std::size_t>(4, kReleaseVectors);
static_assert(kRunVectors * kLimiterLanes <= kMostReleaseFrames);

class ReductionSmoother {
 public:
  ReductionSmoother(LimiterRelease& release, LimiterAverages& averages)
      : release_(release), releaser_(release), slow_(release), averager_(averages) {}
  void Keep() {
    releaser_.Keep(release_);
    slow_.Keep(release_);
    averager_.Keep();
  }
  std::size_t frames_to_group() const { return kReleaseGroup - release_.at; }

  // Whole groups.
  template <std::size_t kVectors>
  HWY_INLINE void Whole(float* reduction, const float* shares) {
    const LimiterTag d;
    LimiterVec out[kVectors];
    releaser_.Release(reduction, out);
    for (std::size_t from = 0; from < kVectors; from += kReleaseVectors) {
      LimiterVec group[kReleaseVectors];
      for (std::size_t v = 0; v < kReleaseVectors; ++v) {
        const LimiterVec slow = slow_.At(hn::Iota(d, static_cast<float>(v * kLimiterLanes + 1)));
        const LimiterVec share = hn::LoadU(d, shares + (from + v) * kLimiterLanes);
        group[v] = hn::Max(out[from + v], hn::Mul(share, slow));
      }
      slow_.Follow(out + from);
      for (std::size_t v = 0; v < kReleaseVectors; ++v) out[from + v] = group[v];
    }
    averager_.Average(out, kVectors * kLimiterLanes, reduction);
  }
  // `count` frames that do not go past the group's end.
  HWY_INLINE void Part(float* reduction, const float* shares, std::size_t count) {
    const LimiterTag d;
    std::copy_n(reduction, count, release_.held.data() + release_.at);
    const LimiterVec before = releaser_.before();
    LimiterVec out[kReleaseVectors];
    releaser_.Release(release_.held.data(), out);
    HWY_ALIGN float released[2 * kReleaseGroup] = {};
    HWY_ALIGN float share[kReleaseGroup] = {};
    for (std::size_t v = 0; v < kReleaseVectors; ++v) {
      hn::Store(out[v], d, released + v * kLimiterLanes);
    }
    std::copy_n(shares, count, share);
    LimiterVec part[kReleaseVectors];
    for (std::size_t v = 0; v < kReleaseVectors; ++v) {
      const LimiterVec slow =
          slow_.At(hn::Iota(d, static_cast<float>(release_.at + v * kLimiterLanes + 1)));
      part[v] = hn::Max(hn::LoadU(d, released + release_.at + v * kLimiterLanes),
                        hn::Mul(hn::Load(d, share + v * kLimiterLanes), slow));
    }
    HWY_ALIGN float means[kReleaseGroup];
    averager_.Average(part, count, means);
    std::copy_n(means, count, reduction);
    release_.at += count;
    if (release_.at < kReleaseGroup) return releaser_.SetBefore(before);
    release_.at = 0;
    slow_.Follow(out);
  }

 private:
  LimiterRelease& release_;
  LimiterReleaser releaser_;
  LimiterSlowReleaser slow_;
  LimiterAverager averager_;
};

void Smooth(float* reduction, const float* shares, std::size_t frames, LimiterRelease& release,
            LimiterAverages& averages) {
  ReductionSmoother smoother(release, averages);
  for (std::size_t done = 0; done < frames;) {
    std::size_t count = std::min(smoother.frames_to_group(), frames - done);
    if (count < kReleaseGroup) {
      smoother.Part(reduction + done, shares + done, count);
    } else if (frames - done >= kRunVectors * kLimiterLanes) {
      smoother.Whole<kRunVectors>(reduction + done, shares + done);
      count = kRunVectors * kLimiterLanes;
    } else {
      smoother.Whole<kReleaseVectors>(reduction + done, shares + done);
    }
    done += count;
  }
  smoother.Keep();
}

float Apply(const float* reduction, const float* ceilings, std::size_t frames, const float* left,
            const float* right, StereoView out) {
  return LargestOf(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto taken = hn::LoadU(d, reduction + i);
    const auto gain = hn::Sub(hn::Set(d, 1.0F), taken);
    const auto ceiling = hn::LoadU(d, ceilings + i);
    const auto floor = hn::Neg(ceiling);
    const auto apply = [=](const float* from, float* to) HWY_ATTR {
      const auto y = hn::Mul(hn::LoadU(d, from + i), gain);
      hn::StoreU(hn::Min(hn::Max(y, floor), ceiling), d, to + i);
    };
    apply(left, out.left);
    apply(right, out.right);
    return taken;
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Take);
HWY_EXPORT(Ask);
HWY_EXPORT(AskSamples);
HWY_EXPORT(Largest);
HWY_EXPORT(Smooth);
HWY_EXPORT(Apply);

void LimiterRelease::SetPoles(float pole, float slow_pole) noexcept {
  float power = 1.0F;
  slow_power = 1.0F;
  for (float& of_pole : powers) {
    of_pole = power *= pole;
    slow_power *= slow_pole;
  }
}

void LimiterRelease::Reset() noexcept {
  released = kNoReduction;
  slow_from = slow_to = 0.0F;
  at = 0;
  held.fill(0.0F);
}

bool LimiterRelease::done() const noexcept {
  return released <= kNoReduction && slow_from == 0.0F && slow_to == 0.0F &&
         std::all_of(held.data(), held.data() + at, [](float asked) { return asked == 0.0F; });
}

void LimiterRelease::Pass(std::size_t frames) noexcept {
  at = (at + frames) % kReleaseGroup;
  held.fill(0.0F);
}

void LimiterAverages::Prepare(std::size_t first, std::size_t second) {
  values.Prepare(first, kMostReleaseFrames);
  sums.Prepare(second, kMostReleaseFrames);
  scale = 1.0 / (static_cast<double>(first) * static_cast<double>(second) *
                 static_cast<double>(kWholeReduction));
  Reset();
}

void LimiterAverages::Reset() noexcept {
  values.Reset();
  sums.Reset();
  sum = sum_of_sums = 0.0;
}

LimiterKernels ResolveLimiterKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.take = &HWY_DYNAMIC_DISPATCH(Take),
          .ask = &HWY_DYNAMIC_DISPATCH(Ask),
          .ask_samples = &HWY_DYNAMIC_DISPATCH(AskSamples),
          .largest = &HWY_DYNAMIC_DISPATCH(Largest),
          .smooth = &HWY_DYNAMIC_DISPATCH(Smooth),
          .apply = &HWY_DYNAMIC_DISPATCH(Apply)};
}
}  // namespace auralis
#endif
