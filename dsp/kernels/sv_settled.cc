#include "dsp/kernels/sv_settled.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/kernels/sv_settled.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

template <bool kMirrored>
struct Section {
  void Load(const SvSettled& sections, std::size_t at) {
    c1 = sections.value[SvSettled::kC1][at];
    c2 = sections.value[SvSettled::kC2][at];
    d0 = sections.value[SvSettled::kD0][at];
    e1 = sections.value[SvSettled::kE1][at];
    e2 = sections.value[SvSettled::kE2][at];
    sign = sections.value[SvSettled::kSign][at];
    r = sections.state[SvSettled::kR][at];
    p = sections.state[SvSettled::kP][at];
  }
  void Keep(SvSettled& sections, std::size_t at) const {
    sections.state[SvSettled::kR][at] = r;
    sections.state[SvSettled::kP][at] = p;
  }
  float Next(float x) {
    const float y = d0 * x + (e1 * r + e2 * p);
    const float q = p + c2 * r;
    r = (r + c1 * r) + (x - q);
    p = q;
    if (kMirrored) {
      r *= sign;
      p *= sign;
    }
    return y;
  }
  float c1, c2, d0, e1, e2, sign;
  float r, p;
};

// Sections in a row in one loop, both channels: one hides the other's waiting.
template <bool kMirrored, std::size_t kSections>
void RunSections(SvSettled& sections, std::size_t at, float* left, float* right,
                 std::size_t frames) {
  Section<kMirrored> row[kSections][2];
  for (std::size_t s = 0; s < kSections; ++s) {
    for (std::size_t ch = 0; ch < 2; ++ch) row[s][ch].Load(sections, sections.At(at + s, ch));
  }
  for (std::size_t i = 0; i < frames; ++i) {
    float both[2] = {left[i], right[i]};
    for (auto& section : row) {
      for (std::size_t ch = 0; ch < 2; ++ch) both[ch] = section[ch].Next(both[ch]);
    }
    left[i] = both[0];
    right[i] = both[1];
  }
  for (std::size_t s = 0; s < kSections; ++s) {
    for (std::size_t ch = 0; ch < 2; ++ch) row[s][ch].Keep(sections, sections.At(at + s, ch));
  }
}

template <bool kMirrored>
void RunAll(SvSettled& sections, float* left, float* right, std::size_t frames) {
  std::size_t at = 0;
  for (; at + 2 <= sections.sections; at += 2) {
    RunSections<kMirrored, 2>(sections, at, left, right, frames);
  }
  if (at < sections.sections) RunSections<kMirrored, 1>(sections, at, left, right, frames);
}

void Settled(SvSettled& sections, float* left, float* right, std::size_t frames) {
  if (sections.any_mirrored) return RunAll<true>(sections, left, right, frames);
  RunAll<false>(sections, left, right, frames);
}

#else

// Sections run side by side in lanes, left beside right, skewed in time: what one puts out reaches
// the next a step later. A group is as many sections as a vector has pairs of lanes; several groups
// run in one loop, each of which begins when the first frame has passed the one before, so that one
// hides the other's waiting and lanes without a frame are few. All is drained at the end of a call:
// the cascade adds no latency.
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
using Mask = hn::Mask<D>;
constexpr std::size_t kLanes = hn::MaxLanes(D());
constexpr std::size_t kGroup = kLanes / 2;
constexpr std::size_t kMostGroups = 4;

// All sections' outputs one section on, and into the first what the group before puts out.
HWY_INLINE V HandOn(V before, V own) {
#if HWY_TARGET <= HWY_AVX3
  return V{_mm512_castsi512_ps(
      _mm512_alignr_epi64(_mm512_castps_si512(before.raw), _mm512_castps_si512(own.raw), 1))};
#else
  const D d;
  if constexpr (kLanes == 4) {
    return hn::CombineShiftRightBytes<8>(d, before, own);
  } else {
    return hn::CombineShiftRightBytes<8>(d, hn::ConcatLowerUpper(d, before, own), own);
  }
#endif
}

// One frame of both channels, in all lanes and from the lowest.
using Pairs = hn::Repartition<double, D>;
HWY_INLINE V LoadPair(const float* both) {
  double pair;
  hwy::CopyBytes<sizeof(pair)>(both, &pair);
  return hn::BitCast(D(), hn::Set(Pairs(), pair));
}
HWY_INLINE void StorePair(V y, float* both) {
  const double pair = hn::GetLane(hn::BitCast(Pairs(), y));
  hwy::CopyBytes<sizeof(pair)>(&pair, both);
}

template <bool kMirrored>
struct Group {
  // Written out: what the compiler makes by itself is not for NEON.
  HWY_INLINE Group() {}
  HWY_INLINE void Load(const SvSettled& sections, std::size_t at) {
    const D d;
    c1 = hn::LoadU(d, sections.value[SvSettled::kC1] + at);
    c2 = hn::LoadU(d, sections.value[SvSettled::kC2] + at);
    d0 = hn::LoadU(d, sections.value[SvSettled::kD0] + at);
    e1 = hn::LoadU(d, sections.value[SvSettled::kE1] + at);
    e2 = hn::LoadU(d, sections.value[SvSettled::kE2] + at);
    sign = hn::And(hn::LoadU(d, sections.value[SvSettled::kSign] + at), hn::Set(d, -0.0F));
    r = hn::LoadU(d, sections.state[SvSettled::kR] + at);
    p = hn::LoadU(d, sections.state[SvSettled::kP] + at);
    x = hn::Zero(d);
  }
  HWY_INLINE void Keep(SvSettled& sections, std::size_t at) const {
    hn::StoreU(r, D(), sections.state[SvSettled::kR] + at);
    hn::StoreU(p, D(), sections.state[SvSettled::kP] + at);
  }
  // x meets y in one multiply-add, r the next r through q in one, a difference and a sum.
  HWY_INLINE V Next() {
    const V y = hn::MulAdd(d0, x, hn::MulAdd(e1, r, hn::Mul(e2, p)));
    const V q = hn::MulAdd(c2, r, p);
    r = hn::Add(hn::MulAdd(c1, r, r), hn::Sub(x, q));
    p = q;
    if (kMirrored) {
      r = hn::Xor(r, sign);
      p = hn::Xor(p, sign);
    }
    return y;
  }
  // Lanes without a frame stay as they are.
  HWY_INLINE V NextWhere(Mask has_frame) {
    const V old_r = r;
    const V old_p = p;
    const V y = Next();
    r = hn::IfThenElse(has_frame, r, old_r);
    p = hn::IfThenElse(has_frame, p, old_p);
    return y;
  }
  V c1, c2, d0, e1, e2, sign;
  V r, p;
  V x;  // of the next step
};

// Some groups that follow each other, of which the first may be short.
template <bool kMirrored, std::size_t kGroups>
class Pass {
 public:
  // `at`: where the last group's sections lie; `first`: how many the first group has.
  HWY_INLINE Pass(SvSettled& sections, std::size_t at, std::size_t first)
      : sections_(sections), at_(at), first_(first), skew_(first + kGroup * (kGroups - 1) - 1) {
    const D d;
    // Lane pair k has section size - 1 - k of its group.
    HWY_ALIGN float place[kLanes];
    for (std::size_t k = 0; k < kGroup; ++k)
      place[2 * k] = place[2 * k + 1] = static_cast<float>(k);
    const V pair = hn::Load(d, place);
    place_first_ = hn::Sub(hn::Set(d, static_cast<float>(first) - 1.0F), pair);
    place_ = hn::Sub(hn::Set(d, static_cast<float>(kGroup) - 1.0F), pair);
    entry_ = hn::Eq(place_first_, hn::Zero(d));
    for (std::size_t g = 0; g < kGroups; ++g) group_[g].Load(sections, At(g));
  }

  // At least as many frames as sections.
  HWY_INLINE void Run(float* both, std::size_t frames) {
    Fill<0>(both);
    for (; step_ < frames; ++step_) {
      Enter(both + 2 * step_);
      StorePair(Step<0, kGroups - 1, kGroups>(entry_), both + 2 * (step_ - skew_));
    }
    Drain<0>(both);
    Keep();
  }
  // Any number, one group.
  HWY_INLINE void RunShort(float* both, std::size_t frames) {
    static_assert(kGroups == 1);
    const D d;
    for (; step_ < frames + skew_; ++step_) {
      if (step_ < frames) Enter(both + 2 * step_);
      const float step = static_cast<float>(step_);
      const Mask has_frame =
          hn::And(hn::Le(place_first_, hn::Set(d, step)),
                  hn::Gt(place_first_, hn::Set(d, step - static_cast<float>(frames))));
      const V y = Step<0, 0, 0>(has_frame);
      if (step_ >= skew_) StorePair(y, both + 2 * (step_ - skew_));
    }
    Keep();
  }

 private:
  std::size_t At(std::size_t group) const { return at_ + kLanes * (kGroups - 1 - group); }
  HWY_INLINE void Keep() {
    for (std::size_t g = 0; g < kGroups; ++g) group_[g].Keep(sections_, At(g));
  }
  HWY_INLINE void Enter(const float* both) {
    group_[0].x = hn::IfThenElse(entry_, LoadPair(both), group_[0].x);
  }
  // Steps in which group kPhase fills, or drains. The last group's last lane is the output: where
  // that has a frame all have while they fill, and none once they are drained.
  template <std::size_t kPhase>
  std::size_t PartialSteps() const {
    return (kPhase == 0 ? first_ : kGroup) - (kPhase + 1 == kGroups ? 1 : 0);
  }
  template <std::size_t kPhase>
  V Place() const {
    return kPhase == 0 ? place_first_ : place_;
  }
  template <std::size_t kPhase>
  HWY_INLINE void Fill(const float* both) {
    const std::size_t steps = PartialSteps<kPhase>();
    for (std::size_t i = 0; i < steps; ++i, ++step_) {
      Enter(both + 2 * step_);
      Step<0, kPhase, kPhase>(hn::Le(Place<kPhase>(), hn::Set(D(), static_cast<float>(i))));
    }
    if constexpr (kPhase + 1 < kGroups) Fill<kPhase + 1>(both);
  }
  template <std::size_t kPhase>
  HWY_INLINE void Drain(float* both) {
    const std::size_t steps = PartialSteps<kPhase>();
    for (std::size_t i = 0; i < steps; ++i, ++step_) {
      const Mask has_frame = hn::Gt(Place<kPhase>(), hn::Set(D(), static_cast<float>(i)));
      StorePair(Step<kPhase, kGroups - 1, kPhase>(has_frame), both + 2 * (step_ - skew_));
    }
    if constexpr (kPhase + 1 < kGroups) Drain<kPhase + 1>(both);
  }
  // One step of groups kFirst to kLast, of which kPartial has lanes without a frame.
  template <std::size_t kFirst, std::size_t kLast, std::size_t kPartial>
  HWY_INLINE V Step(Mask has_frame) {
    V before = hn::Zero(D());
    for (std::size_t g = kFirst; g <= kLast; ++g) {
      const V y = g == kPartial ? group_[g].NextWhere(has_frame) : group_[g].Next();
      group_[g].x = HandOn(before, y);
      before = y;
    }
    if constexpr (kLast + 1 < kGroups) group_[kLast + 1].x = HandOn(before, hn::Zero(D()));
    return before;
  }

  SvSettled& sections_;
  std::size_t at_;
  std::size_t first_;
  std::size_t skew_;
  std::size_t step_ = 0;
  V place_first_, place_;  // of each lane, in the first group and in the others
  Mask entry_;
  Group<kMirrored> group_[kGroups];
};

template <bool kMirrored>
void RunPasses(SvSettled& sections, float* both, std::size_t frames) {
  std::size_t left = (sections.sections + kGroup - 1) / kGroup;
  std::size_t first = sections.sections - kGroup * (left - 1);
  while (left > 0) {
    const std::size_t fit = frames < first ? 1 : (frames - first) / kGroup + 1;
    const std::size_t most = std::min(fit, kMostGroups);
    const std::size_t passes = (left + most - 1) / most;
    const std::size_t groups = (left + passes - 1) / passes;
    left -= groups;
    const std::size_t at = kLanes * left;
    if (frames < first) {
      Pass<kMirrored, 1>(sections, at, first).RunShort(both, frames);
    } else if (groups == 1) {
      Pass<kMirrored, 1>(sections, at, first).Run(both, frames);
    } else if (groups == 2) {
      Pass<kMirrored, 2>(sections, at, first).Run(both, frames);
    } else if (groups == 3) {
      Pass<kMirrored, 3>(sections, at, first).Run(both, frames);
    } else {
      Pass<kMirrored, 4>(sections, at, first).Run(both, frames);
    }
    first = kGroup;
  }
}

void Settled(SvSettled& sections, float* left, float* right, std::size_t frames) {
  constexpr std::size_t kPiece = 1024;
  const D d;
  // Vectors that are only partly of a piece reach beyond its end.
  HWY_ALIGN float both[2 * (kPiece + kLanes)];
  for (std::size_t done = 0; done < frames; done += kPiece) {
    const std::size_t count = std::min(kPiece, frames - done);
    const std::size_t whole = count - count % kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
      hn::StoreInterleaved2(hn::LoadU(d, left + done + i), hn::LoadU(d, right + done + i), d,
                            both + 2 * i);
    }
    for (std::size_t i = whole; i < count; ++i) {
      both[2 * i] = left[done + i];
      both[2 * i + 1] = right[done + i];
    }
    if (sections.any_mirrored) {
      RunPasses<true>(sections, both, count);
    } else {
      RunPasses<false>(sections, both, count);
    }
    for (std::size_t i = 0; i < whole; i += kLanes) {
      V in_left;
      V in_right;
      hn::LoadInterleaved2(d, both + 2 * i, in_left, in_right);
      hn::StoreU(in_left, d, left + done + i);
      hn::StoreU(in_right, d, right + done + i);
    }
    for (std::size_t i = whole; i < count; ++i) {
      left[done + i] = both[2 * i];
      right[done + i] = both[2 * i + 1];
    }
  }
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace auralis {
HWY_EXPORT(Settled);

SvSettledKernel ResolveSvSettledKernel() {
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return &HWY_DYNAMIC_DISPATCH(Settled);
}
}  // namespace auralis
#endif
