#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/param_registry.h"

namespace auralis {

// What people change, and the way back. Changes of a person go through here; what else changes the
// registry (a file that is read again, adaptation) does not, and cannot be undone. [control]
class ParamHistory {
 public:
  static constexpr std::size_t kMaxSteps = 100;  // older ones are forgotten
  using Clock = std::chrono::steady_clock;
  // A hand on a knob: changes of the same keys by the same hand, each within kGesturePause of the
  // one before, are one step.
  static constexpr auto kGesturePause = std::chrono::milliseconds(500);
  struct Gesture {
    std::uint64_t hand = 0;  // who; 0 is nobody in particular, whose changes are steps each
    Clock::time_point at = {};
  };
  // What goes with a change besides values, and has to be taken back, or done again, with it.
  // Called after the values are there.
  struct Companion {
    std::function<void()> undo;
    std::function<void()> redo;
    std::function<void()> begin = {};  // before the values of either come
  };

  // `registry` must outlive this.
  explicit ParamHistory(ParamRegistry& registry) : registry_(registry) {}

  // As ParamRegistry's. What changes nothing is no step.
  std::optional<ParamError> Apply(std::span<const Assignment> assignments,
                                  ParamRegistry::Origin origin = ParamRegistry::Origin::kPerson) {
    return Apply(assignments, origin, Gesture());
  }
  std::optional<ParamError> Apply(std::span<const Assignment> assignments,
                                  ParamRegistry::Origin origin, const Gesture& gesture);
  // One step, also where no value becomes another.
  std::optional<ParamError> Apply(std::span<const Assignment> assignments,
                                  ParamRegistry::Origin origin, Companion companion);
  std::vector<std::size_t> Reset(std::string_view glob);  // indices of what changed
  // Whatever `change` does to the registry, as one step. Going to and fro is one step, too: of
  // changes on the same `errand` that follow each other the first one's beginning and the last
  // one's end count, and where these are the same there is no step. 0 is no errand.
  void Do(const std::function<void()>& change, Companion companion, std::uint64_t errand = 0);

  // One step back, or forth again, as one transaction: the parameters of that step get the values
  // they had, whatever changed them since. Nothing where there is no step; else its indices.
  std::optional<std::vector<std::size_t>> Undo();
  std::optional<std::vector<std::size_t>> Redo();

 private:
  struct Side {
    float value;
    bool pinned;
    bool operator==(const Side&) const = default;
  };
  struct Edit {
    std::size_t index;
    Side before;
    Side after;
  };
  // What the registry has, before a change is made.
  struct Snapshot {
    ParamRegistry::Values values;
    std::bitset<SignalPath::kParamCount> pinned;
  };
  struct Step {
    std::vector<Edit> edits;
    std::vector<std::size_t> touched;  // that were to be changed
    Companion companion;
    Gesture gesture;
    std::uint64_t errand = 0;
  };

  Snapshot Now() const { return {registry_.values(), registry_.pinned()}; }
  // Indices whose value became another.
  std::vector<std::size_t> Record(const Snapshot& before, std::span<const std::size_t> indices,
                                  Companion companion, const Gesture& gesture);
  Edit EditOf(const Snapshot& before, std::size_t index) const;
  void Keep(Step step);
  void Extend(Step step);
  bool GoesOn(const Step& step) const;
  std::vector<std::size_t> Restore(const Step& step, Side Edit::*side);

  ParamRegistry& registry_;
  std::deque<Step> done_;
  std::vector<Step> undone_;
};

}  // namespace auralis
