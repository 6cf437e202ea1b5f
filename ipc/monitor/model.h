#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/messages.h"
#include "ipc/monitor/tonal_curve.h"

namespace auralis::ctl {

// What the monitor knows of the daemon: what it was told, held long enough to be read. Holds count
// the stream's frames. Not thread-safe. [any]
class Model {
 public:
  static constexpr double kHoldSeconds = 1.5;           // of a true peak
  static constexpr double kReductionFallDbPerS = 20.0;  // of a bar that shows a gain reduction

  struct Reduction {
    std::string stage;  // "multiband" for all its bands
    float db = 0.0F;    // positive
  };
  struct Peaks {
    std::array<float, 2> input_dbtp{};
    std::array<float, 2> output_dbtp{};
  };

  // A connection began: everything known before is forgotten but what a person needs to see that
  // it went on (the message).
  void Begin(ipc::Parameters described, const ipc::Status& status);
  // It ended; what was known stays, and is old.
  void Lose(const std::string& why);
  bool connected() const { return connected_; }
  const std::string& lost_because() const { return lost_because_; }

  void Take(const ipc::Status& status);
  void Take(const ipc::Comparison& comparison) {
    comparison_ = comparison;
    comparison_is_old_ = false;
  }
  void Take(const ipc::Event& event);
  void Take(const ipc::Values& values);  // a reply

  const ipc::Status& status() const { return status_; }
  const ipc::Comparison& comparison() const { return comparison_; }
  // Somebody changed it since.
  bool comparison_is_old() const { return comparison_is_old_; }
  const std::optional<ipc::Meters>& meters() const { return meters_; }
  const std::optional<ipc::Spectrum>& spectrum() const { return spectrum_; }
  const std::optional<ipc::Adaptation>& adaptation() const { return adaptation_; }
  const std::vector<ipc::Parameter>& parameters() const { return parameters_; }
  // In the order of the signal path.
  const std::vector<Reduction>& reductions() const { return reductions_; }
  const Peaks& held_peaks() const { return held_; }
  const std::string& last_notice() const { return last_notice_; }

  // nullptr where the daemon has no such parameter.
  const ipc::Parameter* Find(std::string_view key) const;
  // Whether the stage is on; true for those without a switch.
  bool IsOn(std::string_view stage) const;
  // What the leveler brings every programme to, adaptation counted; nothing where it is off.
  std::optional<float> TargetLufs() const;

  // The equalizers' curve (TonalCurve) at those frequencies.
  std::vector<float> TonalGainDb(std::span<const double> frequencies_hz) const;

 private:
  void TakeEvent(const ipc::Meters& meters);
  void TakeEvent(const ipc::Spectrum& spectrum) { spectrum_ = spectrum; }
  void TakeEvent(const ipc::Bye& bye);
  void TakeEvent(const ipc::ParametersChanged& changed);
  void TakeEvent(const ipc::Notice& notice) {
    last_notice_ = notice.text;
    comparison_is_old_ = comparison_is_old_ || notice.kind == ipc::NoticeKind::kComparison;
  }
  void TakeEvent(const ipc::AdaptationNow& now) { adaptation_ = now.adaptation; }
  void TakeValues(const std::vector<ipc::Value>& values);
  double SecondsSince(const ipc::Meters& before, const ipc::Meters& now) const;
  void HoldPeaks(const ipc::Meters& meters);
  void LetReductionsFall(const ipc::Meters& meters, double seconds);

  bool connected_ = false;
  std::string lost_because_;
  ipc::Status status_;
  ipc::Comparison comparison_;
  bool comparison_is_old_ = true;
  std::optional<ipc::Meters> meters_;
  std::optional<ipc::Spectrum> spectrum_;
  std::optional<ipc::Adaptation> adaptation_;
  std::vector<ipc::Parameter> parameters_;
  std::map<std::string, std::size_t, std::less<>> index_of_;
  std::vector<Reduction> reductions_;
  Peaks held_;
  std::array<std::uint64_t, 4> held_until_frames_{};
  std::string last_notice_;
  mutable std::unique_ptr<TonalCurve> curve_;
};

}  // namespace auralis::ctl
