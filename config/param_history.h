#pragma once

#include <bitset>
#include <cstddef>
#include <deque>
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

  // `registry` must outlive this.
  explicit ParamHistory(ParamRegistry& registry) : registry_(registry) {}

  // As ParamRegistry's. What changes nothing is no step.
  std::optional<ParamError> Apply(std::span<const Assignment> assignments,
                                  ParamRegistry::Origin origin = ParamRegistry::Origin::kPerson);
  std::vector<std::size_t> Reset(std::string_view glob);  // indices of what changed

  // One step back, or forth again, as one transaction: the parameters of that step get the values
  // they had, whatever changed them since. Nothing where there is no step; else its indices.
  std::optional<std::vector<std::size_t>> Undo();
  std::optional<std::vector<std::size_t>> Redo();

 private:
  struct Side {
    float value;
    bool pinned;
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
  using Step = std::vector<Edit>;

  Snapshot Now() const { return {registry_.values(), registry_.pinned()}; }
  std::vector<std::size_t> Record(const Snapshot& before, std::span<const std::size_t> indices);
  std::vector<std::size_t> Restore(const Step& step, Side Edit::*side);

  ParamRegistry& registry_;
  std::deque<Step> done_;
  std::vector<Step> undone_;
};

}  // namespace auralis
