// Logarithm and exponential for the kernels of dynamics. No include guard of the usual kind: this
// file is compiled once for each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_DECIBELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_DECIBELS_INL_H_
#undef AURALIS_DSP_KERNELS_DECIBELS_INL_H_
#else
#define AURALIS_DSP_KERNELS_DECIBELS_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr float kDbPerOctaveOfPower = 3.01029996F;  // 10 log10(2)
constexpr float kOctavesPerDb = 0.166096405F;       // log2(10) / 20
constexpr float kQuietestPower = 1e-20F;            // kQuietestDb

// Polynomial in t of log2(1 + t) / t for 1 + t from sqrt(1/2) to sqrt(2).
constexpr float kLog2[] = {1.44269652F,  -0.721360179F, 0.480613125F, -0.359524455F,
                           0.296119557F, -0.267963871F, 0.168186591F};
// Polynomial in t of (2^t - 1) / t for t from -1/2 to 1/2.
constexpr float kExp2[] = {0.693147181F, 0.24022349F, 0.0555038101F, 0.00966636852F,
                           0.00133813025F};

// Without lanes Highway's look for NaN, and branch where nothing can be foretold.
template <class V>
HWY_INLINE V Larger(V a, V b) {
#if HWY_TARGET == HWY_SCALAR
  return V(a.raw < b.raw ? b.raw : a.raw);
#else
  return hn::Max(a, b);
#endif
}
template <class V>
HWY_INLINE V Smaller(V a, V b) {
#if HWY_TARGET == HWY_SCALAR
  return V(b.raw < a.raw ? b.raw : a.raw);
#else
  return hn::Min(a, b);
#endif
}

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

// 2^(scale x), of products below 126 in magnitude. The product is never rounded by itself, so that
// no compiler can choose whether it is.
template <class D>
HWY_INLINE hn::Vec<D> Exp2(D d, float scale, hn::Vec<D> x) {
  const hn::RebindToSigned<D> di;
  // Of a sum this large the last bit is a whole: the product's nearest one is in the low bits then.
  const auto large = hn::Set(d, 12582912.0F);  // 1.5 * 2^23
  const auto sum = hn::MulAdd(hn::Set(d, scale), x, large);
  const auto t = hn::MulSub(hn::Set(d, scale), x, hn::Sub(sum, large));
  const auto part = hn::MulAdd(t, Polynomial(d, t, kExp2), hn::Set(d, 1.0F));
  // Times 2^whole: that is added to the exponent.
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, sum));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, part), exponent));
}

template <class D>
HWY_INLINE hn::Vec<D> PowerDb(D d, hn::Vec<D> power) {
  const auto held = Larger(power, hn::Set(d, kQuietestPower));
  return hn::Mul(hn::Set(d, kDbPerOctaveOfPower), Log2(d, held));
}

template <class D>
HWY_INLINE hn::Vec<D> DbGain(D d, hn::Vec<D> db) {
  return Exp2(d, kOctavesPerDb, db);
}

// The soft knee of DynamicsKernels::reduction.
template <class D>
HWY_INLINE hn::Vec<D> KneeReduction(D d, hn::Vec<D> level_db, hn::Vec<D> threshold_db,
                                    hn::Vec<D> slope, hn::Vec<D> knee_db) {
  const auto zero = hn::Zero(d);
  const auto half = hn::Mul(hn::Set(d, 0.5F), knee_db);
  const auto over = hn::Sub(level_db, threshold_db);
  // Within the knee; a width of 0 has none, and the guard only keeps it from 0 / 0.
  const auto into = Smaller(Larger(hn::Add(over, half), zero), knee_db);
  const auto width = Larger(knee_db, hn::Set(d, 1e-6F));
  const auto curved = hn::Div(hn::Mul(hn::Mul(into, into), hn::Set(d, 0.5F)), width);
  // Above it both branches agree: into = W gives W / 2.
  const auto straight = Larger(hn::Sub(over, half), zero);
  return hn::Mul(slope, hn::Add(curved, straight));
}

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
