// Linear recursions over a piece in groups (groups-inl.h): as if every group began from nothing,
// all at once; then what groups leave to later ones, in shifts of 1, 2, 4, 8 groups (P. M. Kogge,
// H. S. Stone, IEEE Trans. Computers C-22, 1973); then what that adds to each frame. What is left
// of a state is 1 less something small, and only the small part is multiplied: it is not rounded as
// a part of the 1.

#if defined(AURALIS_DSP_KERNELS_GROUP_RECURSIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_GROUP_RECURSIONS_INL_H_
#undef AURALIS_DSP_KERNELS_GROUP_RECURSIONS_INL_H_
#else
#define AURALIS_DSP_KERNELS_GROUP_RECURSIONS_INL_H_
#endif

#include <hwy/highway.h>

#include "dsp/kernels/group_plan.h"
#include "dsp/kernels/groups-inl.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {

// States are the same in all lanes.
template <class D>
class PoleGroups {
 public:
  using V = hn::Vec<D>;
  explicit PoleGroups(float state) : state_(hn::Set(D(), state)) {}
  float state() const { return hn::GetLane(state_); }

  HWY_INLINE Groups<D> Run(const PolePlan& plan, const Groups<D>& x) {
    const D d;
    const V input = hn::Set(d, plan.input);
    Groups<D> y;
    y.frame[0] = hn::Mul(input, x.frame[0]);
    for (std::size_t k = 1; k < kGroupFrames; ++k) {
      y.frame[k] = hn::MulAdd(hn::Set(d, plan.pole), y.frame[k - 1], hn::Mul(input, x.frame[k]));
    }
    V after = y.frame[kGroupFrames - 1];
    ForShifts(d, [&](auto shift) HWY_ATTR {
      after = hn::MulAdd(LoadLanes(d, plan.kept[shift]), Earlier<shift>(d, after), after);
    });
    after = hn::Add(after, hn::NegMulAdd(LoadLanes(d, plan.lost), state_, state_));
    const V before = Before(d, after, state_);
    state_ = LastEverywhere(d, after);
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      y.frame[k] = hn::MulAdd(hn::Set(d, plan.power[k]), before, y.frame[k]);
    }
    return y;
  }

 private:
  V state_;
};

// One channel of a state-variable section.
template <class D>
class SectionGroups {
 public:
  using V = hn::Vec<D>;
  SectionGroups(const SvCascade& cascade, std::size_t channel)
      : s1_(hn::Set(D(), cascade.state[channel][SvCascade::kS1][0])),
        s2_(hn::Set(D(), cascade.state[channel][SvCascade::kS2][0])) {}
  void Keep(SvCascade& cascade, std::size_t channel) const {
    cascade.state[channel][SvCascade::kS1][0] = hn::GetLane(s1_);
    cascade.state[channel][SvCascade::kS2][0] = hn::GetLane(s2_);
  }

  HWY_INLINE Groups<D> Run(const SectionPlan& plan, const Groups<D>& x) {
    const D d;
    V after1 = hn::Mul(hn::Set(d, plan.taken[0][0]), x.frame[0]);
    V after2 = hn::Mul(hn::Set(d, plan.taken[1][0]), x.frame[0]);
    for (std::size_t k = 1; k < kGroupFrames; ++k) {
      after1 = hn::MulAdd(hn::Set(d, plan.taken[0][k]), x.frame[k], after1);
      after2 = hn::MulAdd(hn::Set(d, plan.taken[1][k]), x.frame[k], after2);
    }
    ForShifts(d, [&](auto shift) HWY_ATTR {
      const V earlier1 = Earlier<shift>(d, after1);
      const V earlier2 = Earlier<shift>(d, after2);
      after1 = AddProduct(plan.kept[shift][0], earlier1, earlier2, after1);
      after2 = AddProduct(plan.kept[shift][1], earlier1, earlier2, after2);
    });
    after1 = hn::Add(after1, AddProduct(plan.change[0], s1_, s2_, s1_));
    after2 = hn::Add(after2, AddProduct(plan.change[1], s1_, s2_, s2_));
    const V before1 = Before(d, after1, s1_);
    const V before2 = Before(d, after2, s2_);
    s1_ = LastEverywhere(d, after1);
    s2_ = LastEverywhere(d, after2);
    Groups<D> y;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      V sum = hn::Mul(hn::Set(d, plan.response[0]), x.frame[k]);
      for (std::size_t back = 1; back <= k; ++back) {
        sum = hn::MulAdd(hn::Set(d, plan.response[back]), x.frame[k - back], sum);
      }
      sum = hn::MulAdd(hn::Set(d, plan.ringing[k][0]), before1, sum);
      y.frame[k] = hn::MulAdd(hn::Set(d, plan.ringing[k][1]), before2, sum);
    }
    return y;
  }

 private:
  static HWY_INLINE V AddProduct(const SectionPlan::Row& row, V s1, V s2, V sum) {
    const D d;
    return hn::MulAdd(LoadLanes(d, row[0]), s1, hn::MulAdd(LoadLanes(d, row[1]), s2, sum));
  }
  V s1_, s2_;
};

// A pole that changes from frame to frame: y goes `share` of the way to x.
template <class D>
class MovingPoleGroups {
 public:
  using V = hn::Vec<D>;
  explicit MovingPoleGroups(float state) : state_(hn::Set(D(), state)) {}
  float state() const { return hn::GetLane(state_); }

  // Returns what groups begin with.
  HWY_INLINE V Advance(const Groups<D>& share, const Groups<D>& x) {
    const D d;
    V taken = hn::Mul(share.frame[0], x.frame[0]);
    V lost = share.frame[0];  // of what a group begins with
    for (std::size_t k = 1; k < kGroupFrames; ++k) {
      taken = hn::MulAdd(share.frame[k], hn::Sub(x.frame[k], taken), taken);
      lost = hn::Add(lost, hn::NegMulAdd(share.frame[k], lost, share.frame[k]));
    }
    ForShifts(d, [&](auto shift) HWY_ATTR {
      const V earlier_taken = EarlierOrZero<shift>(d, taken);
      const V earlier_lost = EarlierOrZero<shift>(d, lost);
      taken = hn::Add(taken, hn::NegMulAdd(lost, earlier_taken, earlier_taken));
      lost = hn::Add(lost, hn::NegMulAdd(lost, earlier_lost, earlier_lost));
    });
    const V after = hn::Add(taken, hn::NegMulAdd(lost, state_, state_));
    const V before = Before(d, after, state_);
    state_ = LastEverywhere(d, after);
    return before;
  }
  HWY_INLINE Groups<D> Run(const Groups<D>& share, const Groups<D>& x) {
    V y = Advance(share, x);
    Groups<D> out;
    for (std::size_t k = 0; k < kGroupFrames; ++k) {
      y = hn::MulAdd(share.frame[k], hn::Sub(x.frame[k], y), y);
      out.frame[k] = y;
    }
    return out;
  }

 private:
  V state_;
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();
#endif

#endif  // one of two toggles
