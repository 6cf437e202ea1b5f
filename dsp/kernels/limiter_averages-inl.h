// The limiter's two moving averages. Sums are of whole numbers, exact in whatever order they are
// added: 32 bits hold the changes within a vector, a double sums up to 2^53, 2^26 times both
// lengths. Compiled once for each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_LIMITER_AVERAGES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_LIMITER_AVERAGES_INL_H_
#undef AURALIS_DSP_KERNELS_LIMITER_AVERAGES_INL_H_
#else
#define AURALIS_DSP_KERNELS_LIMITER_AVERAGES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "dsp/kernels/lane_shifts-inl.h"
#include "dsp/kernels/limiter.h"
#include "dsp/kernels/limiter_release-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

class LimiterAverager {
 public:
  explicit LimiterAverager(LimiterAverages& averages)
      : averages_(averages),
        sum_(hn::Set(Wide(), averages.sum)),
        sum_of_sums_(hn::Set(Wide(), averages.sum_of_sums)) {}
  void Keep() {
    averages_.sum = hn::GetLane(sum_);
    averages_.sum_of_sums = hn::GetLane(sum_of_sums_);
  }
  // Of `kVectors` that are read and written whole `count` frames count.
  template <std::size_t kVectors>
  HWY_INLINE void Average(const LimiterVec (&reduction)[kVectors], std::size_t count,
                          float* means) {
    constexpr std::size_t kFrames = kVectors * kLimiterLanes;
    constexpr std::size_t kWides = kFrames / kWideLanes;
    HWY_ALIGN std::int32_t changes[kFrames];
    SumValues(reduction, changes);
    averages_.values.Advance(count);
    const Wide d;
    const hn::Rebind<std::int32_t, Wide> dw;
    double* const sums = averages_.sums.Next(kFrames);
    for (std::size_t v = 0; v < kVectors; ++v) {
      for (std::size_t at = v * kLimiterLanes; at < (v + 1) * kLimiterLanes; at += kWideLanes) {
        hn::StoreU(hn::Add(sum_, hn::PromoteTo(d, hn::Load(dw, changes + at))), d, sums + at);
      }
      const auto change = hn::Set(dw, changes[(v + 1) * kLimiterLanes - 1]);
      sum_ = hn::Add(sum_, hn::PromoteTo(d, change));
    }
    hn::Vec<Wide> total[kWides];
    for (std::size_t w = 0; w < kWides; ++w) {
      double* const now = sums + w * kWideLanes;
      total[w] = hn::Sub(hn::LoadU(d, now), hn::LoadU(d, now - averages_.sums.length()));
    }
    shifts_.SumUp(total);
    for (auto& t : total) {
      const auto change = shifts_.LastEverywhere(t);
      t = hn::Add(sum_of_sums_, t);
      sum_of_sums_ = hn::Add(sum_of_sums_, change);
    }
    const hn::Rebind<float, Wide> df;
    const auto scale = hn::Set(d, averages_.scale);
    for (std::size_t w = 0; w < kWides; ++w) {
      hn::StoreU(hn::DemoteTo(df, hn::Mul(total[w], scale)), df, means + w * kWideLanes);
    }
    if (count < kFrames) {
      HWY_ALIGN double totals[kFrames];
      for (std::size_t w = 0; w < kWides; ++w) hn::Store(total[w], d, totals + w * kWideLanes);
      sum_ = hn::Set(d, sums[count - 1]);
      sum_of_sums_ = hn::Set(d, totals[count - 1]);
    }
    averages_.sums.Advance(count);
  }

 private:
  using Whole = hn::RebindToSigned<LimiterTag>;
  using Wide = hn::CappedTag<double, kReleaseGroup / 2>;
  static constexpr std::size_t kWideLanes = hn::MaxLanes(Wide());

  // By how much the sum of the last values has changed since the frame before each vector.
  template <std::size_t kVectors>
  HWY_INLINE void SumValues(const LimiterVec (&reduction)[kVectors], std::int32_t* changes) {
    const LimiterTag d;
    const Whole dw;
    auto& history = averages_.values;
    std::int32_t* const values = history.Next(kVectors * kLimiterLanes);
    hn::Vec<Whole> change[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      const LimiterVec rounded_up = hn::Ceil(hn::Mul(reduction[v], hn::Set(d, kWholeReduction)));
      change[v] = hn::ConvertTo(dw, rounded_up);
      hn::StoreU(change[v], dw, values + v * kLimiterLanes);
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      change[v] = hn::Sub(change[v], hn::LoadU(dw, values + v * kLimiterLanes - history.length()));
    }
    value_shifts_.SumUp(change);
    for (std::size_t v = 0; v < kVectors; ++v) {
      hn::Store(change[v], dw, changes + v * kLimiterLanes);
    }
  }

  LimiterAverages& averages_;
  hn::Vec<Wide> sum_;
  hn::Vec<Wide> sum_of_sums_;
  LaneShifts<Whole> value_shifts_;
  LaneShifts<Wide> shifts_;
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
