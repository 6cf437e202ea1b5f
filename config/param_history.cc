#include "config/param_history.h"

#include <algorithm>
#include <utility>

namespace auralis {

namespace {

std::vector<std::size_t> IndicesOf(const ParamRegistry& registry,
                                   std::span<const Assignment> assignments) {
  std::vector<std::size_t> indices;
  for (const Assignment& one : assignments) indices.push_back(*registry.Find(one.key));
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

}  // namespace

std::optional<ParamError> ParamHistory::Apply(std::span<const Assignment> assignments,
                                              ParamRegistry::Origin origin,
                                              const Gesture& gesture) {
  const Snapshot before = Now();
  if (auto error = registry_.Apply(assignments, origin)) return error;
  Record(before, IndicesOf(registry_, assignments), {}, gesture);
  return std::nullopt;
}

std::optional<ParamError> ParamHistory::Apply(std::span<const Assignment> assignments,
                                              ParamRegistry::Origin origin, Companion companion) {
  const Snapshot before = Now();
  if (auto error = registry_.Apply(assignments, origin)) return error;
  Record(before, IndicesOf(registry_, assignments), std::move(companion), {});
  return std::nullopt;
}

std::vector<std::size_t> ParamHistory::Reset(std::string_view glob) {
  const Snapshot before = Now();
  registry_.Reset(glob);
  return Record(before, registry_.Match(glob), {}, {});
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
  done_.back().gesture = {};  // what comes next is a new step
  return Restore(done_.back(), &Edit::after);
}

std::vector<std::size_t> ParamHistory::Record(const Snapshot& before,
                                              std::span<const std::size_t> indices,
                                              Companion companion, const Gesture& gesture) {
  Step step{.edits = {},
            .touched = {indices.begin(), indices.end()},
            .companion = std::move(companion),
            .gesture = gesture};
  std::vector<std::size_t> changed;
  for (const std::size_t index : indices) {
    const Edit edit{.index = index,
                    .before = {before.values[index], before.pinned[index]},
                    .after = {registry_.value(index), registry_.pinned()[index]}};
    const bool moved = edit.before.value != edit.after.value;
    if (moved || edit.before.pinned != edit.after.pinned) step.edits.push_back(edit);
    if (moved) changed.push_back(index);
  }
  const bool has_companion = step.companion.undo || step.companion.redo;
  if (changed.empty() && !has_companion) return changed;
  if (GoesOn(step)) {
    Step& last = done_.back();
    for (const Edit& edit : step.edits) {
      const auto same = std::find_if(last.edits.begin(), last.edits.end(),
                                     [&](const Edit& one) { return one.index == edit.index; });
      if (same == last.edits.end()) {
        last.edits.push_back(edit);
      } else {
        same->after = edit.after;
      }
    }
    last.gesture = gesture;
    return changed;
  }
  if (done_.size() == kMaxSteps) done_.pop_front();
  done_.push_back(std::move(step));
  undone_.clear();
  return changed;
}

// The same hand, soon after, on the same knobs.
bool ParamHistory::GoesOn(const Step& step) const {
  if (done_.empty() || !undone_.empty() || step.gesture.hand == 0) return false;
  const Step& last = done_.back();
  return last.gesture.hand == step.gesture.hand &&
         step.gesture.at - last.gesture.at <= kGesturePause && last.touched == step.touched;
}

std::vector<std::size_t> ParamHistory::Restore(const Step& step, Side Edit::*side) {
  std::vector<Assignment> assignments;
  std::vector<std::size_t> indices;
  for (const Edit& edit : step.edits) {
    assignments.push_back({registry_.key(edit.index), static_cast<double>((edit.*side).value)});
    indices.push_back(edit.index);
  }
  // Values that were in force are in range.
  static_cast<void>(registry_.Apply(assignments));
  for (const Edit& edit : step.edits) {
    if (!(edit.*side).pinned) registry_.Release(registry_.key(edit.index));
  }
  const auto& companion = side == &Edit::before ? step.companion.undo : step.companion.redo;
  if (companion) companion();
  return indices;
}

}  // namespace auralis
