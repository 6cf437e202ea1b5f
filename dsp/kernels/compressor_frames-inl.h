// A compressor frame by frame: what is less than a piece of groups, and all there is without lanes.
// Compiled once for each of Highway's targets.

#if defined(AURALIS_DSP_KERNELS_COMPRESSOR_FRAMES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AURALIS_DSP_KERNELS_COMPRESSOR_FRAMES_INL_H_
#undef AURALIS_DSP_KERNELS_COMPRESSOR_FRAMES_INL_H_
#else
#define AURALIS_DSP_KERNELS_COMPRESSOR_FRAMES_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "dsp/kernels/compressor.h"
#include "dsp/kernels/compressor_curve-inl.h"

HWY_BEFORE_NAMESPACE();
namespace auralis {
namespace HWY_NAMESPACE {

// One channel of the side chain's section, frame by frame.
class SectionFrames {
 public:
  SectionFrames(const SvCascade& cascade, std::size_t channel)
      : b1_(cascade.value[channel][SvCascade::kB1][0]),
        b2_(cascade.value[channel][SvCascade::kB2][0]),
        b3_(cascade.value[channel][SvCascade::kB3][0]),
        d0_(cascade.value[channel][SvCascade::kD0][0]),
        d1_(cascade.value[channel][SvCascade::kD1][0]),
        d2_(cascade.value[channel][SvCascade::kD2][0]),
        s1_(cascade.state[channel][SvCascade::kS1][0]),
        s2_(cascade.state[channel][SvCascade::kS2][0]) {}
  void Keep(SvCascade& cascade, std::size_t channel) const {
    cascade.state[channel][SvCascade::kS1][0] = s1_;
    cascade.state[channel][SvCascade::kS2][0] = s2_;
  }
  HWY_INLINE float Next(float x) {
    const float y = d0_ * x + d1_ * s1_ + d2_ * s2_;
    const float difference = x - s2_;
    const float next1 = s1_ + b1_ * s1_ + b2_ * difference;
    s2_ = s2_ + b2_ * s1_ + b3_ * difference;
    s1_ = next1;
    return y;
  }

 private:
  float b1_, b2_, b3_, d0_, d1_, d2_, s1_, s2_;
};

// What waits for the frame before is in loops of its own, for the others overlap by themselves
// then.
class CompressorFrames {
 public:
  static constexpr std::size_t kMost = 16;
  CompressorFrames(SvCascade& sidechain, const CompressorPlan& plan, CompressorState& state)
      : sidechain_(sidechain),
        values_(plan.values),
        follower_(plan.narrow.follower),
        state_(state),
        curve_(plan.values) {}

  // `frames` of them, kMost at most.
  HWY_INLINE void Run(const float* left, const float* right, std::size_t frames, float* gains) {
    const One d;
    float square[kMost];
    float mean[kMost];
    float asked_db[kMost];
    float learning[kMost];
    Detect(left, right, frames, square, mean);
    for (std::size_t i = 0; i < frames; ++i) {
      const auto level_db = curve_.LevelDb(hn::Set(d, square[i]), hn::Set(d, mean[i]));
      asked_db[i] = hn::GetLane(curve_.AskedDb(level_db));
      learning[i] = hn::GetLane(curve_.Learning(level_db));
    }
    float* const held_db = asked_db;
    Follow(asked_db, frames, held_db);
    float mean_db = state_.mean_reduction_db;
    for (std::size_t i = 0; i < frames; ++i) {
      mean_db += learning[i] * (held_db[i] - mean_db);
      mean[i] = mean_db;
    }
    state_.mean_reduction_db = mean_db;
    for (std::size_t i = 0; i < frames; ++i) {
      const auto lowered_db = curve_.MadeUpDb(hn::Set(d, held_db[i]), hn::Set(d, mean[i]));
      gains[i] = hn::GetLane(curve_.Gain(lowered_db));
    }
  }

 private:
  using One = hn::CappedTag<float, 1>;

  HWY_INLINE void Detect(const float* left, const float* right, std::size_t frames, float* square,
                         float* mean) {
    SectionFrames left_section(sidechain_, 0);
    SectionFrames right_section(sidechain_, 1);
    const bool filters = sidechain_.sections > 0;
    const float pole = values_.rms_pole;
    float mean_square = state_.mean_square;
    for (std::size_t i = 0; i < frames; ++i) {
      const float l = filters ? left_section.Next(left[i]) : left[i];
      const float r = filters ? right_section.Next(right[i]) : right[i];
      state_.last_sidechain = {l, r};
      square[i] = std::max(l * l, r * r);
      mean_square = pole * mean_square + (1.0F - pole) * square[i];
      mean[i] = mean_square;
    }
    state_.mean_square = mean_square;
    if (!filters) return;
    left_section.Keep(sidechain_, 0);
    right_section.Keep(sidechain_, 1);
  }
  // `held_db` may be `asked_db`.
  HWY_INLINE void Follow(const float* asked_db, std::size_t frames, float* held_db) {
    const FollowerPlan follower = follower_;
    const bool faster_attack = follower.attack_pole <= follower.release_pole;
    const float slow_pole = values_.slow_pole;
    const float slow_share = values_.slow_share;
    auto [fast, slow] = state_.reduction;
    float largest = state_.largest_reduction_db;
    for (std::size_t i = 0; i < frames; ++i) {
      const float attacked = follower.attack_pole * fast + follower.attack_input * asked_db[i];
      const float released = follower.release_pole * fast + follower.release_input * asked_db[i];
      fast = faster_attack ? std::max(attacked, released) : std::min(attacked, released);
      slow = slow_share == 0.0F ? fast : slow_pole * slow + (1.0F - slow_pole) * fast;
      held_db[i] = fast + slow_share * std::max(slow - fast, 0.0F);
      largest = std::max(largest, held_db[i]);
    }
    state_.reduction = {.fast_db = fast, .slow_db = slow};
    state_.largest_reduction_db = largest;
  }

  SvCascade& sidechain_;
  const CompressorValues& values_;
  const FollowerPlan& follower_;
  CompressorState& state_;
  const CompressorCurve<One> curve_;
};

}  // namespace HWY_NAMESPACE
}  // namespace auralis
HWY_AFTER_NAMESPACE();

#endif  // one of two toggles
