#include "dsp/kernels/dynamics.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/dynamics.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/decibels-inl.h"

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

void PowerToDb(const float* power, std::size_t frames, float* db) {
  ForFrames(frames, [=](auto d, std::size_t i)
                        HWY_ATTR { hn::StoreU(PowerDb(d, hn::LoadU(d, power + i)), d, db + i); });
}

void DbToGain(const float* db, std::size_t frames, float* gain) {
  ForFrames(frames, [=](auto d, std::size_t i)
                        HWY_ATTR { hn::StoreU(DbGain(d, hn::LoadU(d, db + i)), d, gain + i); });
}

void Reduction(const float* level_db, const KneeCurve& curve, std::size_t frames,
               float* reduction_db) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto reduction =
        KneeReduction(d, hn::LoadU(d, level_db + i), hn::LoadU(d, curve.threshold_db + i),
                      hn::LoadU(d, curve.slope + i), hn::LoadU(d, curve.knee_db + i));
    hn::StoreU(reduction, d, reduction_db + i);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(PowerToDb);
HWY_EXPORT(DbToGain);
HWY_EXPORT(Reduction);

DynamicsKernels ResolveDynamicsKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.power_to_db = &HWY_DYNAMIC_DISPATCH(PowerToDb),
          .db_to_gain = &HWY_DYNAMIC_DISPATCH(DbToGain),
          .reduction = &HWY_DYNAMIC_DISPATCH(Reduction)};
}
}  // namespace auralis
#endif
