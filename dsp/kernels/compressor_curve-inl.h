// What of a compressor does not wait for the frame before: from levels to the reductions that are
// asked for, and from reductions to gains. Compiled once for each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_COMPRESSOR_CURVE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_COMPRESSOR_CURVE_INL_H_
#undef AURALIS_DSP_KERNELS_COMPRESSOR_CURVE_INL_H_
#else
#define AURALIS_DSP_KERNELS_COMPRESSOR_CURVE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "dsp/kernels/compressor.h"
#include "dsp/kernels/decibels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {

template <class D>
class CompressorCurve {
 public:
  using V = hn::Vec<D>;
  explicit CompressorCurve(const CompressorValues& values)
      : values_(values),
        // (s peak + (1 - s) rms)^2, by powers: one root instead of two.
        peaks_(values.peak_share * values.peak_share),
        means_((1.0F - values.peak_share) * (1.0F - values.peak_share)),
        both_(2.0F * values.peak_share * (1.0F - values.peak_share)),
        half_knee_db_(0.5F * values.knee_db),
        half_by_knee_(0.5F / std::max(values.knee_db, 1e-6F)),
        wet_(values.share * values.makeup_gain),
        dry_(1.0F - values.share) {}

  HWY_INLINE V LevelDb(V square, V mean) const {
    const D d;
    V power = hn::MulAdd(hn::Set(d, peaks_), square, hn::Mul(hn::Set(d, means_), mean));
    if (both_ != 0.0F) {
      power = hn::MulAdd(hn::Set(d, both_), hn::Sqrt(hn::Mul(square, mean)), power);
    }
    return PowerDb(d, power);
  }
  // The reduction that is asked for.
  HWY_INLINE V AskedDb(V level_db) const {
    const D d;
    const V half = hn::Set(d, half_knee_db_);
    const V over = hn::Sub(level_db, hn::Set(d, values_.threshold_db));
    const V into = Smaller(Larger(hn::Add(over, half), hn::Zero(d)), hn::Set(d, values_.knee_db));
    const V straight = Larger(hn::Sub(over, half), hn::Zero(d));
    return hn::Mul(hn::Set(d, values_.slope),
                   hn::MulAdd(hn::Mul(into, into), hn::Set(d, half_by_knee_), straight));
  }
  // How far the makeup's mean goes toward the reduction.
  HWY_INLINE V Learning(V level_db) const {
    const D d;
    return hn::IfThenElseZero(hn::Gt(level_db, hn::Set(d, kMakeupGateDb)),
                              hn::Set(d, 1.0F - values_.mean_pole));
  }
  HWY_INLINE V MadeUpDb(V held_db, V mean_db) const {
    const D d;
    const V made_up = Smaller(mean_db, hn::Set(d, kMostAutoMakeupDb));
    return hn::NegMulAdd(hn::Set(d, values_.auto_makeup), made_up, held_db);
  }
  // `lowered_db` is a reduction, less what is made up for.
  HWY_INLINE V Gain(V lowered_db) const {
    const D d;
    const V gain = Exp2(d, -kOctavesPerDb, lowered_db);
    return hn::MulAdd(hn::Set(d, wet_), gain, hn::Set(d, dry_));
  }

 private:
  const CompressorValues& values_;
  float peaks_, means_, both_, half_knee_db_, half_by_knee_, wet_, dry_;
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
