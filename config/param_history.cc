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

void ParamHistory::Do(const std::function<void()>& change, Companion companion,
                      std::uint64_t errand) {
  const Snapshot before = Now();
  change();
  Step step{.edits = {},
            .touched = {},
            .companion = std::move(companion),
            .gesture = {},
            .errand = errand};
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const Edit edit = EditOf(before, i);
    if (edit.before != edit.after) step.edits.push_back(edit);
  }
  Keep(std::move(step));
}

ParamHistory::Edit ParamHistory::EditOf(const Snapshot& before, std::size_t index) const {
  return {.index = index,
          .before = {before.values[index], before.pinned[index]},
          .after = {registry_.value(index), registry_.pinned()[index]}};
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
    const Edit edit = EditOf(before, index);
    if (edit.before != edit.after) step.edits.push_back(edit);
    if (edit.before.value != edit.after.value) changed.push_back(index);
  }
  const bool has_companion = step.companion.undo || step.companion.redo;
  if (!changed.empty() || has_companion) Keep(std::move(step));
  return changed;
}

void ParamHistory::Keep(Step step) {
  if (GoesOn(step)) return Extend(std::move(step));
  if (done_.size() == kMaxSteps) done_.pop_front();
  done_.push_back(std::move(step));
  undone_.clear();
}

// Begins where the last step began, and ends where this one ends.
void ParamHistory::Extend(Step step) {
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
  last.gesture = step.gesture;
  if (step.errand == 0) return;
  last.companion.redo = std::move(step.companion.redo);
  std::erase_if(last.edits, [](const Edit& edit) { return edit.before == edit.after; });
  if (last.edits.empty()) done_.pop_back();  // there and back
}

// The same hand, soon after, on the same knobs; or the same errand.
bool ParamHistory::GoesOn(const Step& step) const {
  if (done_.empty() || !undone_.empty()) return false;
  const Step& last = done_.back();
  if (step.errand != 0) return last.errand == step.errand;
  return step.gesture.hand != 0 && last.gesture.hand == step.gesture.hand &&
         step.gesture.at - last.gesture.at <= kGesturePause && last.touched == step.touched;
}

std::vector<std::size_t> ParamHistory::Restore(const Step& step, Side Edit::*side) {
  if (step.companion.begin) step.companion.begin();
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
