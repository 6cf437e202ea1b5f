#include "dsp/kernels/fft.h"

#include <bit>
#include <cassert>
#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/fft.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Stockham's transform of radix 4: each stage reads quarters and writes in order, so that no
// reordering is left at the end and vectors are whole everywhere.
using D = hn::CappedTag<float, 16>;
using Quad = hn::CappedTag<float, 4>;

template <class V>
struct Complex {
  // Written out: what the compiler makes by itself is not for NEON.
  HWY_INLINE Complex() {}
  HWY_INLINE Complex(V real, V imaginary) : re(real), im(imaginary) {}
  V re, im;
};

template <class Tag>
HWY_INLINE Complex<hn::Vec<Tag>> LoadAt(Tag d, const float* re, const float* im) {
  return {hn::LoadU(d, re), hn::LoadU(d, im)};
}

template <class V>
HWY_INLINE Complex<V> Times(Complex<V> a, V cosine, V sine) {
  return {hn::NegMulAdd(a.im, sine, hn::Mul(a.re, cosine)),
          hn::MulAdd(a.im, cosine, hn::Mul(a.re, sine))};
}

// Sums of four with the factors 1, -i, -1, i of a quarter's turn.
template <class V>
HWY_INLINE void Butterfly(Complex<V> a, Complex<V> b, Complex<V> c, Complex<V> d,
                          Complex<V> (&y)[4]) {
  const Complex<V> even{hn::Add(a.re, c.re), hn::Add(a.im, c.im)};
  const Complex<V> even_less{hn::Sub(a.re, c.re), hn::Sub(a.im, c.im)};
  const Complex<V> odd{hn::Add(b.re, d.re), hn::Add(b.im, d.im)};
  const Complex<V> odd_less{hn::Sub(b.re, d.re), hn::Sub(b.im, d.im)};
  y[0] = {hn::Add(even.re, odd.re), hn::Add(even.im, odd.im)};
  y[1] = {hn::Add(even_less.re, odd_less.im), hn::Sub(even_less.im, odd_less.re)};
  y[2] = {hn::Sub(even.re, odd.re), hn::Sub(even.im, odd.im)};
  y[3] = {hn::Sub(even_less.re, odd_less.im), hn::Add(even_less.im, odd_less.re)};
}

// The first stage: neighbours have other factors, and what comes out is interleaved. `load(d, at)`
// gives the input.
template <class Tag, class Load>
HWY_INLINE void FirstStage(Tag d, FftTables& tables, const Load& load, float* out) {
  const std::size_t points = tables.points();
  const std::size_t quarter = points / 4;
  const float* const w = tables.twiddles(points);
  for (std::size_t p = 0; p < quarter; p += hn::Lanes(d)) {
    Complex<hn::Vec<Tag>> y[4];
    Butterfly(load(d, p), load(d, p + quarter), load(d, p + 2 * quarter), load(d, p + 3 * quarter),
              y);
    for (std::size_t k = 1; k < 4; ++k) {
      const float* const factors = w + 2 * (k - 1) * quarter + p;
      y[k] = Times(y[k], hn::Load(d, factors), hn::Load(d, factors + quarter));
    }
    hn::StoreInterleaved4(y[0].re, y[1].re, y[2].re, y[3].re, d, out + 4 * p);
    hn::StoreInterleaved4(y[0].im, y[1].im, y[2].im, y[3].im, d, out + points + 4 * p);
  }
}

// For each 128-bit block of the vectors the four of them one after the other.
template <class Tag, class V = hn::Vec<Tag>>
HWY_INLINE void StoreBlocks(Tag d, const V& a, const V& b, const V& c, const V& e, float* to) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(Tag()) == 16) {
    const V ab_even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
    const V ab_odd = hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
    const V ce_even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(e), c);
    const V ce_odd = hn::OddEvenBlocks(e, hn::SwapAdjacentBlocks(c));
    hn::StoreU(hn::ConcatLowerLower(d, ce_even, ab_even), d, to);
    hn::StoreU(hn::ConcatLowerLower(d, ce_odd, ab_odd), d, to + 16);
    hn::StoreU(hn::ConcatUpperUpper(d, ce_even, ab_even), d, to + 32);
    hn::StoreU(hn::ConcatUpperUpper(d, ce_odd, ab_odd), d, to + 48);
    return;
  }
  if constexpr (hn::MaxLanes(Tag()) == 8) {
    hn::StoreU(hn::ConcatLowerLower(d, b, a), d, to);
    hn::StoreU(hn::ConcatLowerLower(d, e, c), d, to + 8);
    hn::StoreU(hn::ConcatUpperUpper(d, b, a), d, to + 16);
    hn::StoreU(hn::ConcatUpperUpper(d, e, c), d, to + 24);
    return;
  }
#endif
  hn::StoreU(a, d, to);
  hn::StoreU(b, d, to + 4);
  hn::StoreU(c, d, to + 8);
  hn::StoreU(e, d, to + 12);
}

// The second stage, for whose points, four side by side, a vector may have several factors.
template <class Tag>
HWY_INLINE void SecondStage(Tag d, FftTables& tables, const float* in, float* out) {
  const std::size_t points = tables.points();
  const std::size_t quarter = points / 4;  // of the input
  const float* const w = tables.second_twiddles();
  for (std::size_t at = 0; at < quarter; at += hn::Lanes(d)) {
    Complex<hn::Vec<Tag>> y[4];
    const auto load = [=](std::size_t from)
                          HWY_ATTR { return LoadAt(d, in + from, in + points + from); };
    Butterfly(load(at), load(at + quarter), load(at + 2 * quarter), load(at + 3 * quarter), y);
    for (std::size_t k = 1; k < 4; ++k) {
      const float* const factors = w + 2 * (k - 1) * quarter + at;
      y[k] = Times(y[k], hn::LoadU(d, factors), hn::LoadU(d, factors + quarter));
    }
    // One lane is a part of a block, which lies in the same place of a row of four.
    float* const to = out + (hn::Lanes(d) >= 4 ? 4 * at : 16 * (at / 4) + at % 4);
    StoreBlocks(d, y[0].re, y[1].re, y[2].re, y[3].re, to);
    StoreBlocks(d, y[0].im, y[1].im, y[2].im, y[3].im, to + points);
  }
}

// A stage for `length` points that lie `stride` apart, `stride` of them side by side: all lanes
// have the same factors.
template <class Tag>
HWY_INLINE void Stage(Tag d, FftTables& tables, std::size_t length, std::size_t stride,
                      const float* in, float* out) {
  const std::size_t points = tables.points();
  const std::size_t quarter = length / 4;
  const float* const w = tables.twiddles(length);
  for (std::size_t p = 0; p < quarter; ++p) {
    hn::Vec<Tag> cosine[3];
    hn::Vec<Tag> sine[3];
    for (std::size_t k = 0; k < 3; ++k) {
      cosine[k] = hn::Set(d, w[2 * k * quarter + p]);
      sine[k] = hn::Set(d, w[(2 * k + 1) * quarter + p]);
    }
    for (std::size_t q = 0; q < stride; q += hn::Lanes(d)) {
      const float* const re = in + stride * p + q;
      const float* const im = re + points;
      const std::size_t next = stride * quarter;
      Complex<hn::Vec<Tag>> y[4];
      Butterfly(LoadAt(d, re, im), LoadAt(d, re + next, im + next),
                LoadAt(d, re + 2 * next, im + 2 * next), LoadAt(d, re + 3 * next, im + 3 * next),
                y);
      float* const to = out + 4 * stride * p + q;
      hn::StoreU(y[0].re, d, to);
      hn::StoreU(y[0].im, d, to + points);
      for (std::size_t k = 1; k < 4; ++k) {
        const auto turned = Times(y[k], cosine[k - 1], sine[k - 1]);
        hn::StoreU(turned.re, d, to + k * stride);
        hn::StoreU(turned.im, d, to + k * stride + points);
      }
    }
  }
}

// The last stage has no factors, and is of radix 2 if the length asks for it. `store(d, at, value)`
// takes the result.
template <class Tag, class Store>
HWY_INLINE void LastStage(Tag d, std::size_t points, std::size_t stride, const float* in,
                          const Store& store) {
  using C = Complex<hn::Vec<Tag>>;
  const auto load = [=](std::size_t at) HWY_ATTR { return LoadAt(d, in + at, in + points + at); };
  for (std::size_t q = 0; q < stride; q += hn::Lanes(d)) {
    if (2 * stride == points) {
      const C a = load(q);
      const C b = load(q + stride);
      store(d, q, C{hn::Add(a.re, b.re), hn::Add(a.im, b.im)});
      store(d, q + stride, C{hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)});
      continue;
    }
    C y[4];
    Butterfly(load(q), load(q + stride), load(q + 2 * stride), load(q + 3 * stride), y);
    for (std::size_t k = 0; k < 4; ++k) store(d, q + k * stride, y[k]);
  }
}

template <class Tag, class Load, class Store>
HWY_INLINE void Transform(Tag d, FftTables& tables, FftPart part, const Load& load,
                          const Store& store) {
  const std::size_t points = tables.points();
  float* in = tables.work(0);
  float* out = tables.work(1);
  if (part != FftPart::kSecond) FirstStage(d, tables, load, in);
  std::size_t stride = 4;
  for (; points / stride > 4; stride *= 4) {
    // Of the first part are the stages up to the root of the length.
    const bool is_first = stride * stride < points;
    if (part == FftPart::kWhole || is_first == (part == FftPart::kFirst)) {
      if (stride == 4) {
        SecondStage(d, tables, in, out);
      } else {
        Stage(d, tables, points / stride, stride, in, out);
      }
    }
    float* const swapped = in;
    in = out;
    out = swapped;
  }
  if (part == FftPart::kFirst) return;
  if (stride < hn::Lanes(d)) return LastStage(Quad(), points, stride, in, store);
  LastStage(d, points, stride, in, store);
}

template <class Tag>
HWY_INLINE const float* ComplexForward(Tag d, FftTables& tables, FftPart part,
                                       const float* interleaved) {
  const std::size_t points = tables.points();
  // The stages change places; the last one writes where its input is not.
  const int stages = (std::countr_zero(points) + 1) / 2;
  float* const out = tables.work(static_cast<std::size_t>(stages + 1) % 2);
  Transform(
      d, tables, part,
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
HWY_INLINE void ForwardOf(Tag d, FftTables& tables, FftPart part, const float* signal, float* real,
                          float* imaginary) {
  using V = hn::Vec<Tag>;
  const std::size_t points = tables.points();
  const float* const z = ComplexForward(d, tables, part, signal);
  if (part == FftPart::kFirst) return;
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
HWY_INLINE void InverseOf(Tag d, FftTables& tables, FftPart part, const float* real,
                          const float* imaginary, float* signal) {
  using V = hn::Vec<Tag>;
  const std::size_t points = tables.points();
  float* const z = tables.work(1);
  float* const z_im = z + points;
  const std::size_t bins = part == FftPart::kSecond ? 0 : points;  // that are still to be taken
  ForMirrored(d, bins, [&](std::size_t k, std::size_t mirrored) HWY_ATTR {
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
  if (bins > 0) {
    z[0] = real[0] + real[points];
    z_im[0] = real[0] - real[points];
  }
  Transform(
      d, tables, part,
      [=](Tag tag, std::size_t at) HWY_ATTR { return LoadAt(tag, z_im + at, z + at); },
      [=](auto tag, std::size_t at, auto y)
          HWY_ATTR { hn::StoreInterleaved2(y.im, y.re, tag, signal + 2 * at); });
}

template <class Tag>
HWY_INLINE void PowerOf(Tag d, FftTables& tables, const float* interleaved, float* power) {
  const std::size_t points = tables.points();
  const float* const z = ComplexForward(d, tables, FftPart::kWhole, interleaved);
  const auto squared = [](auto c) HWY_ATTR { return hn::MulAdd(c.re, c.re, hn::Mul(c.im, c.im)); };
  ForMirrored(d, points, [&](std::size_t k, std::size_t mirrored) HWY_ATTR {
    const auto a = LoadAt(d, z + k, z + points + k);
    const auto b = LoadMirrored(d, z + mirrored, z + points + mirrored);
    hn::StoreU(hn::Add(squared(a), squared(b)), d, power + k);
  });
  power[0] = 2.0F * (z[0] * z[0] + z[points] * z[points]);
}

void RealForward(FftTables& tables, FftPart part, const float* signal, float* real,
                 float* imaginary) {
  if (tables.points() < 64) return ForwardOf(Quad(), tables, part, signal, real, imaginary);
  ForwardOf(D(), tables, part, signal, real, imaginary);
}

void RealInverse(FftTables& tables, FftPart part, const float* real, const float* imaginary,
                 float* signal) {
  if (tables.points() < 64) return InverseOf(Quad(), tables, part, real, imaginary, signal);
  InverseOf(D(), tables, part, real, imaginary, signal);
}

void StereoPower(FftTables& tables, const float* interleaved, float* power) {
  if (tables.points() < 64) return PowerOf(Quad(), tables, interleaved, power);
  PowerOf(D(), tables, interleaved, power);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {

FftTables::FftTables(std::size_t points) : points_(points) {
  assert(points >= kFewestPoints && std::has_single_bit(points));
  const auto angle = [](std::size_t k, std::size_t length) {
    return -2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
  };
  first_of_.assign(static_cast<std::size_t>(std::countr_zero(points)) + 1, 0);
  for (std::size_t length = points; length > 4; length /= 4) {
    first_of_[static_cast<std::size_t>(std::countr_zero(length))] = twiddles_.size();
    for (std::size_t turns = 1; turns < 4; ++turns) {
      for (std::size_t p = 0; p < length / 4; ++p) {
        twiddles_.push_back(static_cast<float>(std::cos(angle(turns * p, length))));
      }
      for (std::size_t p = 0; p < length / 4; ++p) {
        twiddles_.push_back(static_cast<float>(std::sin(angle(turns * p, length))));
      }
    }
  }
  const float* const second = twiddles(points / 4);
  for (std::size_t i = 0; points / 4 > 4 && i < 6 * (points / 16); ++i) {
    second_twiddles_.insert(second_twiddles_.end(), 4, second[i]);
  }
  for (std::size_t k = 0; k <= points / 2; ++k) {
    half_cosines_.push_back(static_cast<float>(std::cos(angle(k, 2 * points))));
    half_sines_.push_back(static_cast<float>(std::sin(angle(k, 2 * points))));
  }
  for (AlignedFloats& work : work_) work.assign(2 * points, 0.0F);
}

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
