#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace auralis::test {

// Finds the gaps of a tone, and how it ends before them and begins after them. That before its
// first frame has `from_ns` 0. One thread hears, any may read.
class ToneEar {
 public:
  struct Gap {
    std::int64_t from_ns = 0;  // steady_clock
    std::int64_t to_ns = 0;
    float step = 0.0F;        // the largest to a frame with sound in the first 5 ms after
    float level = 0.0F;       // the largest value in these
    float fall = 0.0F;        // the largest step in the 5 ms to each side of its last frame
    float given_step = 0.0F;  // in what was given to be played, from 10 ms before to 5 ms after
    float given_fall = 0.0F;  // likewise around the last frame before
    // It began with a cycle before which the ear itself was cut off, or was not longer than one.
    bool unsure = false;
  };
  struct Cycle {
    std::int64_t now_ns;
    double rate_hz;
    std::size_t frames;
    const float* given;                   // what is to be played; nullptr is silence
    std::span<const float* const> heard;  // likewise; it is added up
    bool broken;                          // what was heard before need not have been the last
  };

  void Hear(const Cycle& cycle) noexcept {
    for (std::size_t i = 0; i < cycle.frames; ++i) {
      float x = 0.0F;
      for (const float* const sink : cycle.heard) x += sink == nullptr ? 0.0F : sink[i];
      const float given = cycle.given == nullptr ? 0.0F : cycle.given[i];
      // What the ear itself lost is no step.
      const float step = std::abs(x - std::exchange(last_, x));
      steps_[now_ % kKept] = i == 0 && cycle.broken ? 0.0F : step;
      // Where cycles are lost again the sound is cut off: that is no way to come back.
      rises_[now_ % kKept] = x == 0.0F ? 0.0F : steps_[now_ % kKept];
      given_steps_[now_ % kKept] = std::abs(given - std::exchange(last_given_, given));
      // A cycle is heard all at once; inside it time goes by its frames.
      const std::int64_t at_ns =
          cycle.now_ns + static_cast<std::int64_t>(1e9 * static_cast<double>(i) / cycle.rate_hz);
      if (std::abs(x) > kAudible) Sound(cycle, at_ns, i == 0 && cycle.broken);
      level_ = std::max(level_, std::abs(x));
      if (onset_left_ > 0 && --onset_left_ == 0) End(cycle.rate_hz);
      ++now_;
    }
    heard_ns_.store(last_ns_);
  }

  std::int64_t heard_ns() const { return heard_ns_.load(); }  // the last audible frame
  // Those that were looked at.
  std::size_t gap_count() const { return gap_count_.load(std::memory_order_acquire); }
  bool listens_closely() const { return pending_.load(); }  // to one that just ended
  const Gap& gap(std::size_t i) const { return gaps_.at(i); }

 private:
  static constexpr float kAudible = 0.002F;
  static constexpr std::int64_t kGapNs = 20'000'000;
  static constexpr std::size_t kGaps = 1024;
  static constexpr std::size_t kKept = 1U << 18U;

  static std::size_t Frames(double seconds, double rate_hz) {
    return static_cast<std::size_t>(seconds * rate_hz);
  }

  // A cycle that somebody finished too late leaves a hole of its length, and nobody is told.
  void Sound(const Cycle& cycle, std::int64_t at_ns, bool unsure) noexcept {
    const auto one_cycle_ns =
        static_cast<std::int64_t>(1e9 * static_cast<double>(cycle.frames) / cycle.rate_hz);
    if (2 * (at_ns - last_ns_) < 3 * one_cycle_ns) unsure = true;
    if (at_ns - last_ns_ > kGapNs && onset_left_ == 0) {
      gap_ = {.from_ns = last_ns_, .to_ns = at_ns, .unsure = unsure};
      fell_at_ = last_at_;
      began_at_ = now_;
      level_ = 0.0F;
      onset_left_ = std::max<std::size_t>(1, Frames(0.005, cycle.rate_hz));
      pending_.store(true);
    }
    last_ns_ = at_ns;
    last_at_ = now_;
  }

  void End(double rate_hz) noexcept {
    const std::size_t near = Frames(0.005, rate_hz);
    gap_.step = Most(rises_, began_at_, now_ + 1);
    gap_.level = level_;
    gap_.given_step = Most(given_steps_, began_at_ - std::min(began_at_, 2 * near), now_ + 1);
    gap_.fall =
        Most(steps_, fell_at_ - std::min(fell_at_, near), std::min(began_at_, fell_at_ + near));
    gap_.given_fall = Most(given_steps_, fell_at_ - std::min(fell_at_, 2 * near),
                           std::min(began_at_, fell_at_ + near));
    const std::size_t count = gap_count_.load(std::memory_order_relaxed);
    if (count < kGaps) {
      gaps_[count] = gap_;
      gap_count_.store(count + 1, std::memory_order_release);
    }
    pending_.store(false);
  }

  float Most(const std::vector<float>& values, std::size_t from, std::size_t to) const noexcept {
    float most = 0.0F;
    if (now_ - from >= kKept) return most;
    for (std::size_t i = from; i < to; ++i) most = std::max(most, values[i % kKept]);
    return most;
  }

  std::vector<float> steps_ = std::vector<float>(kKept, 0.0F);
  std::vector<float> rises_ = std::vector<float>(kKept, 0.0F);
  std::vector<float> given_steps_ = std::vector<float>(kKept, 0.0F);
  std::array<Gap, kGaps> gaps_{};
  std::atomic<std::size_t> gap_count_{0};
  std::atomic<std::int64_t> heard_ns_{0};
  std::atomic<bool> pending_{false};
  Gap gap_;
  std::size_t now_ = 0;  // frames
  std::size_t fell_at_ = 0;
  std::size_t began_at_ = 0;
  std::size_t last_at_ = 0;   // of an audible frame
  std::int64_t last_ns_ = 0;  // likewise
  std::size_t onset_left_ = 0;
  float level_ = 0.0F;
  float last_ = 0.0F;
  float last_given_ = 0.0F;
};

}  // namespace auralis::test
