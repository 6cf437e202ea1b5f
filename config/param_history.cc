#include "config/param_history.h"

#include <algorithm>
#include <utility>

namespace auralis {

std::optional<ParamError> ParamHistory::Apply(std::span<const Assignment> assignments,
                                              ParamRegistry::Origin origin) {
  const Snapshot before = Now();
  if (auto error = registry_.Apply(assignments, origin)) return error;
  std::vector<std::size_t> indices;
  for (const Assignment& one : assignments) indices.push_back(*registry_.Find(one.key));
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  Record(before, indices);
  return std::nullopt;
}

std::vector<std::size_t> ParamHistory::Reset(std::string_view glob) {
  const Snapshot before = Now();
  registry_.Reset(glob);
  return Record(before, registry_.Match(glob));
}

std::optional<std::vector<std::size_t>> ParamHistory::Undo() {
  if (done_.empty()) return std::nullopt;
  undone_.push_back(std::move(done_.back()));
  done_.pop_back();
  return Restore(undone_.back(), &Edit::before);
}

std::optional<std::vector<std::size_t>> ParamHistory::Redo() {
  if (undone_.empty()) return std::nullopt;
  done_.push_back(std::move(undone_.back()));
  undone_.pop_back();
  return Restore(done_.back(), &Edit::after);
}

std::vector<std::size_t> ParamHistory::Record(const Snapshot& before,
                                              std::span<const std::size_t> indices) {
  Step step;
  std::vector<std::size_t> changed;
  for (const std::size_t index : indices) {
    if (before.values[index] == registry_.value(index)) continue;
    step.push_back({.index = index,
                    .before = {before.values[index], before.pinned[index]},
                    .after = {registry_.value(index), registry_.pinned()[index]}});
    changed.push_back(index);
  }
  if (step.empty()) return changed;
  if (done_.size() == kMaxSteps) done_.pop_front();
  done_.push_back(std::move(step));
  undone_.clear();
  return changed;
}

std::vector<std::size_t> ParamHistory::Restore(const Step& step, Side Edit::*side) {
  std::vector<Assignment> assignments;
  std::vector<std::size_t> indices;
  for (const Edit& edit : step) {
    assignments.push_back({registry_.key(edit.index), static_cast<double>((edit.*side).value)});
    indices.push_back(edit.index);
  }
  // Values that were in force are in range.
  static_cast<void>(registry_.Apply(assignments));
  for (const Edit& edit : step) {
    if (!(edit.*side).pinned) registry_.Release(registry_.key(edit.index));
  }
  return indices;
}

}  // namespace auralis
