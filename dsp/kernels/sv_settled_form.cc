#include <algorithm>

#include "dsp/kernels/sv_settled.h"

namespace auralis {
namespace {

// The update of an SvCascade's section, s' = A s + B x, as one of r and p: s1 = r1 r + p1 p,
// s2 = r2 r + p2 p. B is r's column, for x enters r alone; p's follows from A.
struct Form {
  Form(const SvCascade& cascade, std::size_t section, std::size_t channel) {
    const auto of = [&](SvCascade::Coefficient c) {
      return static_cast<double>(cascade.value[channel][c][section]);
    };
    const double b1 = of(SvCascade::kB1);
    const double b2 = of(SvCascade::kB2);
    const double b3 = of(SvCascade::kB3);
    c1 = b1 - b3 - b1 * b3 + b2 * b2;  // det A - 1
    // 2 / (2 + b1) is by how much r exceeds x, at most: much for poles near -1. Where one is near
    // -1 and one near 1, the trace tells which is nearer.
    mirrored = 2.0 + b1 < 1.0 / 128.0 && 2.0 + b1 - b3 < 0.0;
    if (mirrored) {
      c2 = (2.0 + b1) * (2.0 - b3) + b2 * b2;
      r1 = -b2;
      r2 = -b3;
      p1 = -2.0 * b2 / c2;
      p2 = (b2 * b2 - b3 * (2.0 + b1)) / c2;
    } else {
      c2 = b2 * b2 - b1 * b3;
      r1 = b2;
      r2 = b3;
      p1 = 0.0;
      p2 = 1.0;
    }
  }
  double c1, c2;
  double r1, r2, p1, p2;
  bool mirrored;
};

}  // namespace

void Settle(const SvCascade& cascade, SvSettled& settled) noexcept {
  settled.sections = cascade.sections;
  settled.any_mirrored = false;
  for (std::size_t s = 0; s < cascade.sections; ++s) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      const Form form(cascade, s, ch);
      const std::size_t at = settled.At(s, ch);
      const auto set = [&](auto& planes, auto plane, double value) {
        planes[plane][at] = static_cast<float>(value);
      };
      const auto d1 = static_cast<double>(cascade.value[ch][SvCascade::kD1][s]);
      const auto d2 = static_cast<double>(cascade.value[ch][SvCascade::kD2][s]);
      set(settled.value, SvSettled::kC1, form.c1);
      set(settled.value, SvSettled::kC2, form.c2);
      settled.value[SvSettled::kD0][at] = cascade.value[ch][SvCascade::kD0][s];
      set(settled.value, SvSettled::kE1, d1 * form.r1 + d2 * form.r2);
      set(settled.value, SvSettled::kE2, d1 * form.p1 + d2 * form.p2);
      set(settled.value, SvSettled::kSign, form.mirrored ? -1.0 : 1.0);
      settled.any_mirrored = settled.any_mirrored || form.mirrored;
      const auto s1 = static_cast<double>(cascade.state[ch][SvCascade::kS1][s]);
      const auto s2 = static_cast<double>(cascade.state[ch][SvCascade::kS2][s]);
      const double determinant = form.r1 * form.p2 - form.r2 * form.p1;
      set(settled.state, SvSettled::kR, (form.p2 * s1 - form.p1 * s2) / determinant);
      set(settled.state, SvSettled::kP, (form.r1 * s2 - form.r2 * s1) / determinant);
    }
  }
  const std::size_t end = 2 * cascade.sections;
  for (auto& plane : settled.value) std::fill_n(plane + end, 16, 0.0F);
  for (auto& plane : settled.state) std::fill_n(plane + end, 16, 0.0F);
}

void TakeStates(const SvSettled& settled, SvCascade& cascade) noexcept {
  for (std::size_t s = 0; s < cascade.sections; ++s) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      const Form form(cascade, s, ch);
      const std::size_t at = settled.At(s, ch);
      const auto r = static_cast<double>(settled.state[SvSettled::kR][at]);
      const auto p = static_cast<double>(settled.state[SvSettled::kP][at]);
      cascade.state[ch][SvCascade::kS1][s] = static_cast<float>(form.r1 * r + form.p1 * p);
      cascade.state[ch][SvCascade::kS2][s] = static_cast<float>(form.r2 * r + form.p2 * p);
    }
  }
}

}  // namespace auralis
