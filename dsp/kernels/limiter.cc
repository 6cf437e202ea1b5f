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

// Sums and maxima of all lanes up to each one, by shifts of 1, 2, 4... lanes.
using Group = float[kReleaseGroup];
using D = hn::CappedTag<float, kReleaseGroup>;
using Whole = hn::RebindToSigned<D>;
using Long = hn::CappedTag<std::int64_t, kReleaseGroup / 2>;
constexpr std::size_t kMostShifts = 4;

template <class DI>
struct Shifts {
  using VI = hn::Vec<DI>;
  Shifts() {
    const DI d;
    const VI lane = hn::Iota(d, 0);
    const auto last = static_cast<hn::TFromD<DI>>(hn::Lanes(d) - 1);
    for (std::size_t k = 0; (std::size_t{1} << k) < hn::Lanes(d); ++k) {
      const VI by = hn::Set(d, static_cast<hn::TFromD<DI>>(1 << k));
      from[k] = hn::IndicesFromVec(d, hn::And(hn::Sub(lane, by), hn::Set(d, last)));
      begin[k] = hn::VecFromMask(d, hn::Lt(lane, by));
    }
  }
  HWY_INLINE VI SumsUpTo(VI x) const {
    const DI d;
    for (std::size_t k = 0; (std::size_t{1} << k) < hn::Lanes(d); ++k) {
      x = hn::Add(x, hn::AndNot(begin[k], hn::TableLookupLanes(x, from[k])));
    }
    return x;
  }
  decltype(hn::IndicesFromVec(DI(), hn::Zero(DI()))) from[kMostShifts];
  VI begin[kMostShifts];  // all bits set in the lanes that nothing is shifted to
};

// The release of a group: with a floor added to it, kNoReduction, a release is a product, so that
// the largest of all products up to each frame is found in shifts, too.
class Releaser {
 public:
  explicit Releaser(const LimiterRelease& release) {
    const D d;
    powers_ = hn::LoadU(d, release.powers.data());
    for (std::size_t k = 0; (std::size_t{1} << k) < hn::Lanes(d); ++k) {
      const auto begin = hn::BitCast(d, shifts_.begin[k]);
      factor_[k] = hn::AndNot(begin, hn::Set(d, release.powers[(std::size_t{1} << k) - 1]));
    }
  }
  // `released` before the group becomes that after it.
  HWY_INLINE void Release(const float* held, float& released, float* out) const {
    const D d;
    const auto floor = hn::Set(d, kNoReduction);
    auto before = hn::Set(d, released + kNoReduction);
    for (std::size_t at = 0; at < kReleaseGroup; at += hn::Lanes(d)) {
      const auto asked = hn::LoadU(d, held + at);
      auto most = hn::Add(asked, floor);
      for (std::size_t k = 0; (std::size_t{1} << k) < hn::Lanes(d); ++k) {
        const auto earlier = hn::TableLookupLanes(hn::BitCast(Whole(), most), shifts_.from[k]);
        most = hn::Max(most, hn::Mul(factor_[k], hn::BitCast(d, earlier)));
      }
      most = hn::Max(most, hn::Mul(powers_, before));
      // Not less than was asked for, whatever the sum was rounded to.
      hn::StoreU(hn::Max(asked, hn::Sub(most, floor)), d, out + at);
      before = hn::Set(d, out[at + hn::Lanes(d) - 1] + kNoReduction);
    }
    released = out[kReleaseGroup - 1];
  }

 private:
  Shifts<Whole> shifts_;
  hn::Vec<D> powers_;
  hn::Vec<D> factor_[kMostShifts];
};

// What the group comes to decides where the slow release goes in the next one.
HWY_INLINE void Slow(const float* released, LimiterRelease& release) {
  const D d;
  auto sum = hn::Zero(d);
  for (std::size_t at = 0; at < kReleaseGroup; at += hn::Lanes(d)) {
    sum = hn::Add(sum, hn::LoadU(d, released + at));
  }
  const float mean = hn::GetLane(hn::SumOfLanes(d, sum)) / kReleaseGroup;
  const float slow = release.slow_to;
  const float power = mean > slow ? release.powers[kReleaseGroup - 1] : release.slow_power;
  // Falls toward a little less than nothing, so that it gets to nothing.
  const float next = mean + power * (slow - mean) - kNoReduction * (1.0F - power);
  release.slow_from = slow;
  release.slow_to = std::max(next, 0.0F);
}

class Averager {
 public:
  // The larger of `released` and of the slow release's share becomes the mean of it. Of a group
  // that is read and written whole, `count` frames count.
  HWY_INLINE void Average(const float* released, const float* shares, std::size_t count,
                          const LimiterRelease& release, LimiterAverages& averages,
                          float* means) const {
    HWY_ALIGN std::int32_t changes[kReleaseGroup];
    SumValues(released, shares, release, averages.values, changes);
    averages.values.Advance(count);
    const Long d;
    const hn::Rebind<std::int32_t, Long> dw;
    const hn::Rebind<double, Long> dd;
    const auto scale = hn::Set(dd, averages.scale);
    HWY_ALIGN std::int64_t totals[kReleaseGroup];
    const auto sum = hn::Set(d, averages.sum);
    auto total = hn::Set(d, averages.sum_of_sums);
    std::int64_t* const sums = averages.sums.Next(kReleaseGroup);
    for (std::size_t at = 0; at < kReleaseGroup; at += hn::Lanes(d)) {
      const auto now = hn::Add(sum, hn::PromoteTo(d, hn::Load(dw, changes + at)));
      hn::StoreU(now, d, sums + at);
      const auto leaving = hn::LoadU(d, sums + at - averages.sums.length());
      total = hn::Add(total, long_shifts_.SumsUpTo(hn::Sub(now, leaving)));
      hn::Store(total, d, totals + at);
      const auto mean = hn::Mul(hn::ConvertTo(dd, total), scale);
      hn::StoreU(hn::DemoteTo(hn::Rebind<float, Long>(), mean), hn::Rebind<float, Long>(),
                 means + at);
      total = hn::Set(d, totals[at + hn::Lanes(d) - 1]);
    }
    averages.sum = sums[count - 1];
    averages.sum_of_sums = totals[count - 1];
    averages.sums.Advance(count);
  }

 private:
  // By how much the sum of the last values has changed since the frame before the first one.
  HWY_INLINE void SumValues(const float* released, const float* shares,
                            const LimiterRelease& release, History<std::int32_t>& history,
                            std::int32_t* changes) const {
    const D d;
    const Whole dw;
    const auto step = hn::Set(d, (release.slow_to - release.slow_from) / kReleaseGroup);
    std::int32_t* const values = history.Next(kReleaseGroup);
    auto change = hn::Zero(dw);
    for (std::size_t at = 0; at < kReleaseGroup; at += hn::Lanes(d)) {
      const auto frame = hn::Iota(d, static_cast<float>(release.at + at + 1));
      const auto slow = hn::MulAdd(step, frame, hn::Set(d, release.slow_from));
      const auto reduction =
          hn::Max(hn::LoadU(d, released + at), hn::Mul(hn::LoadU(d, shares + at), slow));
      const auto whole =
          hn::ConvertTo(dw, hn::Ceil(hn::Mul(reduction, hn::Set(d, kWholeReduction))));
      hn::StoreU(whole, dw, values + at);
      const auto leaving = hn::LoadU(dw, values + at - history.length());
      change = hn::Add(change, whole_shifts_.SumsUpTo(hn::Sub(whole, leaving)));
      hn::Store(change, dw, changes + at);
      change = hn::Set(dw, changes[at + hn::Lanes(d) - 1]);
    }
  }

  Shifts<Whole> whole_shifts_;
  Shifts<Long> long_shifts_;
};

// The frames of a group that are there, where it is not a whole one.
HWY_INLINE void SmoothPart(const Releaser& releaser, const Averager& averager, float* reduction,
                           const float* shares, std::size_t count, LimiterRelease& release,
                           LimiterAverages& averages) {
  float out[2 * kReleaseGroup] = {};
  Group means;
  Group share = {};
  std::copy_n(reduction, count, release.held.data() + release.at);
  std::copy_n(shares, count, share);
  float released = release.released;
  releaser.Release(release.held.data(), released, out);
  averager.Average(out + release.at, share, count, release, averages, means);
  std::copy_n(means, count, reduction);
  release.at += count;
  if (release.at < kReleaseGroup) return;
  release.at = 0;
  release.released = released;
  Slow(out, release);
}

void Smooth(float* reduction, const float* shares, std::size_t frames, LimiterRelease& release,
            LimiterAverages& averages) {
  const Releaser releaser(release);
  const Averager averager;
  HWY_ALIGN Group out;
  for (std::size_t done = 0; done < frames;) {
    const std::size_t count = std::min(kReleaseGroup - release.at, frames - done);
    if (count < kReleaseGroup) {
      SmoothPart(releaser, averager, reduction + done, shares + done, count, release, averages);
    } else {
      releaser.Release(reduction + done, release.released, out);
      averager.Average(out, shares + done, count, release, averages, reduction + done);
      Slow(out, release);
    }
    done += count;
  }
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

void LimiterRelease::SetPoles(float pole, float slow_pole) noexcept {
  float power = 1.0F;
  slow_power = 1.0F;
  for (float& of_pole : powers) {
    of_pole = power *= pole;
    slow_power *= slow_pole;
  }
}

void LimiterRelease::Reset() noexcept {
  released = slow_from = slow_to = 0.0F;
  at = 0;
  held.fill(0.0F);
}

bool LimiterRelease::done() const noexcept {
  return released == 0.0F && slow_from == 0.0F && slow_to == 0.0F &&
         std::all_of(held.data(), held.data() + at, [](float asked) { return asked == 0.0F; });
}

void LimiterRelease::Pass(std::size_t frames) noexcept {
  at = (at + frames) % kReleaseGroup;
  held.fill(0.0F);
}

void LimiterAverages::Prepare(std::size_t first, std::size_t second) {
  values.Prepare(first, kReleaseGroup);
  sums.Prepare(second, kReleaseGroup);
  scale = 1.0 / (static_cast<double>(first) * static_cast<double>(second) *
                 static_cast<double>(kWholeReduction));
  Reset();
}

void LimiterAverages::Reset() noexcept {
  values.Reset();
  sums.Reset();
  sum = sum_of_sums = 0;
}

LimiterKernels ResolveLimiterKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.ask = &HWY_DYNAMIC_DISPATCH(Ask),
          .larger = &HWY_DYNAMIC_DISPATCH(Larger),
          .smooth = &HWY_DYNAMIC_DISPATCH(Smooth),
          .apply = &HWY_DYNAMIC_DISPATCH(Apply)};
}
}  // namespace auralis
#endif
