// The stages of Fourier transforms. No include guard of the usual kind: this file is compiled once
// for each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_FFT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_FFT_INL_H_
#undef AURALIS_DSP_KERNELS_FFT_INL_H_
#else
#define AURALIS_DSP_KERNELS_FFT_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "dsp/kernels/fft_tables.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Stockham's transform of radix 4: each stage reads quarters and writes in order, so that no
// reordering is left at the end and vectors are whole everywhere.
using FftTag = hn::CappedTag<float, 16>;
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

// What of a stage is to be done: from `from` to `to`, of `cuts`.
struct StagePart {
  std::size_t from, to, cuts;
  HWY_INLINE std::size_t Begin(std::size_t length) const { return length * from / cuts; }
  HWY_INLINE std::size_t End(std::size_t length) const { return length * to / cuts; }
};

// The first stage: neighbours have other factors, and what comes out is interleaved. `load(d, at)`
// gives the input.
template <class Tag, class Load>
HWY_INLINE void FirstStage(Tag d, FftTables& tables, StagePart part, const Load& load, float* out) {
  const std::size_t points = tables.points();
  const std::size_t quarter = points / 4;
  const float* const w = tables.twiddles(points);
  for (std::size_t p = part.Begin(quarter); p < part.End(quarter); p += hn::Lanes(d)) {
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
HWY_INLINE void SecondStage(Tag d, FftTables& tables, StagePart part, const float* in, float* out) {
  const std::size_t points = tables.points();
  const std::size_t quarter = points / 4;  // of the input
  const float* const w = tables.second_twiddles();
  for (std::size_t at = part.Begin(quarter); at < part.End(quarter); at += hn::Lanes(d)) {
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
HWY_INLINE void Stage(Tag d, FftTables& tables, StagePart part, std::size_t length,
                      std::size_t stride, const float* in, float* out) {
  const std::size_t points = tables.points();
  const std::size_t quarter = length / 4;
  const float* const w = tables.twiddles(length);
  for (std::size_t p = part.Begin(quarter); p < part.End(quarter); ++p) {
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
HWY_INLINE void LastStage(Tag d, StagePart part, std::size_t points, std::size_t stride,
                          const float* in, const Store& store) {
  using C = Complex<hn::Vec<Tag>>;
  const auto load = [=](std::size_t at) HWY_ATTR { return LoadAt(d, in + at, in + points + at); };
  for (std::size_t q = part.Begin(stride); q < part.End(stride); q += hn::Lanes(d)) {
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

// Those of the transform's steps that are asked for. `load` and `store` as above.
template <class Tag, class Load, class Store>
HWY_INLINE void Transform(Tag d, FftTables& tables, FftSteps steps, const Load& load,
                          const Store& store) {
  const std::size_t points = tables.points();
  const std::size_t last = tables.stages() - 1;
  const std::size_t cuts = tables.cuts();
  float* in = tables.work(1);
  float* out = tables.work(0);
  std::size_t stride = 1;
  for (std::size_t stage = 0; stage <= last; ++stage, stride *= 4) {
    const std::size_t first = stage * cuts;
    const StagePart part{std::max(steps.from, first) - first,
                         std::min(std::max(steps.to, first), first + cuts) - first, cuts};
    if (part.from < part.to) {
      if (stage == 0) {
        FirstStage(d, tables, part, load, out);
      } else if (stage == last && stride < hn::Lanes(d)) {
        LastStage(Quad(), part, points, stride, in, store);
      } else if (stage == last) {
        LastStage(d, part, points, stride, in, store);
      } else if (stage == 1) {
        SecondStage(d, tables, part, in, out);
      } else {
        Stage(d, tables, part, points / stride, stride, in, out);
      }
    }
    float* const swapped = in;
    in = out;
    out = swapped;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // AURALIS_DSP_KERNELS_FFT_INL_H_
