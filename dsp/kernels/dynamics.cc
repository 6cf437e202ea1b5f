#include "dsp/kernels/dynamics.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/dynamics.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr float kDbPerOctaveOfPower = 3.01029996F;  // 10 log10(2)
constexpr float kOctavesPerDb = 0.166096405F;       // log2(10) / 20

// Polynomial in t of log2(1 + t) / t for 1 + t from sqrt(1/2) to sqrt(2).
constexpr float kLog2[] = {1.44269652F,  -0.721360179F, 0.480613125F, -0.359524455F,
                           0.296119557F, -0.267963871F, 0.168186591F};
// Polynomial in t of (2^t - 1) / t for t from -1/2 to 1/2.
constexpr float kExp2[] = {0.693147181F, 0.24022349F, 0.0555038101F, 0.00966636852F,
                           0.00133813025F};

template <class D, std::size_t N>
HWY_INLINE hn::Vec<D> Polynomial(D d, hn::Vec<D> t, const float (&coefficients)[N]) {
  auto sum = hn::Set(d, coefficients[N - 1]);
  for (std::size_t i = N - 1; i > 0; --i) {
    sum = hn::MulAdd(sum, t, hn::Set(d, coefficients[i - 1]));
  }
  return sum;
}

template <class D>
HWY_INLINE hn::Vec<D> Log2(D d, hn::Vec<D> x) {
  const hn::RebindToSigned<D> di;
  // Exponent and mantissa, split where the mantissa is sqrt(1/2): both signs of t are as long.
  const auto shifted = hn::Sub(hn::BitCast(di, x), hn::Set(di, 0x3F3504F3));
  const auto exponent = hn::ShiftRight<23>(shifted);
  const auto mantissa = hn::BitCast(d, hn::Sub(hn::BitCast(di, x), hn::ShiftLeft<23>(exponent)));
  const auto t = hn::Sub(mantissa, hn::Set(d, 1.0F));
  return hn::MulAdd(t, Polynomial(d, t, kLog2), hn::ConvertTo(d, exponent));
}

template <class D>
HWY_INLINE hn::Vec<D> Exp2(D d, hn::Vec<D> x) {
  const hn::RebindToSigned<D> di;
  const auto whole = hn::NearestInt(x);
  const auto t = hn::Sub(x, hn::ConvertTo(d, whole));
  const auto part = hn::MulAdd(t, Polynomial(d, t, kExp2), hn::Set(d, 1.0F));
  // 2^whole, made of an exponent alone.
  const auto power = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(whole, hn::Set(di, 127))));
  return hn::Mul(part, power);
}

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
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto least = hn::Set(d, 1e-20F);  // kQuietestDb
    const auto x = hn::Max(hn::LoadU(d, power + i), least);
    hn::StoreU(hn::Mul(hn::Set(d, kDbPerOctaveOfPower), Log2(d, x)), d, db + i);
  });
}

void DbToGain(const float* db, std::size_t frames, float* gain) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(Exp2(d, hn::Mul(hn::Set(d, kOctavesPerDb), hn::LoadU(d, db + i))), d, gain + i);
  });
}

void Reduction(const float* level_db, const KneeCurve& curve, std::size_t frames,
               float* reduction_db) {
  ForFrames(frames, [=](auto d, std::size_t i) HWY_ATTR {
    const auto zero = hn::Zero(d);
    const auto knee = hn::LoadU(d, curve.knee_db + i);
    const auto half = hn::Mul(hn::Set(d, 0.5F), knee);
    const auto over = hn::Sub(hn::LoadU(d, level_db + i), hn::LoadU(d, curve.threshold_db + i));
    // Within the knee; a width of 0 has none, and the guard only keeps it from 0 / 0.
    const auto into = hn::Min(hn::Max(hn::Add(over, half), zero), knee);
    const auto width = hn::Max(knee, hn::Set(d, 1e-6F));
    const auto curved = hn::Div(hn::Mul(hn::Mul(into, into), hn::Set(d, 0.5F)), width);
    // Above it both branches agree: into = W gives W / 2.
    const auto straight = hn::Max(hn::Sub(over, half), zero);
    hn::StoreU(hn::Mul(hn::LoadU(d, curve.slope + i), hn::Add(curved, straight)), d,
               reduction_db + i);
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
