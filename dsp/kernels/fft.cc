#include "dsp/kernels/fft.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/fft.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "dsp/kernels/fft-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

template <class Tag>
HWY_INLINE const float* ComplexForward(Tag d, FftTables& tables, const float* interleaved) {
  const std::size_t points = tables.points();
  // The stages change places; the last one writes where its input is not.
  float* const out = tables.work((tables.stages() + 1) % 2);
  Transform(
      d, tables, {0, tables.stages() * tables.cuts()},
      [=](Tag tag, std::size_t at) HWY_ATTR {
        Complex<hn::Vec<Tag>> x;
        hn::LoadInterleaved2(tag, interleaved + 2 * at, x.re, x.im);
        return x;
      },
      [=](auto tag, std::size_t at, auto y) HWY_ATTR {
        hn::Store(y.re, tag, out + at);
        hn::Store(y.im, tag, out + points + at);
      });
  return out;
}

// What is at k, and at points - k, from 1 on: a vector of it upward, the other one downward. The
// last vector reaches to the middle.
template <class Tag, class Body>
HWY_INLINE void ForMirrored(Tag d, std::size_t points, const Body& body) {
  for (std::size_t k = 1; k <= points / 2; k += hn::Lanes(d)) {
    body(k, points - k - (hn::Lanes(d) - 1));
  }
}

template <class Tag>
HWY_INLINE Complex<hn::Vec<Tag>> LoadMirrored(Tag d, const float* re, const float* im) {
  return {hn::Reverse(d, hn::LoadU(d, re)), hn::Reverse(d, hn::LoadU(d, im))};
}

// Two real values are one complex one; the spectra of the even and the odd ones are what is even
// and odd about the middle.
template <class Tag>
HWY_INLINE void ForwardOf(Tag d, FftTables& tables, const float* signal, float* real,
                          float* imaginary) {
  using V = hn::Vec<Tag>;
  const std::size_t points = tables.points();
  const float* const z = ComplexForward(d, tables, signal);
  const V half = hn::Set(d, 0.5F);
  ForMirrored(d, points, [&](std::size_t k, std::size_t mirrored) HWY_ATTR {
    const auto a = LoadAt(d, z + k, z + points + k);
    const auto b = LoadMirrored(d, z + mirrored, z + points + mirrored);
    const Complex<V> even{hn::Mul(half, hn::Add(a.re, b.re)), hn::Mul(half, hn::Sub(a.im, b.im))};
    const Complex<V> odd{hn::Mul(half, hn::Add(a.im, b.im)), hn::Mul(half, hn::Sub(b.re, a.re))};
    const auto turned =
        Times(odd, hn::LoadU(d, tables.half_cosines() + k), hn::LoadU(d, tables.half_sines() + k));
    hn::StoreU(hn::Add(even.re, turned.re), d, real + k);
    hn::StoreU(hn::Add(even.im, turned.im), d, imaginary + k);
    hn::StoreU(hn::Reverse(d, hn::Sub(even.re, turned.re)), d, real + mirrored);
    hn::StoreU(hn::Reverse(d, hn::Sub(turned.im, even.im)), d, imaginary + mirrored);
  });
  real[0] = z[0] + z[points];
  real[points] = z[0] - z[points];
  imaginary[0] = imaginary[points] = 0.0F;
}

// The same backwards; a transform with real and imaginary parts in each other's place is the
// inverse one, with its results so, too.
template <class Tag>
HWY_INLINE void InverseOf(Tag d, FftTables& tables, const float* real, const float* imaginary,
                          float* signal) {
  using V = hn::Vec<Tag>;
  const std::size_t points = tables.points();
  float* const z = tables.work(1);
  float* const z_im = z + points;
  ForMirrored(d, points, [&](std::size_t k, std::size_t mirrored) HWY_ATTR {
    const auto a = LoadAt(d, real + k, imaginary + k);
    const auto b = LoadMirrored(d, real + mirrored, imaginary + mirrored);
    const Complex<V> even{hn::Add(a.re, b.re), hn::Sub(a.im, b.im)};
    const Complex<V> difference{hn::Sub(a.re, b.re), hn::Add(a.im, b.im)};
    const auto odd = Times(difference, hn::LoadU(d, tables.half_cosines() + k),
                           hn::Neg(hn::LoadU(d, tables.half_sines() + k)));
    hn::StoreU(hn::Sub(even.re, odd.im), d, z + k);
    hn::StoreU(hn::Add(even.im, odd.re), d, z_im + k);
    hn::StoreU(hn::Reverse(d, hn::Add(even.re, odd.im)), d, z + mirrored);
    hn::StoreU(hn::Reverse(d, hn::Sub(odd.re, even.im)), d, z_im + mirrored);
  });
  z[0] = real[0] + real[points];
  z_im[0] = real[0] - real[points];
  Transform(
      d, tables, {0, tables.stages() * tables.cuts()},
      [=](Tag tag, std::size_t at) HWY_ATTR { return LoadAt(tag, z_im + at, z + at); },
      [=](auto tag, std::size_t at, auto y)
          HWY_ATTR { hn::StoreInterleaved2(y.im, y.re, tag, signal + 2 * at); });
}

template <class Tag>
HWY_INLINE void PowerOf(Tag d, FftTables& tables, const float* interleaved, float* power) {
  const std::size_t points = tables.points();
  const float* const z = ComplexForward(d, tables, interleaved);
  const auto squared = [](auto c) HWY_ATTR { return hn::MulAdd(c.re, c.re, hn::Mul(c.im, c.im)); };
  ForMirrored(d, points, [&](std::size_t k, std::size_t mirrored) HWY_ATTR {
    const auto a = LoadAt(d, z + k, z + points + k);
    const auto b = LoadMirrored(d, z + mirrored, z + points + mirrored);
    hn::StoreU(hn::Add(squared(a), squared(b)), d, power + k);
  });
  power[0] = 2.0F * (z[0] * z[0] + z[points] * z[points]);
}

void RealForward(FftTables& tables, const float* signal, float* real, float* imaginary) {
  if (tables.points() < 64) return ForwardOf(Quad(), tables, signal, real, imaginary);
  ForwardOf(FftTag(), tables, signal, real, imaginary);
}

void RealInverse(FftTables& tables, const float* real, const float* imaginary, float* signal) {
  if (tables.points() < 64) return InverseOf(Quad(), tables, real, imaginary, signal);
  InverseOf(FftTag(), tables, real, imaginary, signal);
}

void StereoPower(FftTables& tables, const float* interleaved, float* power) {
  if (tables.points() < 64) return PowerOf(Quad(), tables, interleaved, power);
  PowerOf(FftTag(), tables, interleaved, power);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {

HWY_EXPORT(RealForward);
HWY_EXPORT(RealInverse);
HWY_EXPORT(StereoPower);

FftKernels ResolveFftKernels() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return {.real_forward = &HWY_DYNAMIC_DISPATCH(RealForward),
          .real_inverse = &HWY_DYNAMIC_DISPATCH(RealInverse),
          .stereo_power = &HWY_DYNAMIC_DISPATCH(StereoPower)};
}
}  // namespace auralis
#endif
