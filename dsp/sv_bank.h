#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/filter_design.h"
#include "dsp/kernels/sv_cascade.h"
#include "dsp/kernels/sv_settled.h"

namespace auralis {

// What one slot of a bank aims at. At `kOff` it is no section at all; otherwise a section that
// works on both channels, or on one while it lets the other through.
struct SvTarget {
  enum class Side : std::uint32_t { kOff, kBoth, kFirst, kSecond };
  using Coefficients = std::array<float, SvCascade::kCoefficients>;

  Side side = Side::kOff;
  Coefficients coefficients{};

  bool operator==(const SvTarget&) const = default;
};

// An identity filter becomes kOff. [any]
SvTarget MakeSvTarget(const SvFilter& filter, SvTarget::Side side) noexcept;

// A series of second-order filters whose members come, go and move without a click.
//
// Filters at work are the sections of one SIMD cascade; those that change nothing are left out, so
// that a flat bank is the input bit for bit and costs nothing. New targets start one ramp of all
// coefficients; filters that come in or go out do so from and to the identity, at their own poles.
class SvBank {
 public:
  // [control] `slots` at most SvCascade::kMaxSections. All off.
  void Prepare(double sample_rate_hz, float ramp_ms, std::size_t slots);
  // Ends the ramp, forgets the signal. [rt]
  void Reset() noexcept;
  // One for each slot, in the order of the signal. The same again changes nothing. [rt]
  void SetTargets(std::span<const SvTarget> targets) noexcept;
  void Process(float* first, float* second, std::size_t frames) noexcept;  // [rt]
  // Nothing is at work: Process() would do nothing. [rt]
  bool is_idle() const noexcept { return cascade_->sections == 0; }
  // Until all stands still. [rt]
  std::size_t frames_left() const noexcept { return ramp_frames_ - elapsed_frames_; }
  // For a kernel that runs what stands still together with what comes after it, in place of
  // Process(): the sections, and with what it then ended. [rt]
  SvCascade& cascade() noexcept { return *cascade_; }
  void Ended(std::array<float, 2> input, std::array<float, 2> output) noexcept {
    last_input_ = input;
    last_output_ = output;
  }

 private:
  static constexpr std::size_t kNoSection = SvCascade::kMaxSections;
  using Coefficients = SvTarget::Coefficients;
  using Pair = std::array<Coefficients, 2>;  // one for each channel

  static Pair PairOf(const SvTarget& target) noexcept;
  SvRamp ramp() const noexcept {
    return {.elapsed_frames = elapsed_frames_, .ramp_frames = ramp_frames_};
  }
  void StartRamp() noexcept;
  void EndRamp() noexcept;
  Pair Now(std::size_t section) const noexcept;
  void AddSection(std::size_t slot, const Pair& from, const Pair& to,
                  const std::array<float, 2>& level) noexcept;

  // More sections than these stand still in the other form.
  bool is_settled() const noexcept {
    return elapsed_frames_ == ramp_frames_ && cascade_->sections > SvCascade::kFewSections;
  }

  SvCascadeKernels kernels_{};
  SvSettledKernel settled_kernel_ = nullptr;
  std::vector<SvTarget> targets_;
  std::vector<std::size_t> section_of_;  // of each slot
  std::unique_ptr<SvCascade> cascade_;
  std::unique_ptr<SvCascade> previous_;  // while a new cascade is laid out
  std::unique_ptr<SvSettled> settled_;   // of `cascade_`, with its states, while is_settled()
  std::array<float, 2> last_input_{};    // one sample of each channel
  std::array<float, 2> last_output_{};
  std::size_t ramp_frames_ = 1;
  std::size_t elapsed_frames_ = 1;  // of the ramp; ramp_frames_ when it is over
};

}  // namespace auralis
