#pragma once

#include <array>
#include <bitset>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "config/param_history.h"
#include "config/param_registry.h"
#include "daemon/following.h"
#include "daemon/measuring_thread.h"
#include "daemon/preset_keeper.h"
#include "daemon/sound_switch.h"
#include "ipc/messages.h"

namespace auralis {

// Everything of a setting: values, presets, response, and the leveler's gain that goes with them.
struct WholeSetting {
  ParamRegistry::Values values = SignalPath::kDefaults;
  std::bitset<SignalPath::kParamCount> pinned;
  PresetKeeper::Scene scene;
  std::shared_ptr<const ImpulseResponse> response;  // at this rate; made anew at another
  double response_rate_hz = 0.0;
  float leveler_gain_db = 0.0F;
};

// Two settings, A and B, heard in turns and equally loud. The louder one is lowered; both are
// measured with the last ten seconds of what was heard, which follow each other through signal
// paths of their own. The gains hold while nobody switches or edits, and so do adaptation and
// leveler. What is edited or loaded meanwhile becomes part of the setting that is heard.
//
// All switches of a comparison together are one step of the history. Its end lets the gain go back
// slowly. [control]
class SideBySide {
 public:
  struct Hooks {
    std::function<Engine&()> engine;
    // Puts that response in place; "" and nullptr for none.
    std::function<void(const std::string& file, std::shared_ptr<const ImpulseResponse> response)>
        set_response;
    // It began, ended, or the other one is heard.
    std::function<void()> on_change;
  };

  // All must outlive this.
  SideBySide(boost::asio::io_context& loop, ParamRegistry& registry, PresetKeeper& presets,
             SoundSwitch& sound_switch, Following& following, Hooks hooks);
  ~SideBySide();

  ipc::Reply Answer(const ipc::Compare& request, ParamHistory& history);
  ipc::Reply Answer(const ipc::SteerComparison& request, ParamHistory& history);
  ipc::Comparison State() const;
  bool on() const { return on_; }
  // With every reading.
  void Advance();
  // What was heard before is back, where a comparison is on.
  void End(ParamHistory& history);

 private:
  static constexpr std::size_t kA = 0;
  static constexpr std::size_t kB = 1;

  WholeSetting Now() const;
  std::variant<WholeSetting, ipc::Error> Load(const std::string& preset) const;
  void Bring(WholeSetting setting, std::size_t side, ParamHistory& history);
  void Arrive(const WholeSetting& setting, std::size_t side, std::uint64_t number);
  void PutResponse(const WholeSetting& setting);
  void Stop();

  bool IsDue() const;
  void Measure();
  void Take(const Outcomes& outcomes, double seconds, bool at_once);
  Sound SoundOf(std::size_t side) const;
  float GainDb(std::size_t side) const;

  boost::asio::io_context& loop_;
  ParamRegistry& registry_;
  PresetKeeper& presets_;
  SoundSwitch& switch_;
  Following& following_;
  Hooks hooks_;

  bool on_ = false;
  std::uint64_t number_ = 0;  // of the comparison
  std::array<WholeSetting, 2> sides_;
  std::optional<WholeSetting> before_;  // where that is not A
  std::size_t heard_ = kA;

  std::optional<MeasuringThread> thread_;  // while one is on
  std::uint64_t question_ = 0;             // answers to others come too late
  bool measuring_ = false;
  std::optional<Outcomes> outcomes_;
  double measured_s_ = 0.0;
  std::uint64_t asked_at_frames_ = 0;
  double asked_s_ = 0.0;
  bool growing_ = true;         // there may be more to measure with than the last time
  bool switched_ = false;       // since the last answer
  std::uint64_t revision_ = 0;  // of the values that are compared
  std::shared_ptr<const ImpulseResponse> response_;
  bool edited_ = false;  // other values are, than were measured: the next answer counts at once
};

// "A/B: hears B, night at -3.2 dB". [control]
std::string ComparisonText(const ipc::Comparison& comparison);

}  // namespace auralis
