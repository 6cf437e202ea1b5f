// Sums and maxima of all lanes up to each one, in shifts of 1, 2, 4 and 8 lanes. Compiled once for
// each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_LANE_SHIFTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_LANE_SHIFTS_INL_H_
#undef AURALIS_DSP_KERNELS_LANE_SHIFTS_INL_H_
#else
#define AURALIS_DSP_KERNELS_LANE_SHIFTS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::size_t kMostLaneShifts = 4;

// Vectors are shifted by 1, 2, 4... lanes: of each by itself, all lanes up to each one come
// together.
template <class DS>
struct LaneShifts {
  using DI = hn::RebindToSigned<DS>;
  using VS = hn::Vec<DS>;
  LaneShifts() {
    const DI d;
    const auto lane = hn::Iota(d, 0);
    const auto lanes_last = hn::Set(d, static_cast<hn::TFromD<DI>>(hn::Lanes(d) - 1));
    last = hn::IndicesFromVec(DS(), lanes_last);
    for (std::size_t k = 0; (std::size_t{1} << k) < hn::Lanes(d); ++k) {
      const auto by = hn::Set(d, static_cast<hn::TFromD<DI>>(std::size_t{1} << k));
      from[k] = hn::IndicesFromVec(DS(), hn::And(hn::Sub(lane, by), lanes_last));
      exists[k] = hn::RebindMask(DS(), hn::Not(hn::Lt(lane, by)));
    }
  }
  template <std::size_t kVectors>
  HWY_INLINE void SumUp(VS (&x)[kVectors]) const {
    const DS d;
    for (std::size_t k = 0; (std::size_t{1} << k) < hn::Lanes(d); ++k) {
      for (VS& v : x) {
        v = hn::Add(v, hn::IfThenElseZero(exists[k], hn::TableLookupLanes(v, from[k])));
      }
    }
  }
  HWY_INLINE VS LastEverywhere(VS x) const { return hn::TableLookupLanes(x, last); }

  using Indices = decltype(hn::IndicesFromVec(DS(), hn::Zero(DI())));
  Indices from[kMostLaneShifts];
  Indices last;
  hn::Mask<DS> exists[kMostLaneShifts];
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
