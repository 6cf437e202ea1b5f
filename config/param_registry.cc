#include "config/param_registry.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "config/key_hints.h"
#include "config/param_text.h"

namespace auralis {
namespace {

constexpr std::size_t kMaxGlobLength = 256;

static_assert(std::all_of(SignalPath::kParams.begin(), SignalPath::kParams.end(),
                          [](const ParamInfo& info) {
                            const ParamSpec& spec = info.spec;
                            return !spec.follows_intensity ||
                                   (spec.min <= spec.neutral && spec.max >= spec.neutral);
                          }),
              "a parameter that is scaled toward a value must be able to get there");

// The value of an assignment as it may stand in a message.
std::string ShownValue(const Assignment& assignment, Unit unit) {
  if (const auto* text = std::get_if<std::string>(&assignment.value)) return Printable(*text);
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::get<double>(assignment.value));
  std::string shown(buffer.data(), error == std::errc() ? end : buffer.data());
  if (unit != Unit::kNone && unit != Unit::kRatio) shown += ' ';
  shown += UnitText(unit);
  return shown;
}

// "band33" of the family "band" is 33; nothing else is.
std::optional<std::size_t> NumberIn(std::string_view part, std::string_view family) {
  if (!part.starts_with(family)) return std::nullopt;
  part.remove_prefix(family.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return number;
}

// How many members the family has that `part` ("band33") wants a member of.
struct Family {
  std::string_view name;
  std::size_t members;
};
std::optional<Family> FamilyOf(std::string_view module, std::string_view part) {
  std::optional<Family> family;
  for (const ParamInfo& info : SignalPath::kParams) {
    if (info.module != module || info.family.empty() || !NumberIn(part, info.family)) continue;
    family = Family{info.family, std::max(info.number, family ? family->members : 0)};
  }
  return family;
}

}  // namespace

std::string ParamError::Message() const {
  std::string text = key + ": ";
  if (!value.empty()) text += value + " ";
  text += reason;
  if (allowed.empty()) return text;
  return text + (is_guess ? " (did you mean " + allowed + "?)" : " (allowed: " + allowed + ")");
}

ParamRegistry::ParamRegistry() {
  keys_.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    keys_.push_back(FullKey(info(i)));
    index_of_.emplace(keys_.back(), i);
  }
}

std::optional<std::size_t> ParamRegistry::Find(std::string_view key) const {
  const auto found = index_of_.find(std::string(key));
  if (found == index_of_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::size_t> ParamRegistry::Match(std::string_view glob) const {
  const std::string pattern(glob);
  std::vector<std::size_t> indices;
  if (pattern.size() > kMaxGlobLength || pattern.find('\0') != std::string::npos) return indices;
  for (std::size_t i = 0; i < size(); ++i) {
    if (pattern.empty() || fnmatch(pattern.c_str(), keys_[i].c_str(), 0) == 0) {
      indices.push_back(i);
    }
  }
  return indices;
}

std::vector<std::string> ParamRegistry::Similar(std::string_view key) const {
  return Closest(key, keys_);
}

ParamError ParamRegistry::UnknownKey(std::string_view key) const {
  const std::string shown = Printable(key);
  const std::size_t dot = key.find('.');
  if (dot != std::string_view::npos) {
    const std::string_view rest = key.substr(dot + 1);
    const std::string_view part = rest.substr(0, rest.find('.'));
    const auto family = FamilyOf(key.substr(0, dot), part);
    const std::size_t number = family ? *NumberIn(part, family->name) : 0;
    if (family && (number < 1 || number > family->members)) {
      const std::string name(family->name);
      return {shown, "", "there is no " + Printable(part),
              name + "1 to " + name + std::to_string(family->members)};
    }
  }
  return {shown, "", "there is no such key", Joined(Similar(key)), true};
}

std::optional<ParamError> ParamRegistry::Apply(std::span<const Assignment> assignments,
                                               Origin origin) {
  Values next = values_;
  auto pinned = pinned_;
  for (const Assignment& assignment : assignments) {
    const std::optional<std::size_t> index = Find(assignment.key);
    if (!index) return UnknownKey(assignment.key);
    const ParamSpec& spec = info(*index).spec;
    const auto* text = std::get_if<std::string>(&assignment.value);
    const auto checked = text != nullptr ? ParseValue(spec, *text, next[*index])
                                         : CheckValue(spec, std::get<double>(assignment.value));
    if (const auto* error = std::get_if<ValueError>(&checked)) {
      return ParamError{assignment.key, ShownValue(assignment, spec.unit), error->reason,
                        AllowedText(spec)};
    }
    next[*index] = std::get<float>(checked);
    pinned[*index] = origin == Origin::kPerson;
  }
  pinned_ = pinned;
  Commit(next);
  return std::nullopt;
}

void ParamRegistry::Reset(std::string_view glob) {
  Values next = values_;
  for (const std::size_t index : Match(glob)) next[index] = SignalPath::kDefaults[index];
  Release(glob);
  Commit(next);
}

void ParamRegistry::Pin(std::string_view key) {
  if (const auto index = Find(key)) pinned_.set(*index);
}

std::size_t ParamRegistry::Release(std::string_view glob) {
  const std::size_t before = pinned_.count();
  for (const std::size_t index : Match(glob)) pinned_.reset(index);
  return before - pinned_.count();
}

void ParamRegistry::AddListener(Listener listener) { listeners_.push_back(std::move(listener)); }

void ParamRegistry::Commit(const Values& next) {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < size(); ++i) {
    if (next[i] != values_[i]) changed.push_back(i);
  }
  if (changed.empty()) return;
  values_ = next;
  ++revision_;
  news_.push_back(std::move(changed));
  if (!notifying_) Notify();
}

void ParamRegistry::Notify() noexcept {
  notifying_ = true;
  for (; !news_.empty(); news_.pop_front()) {
    for (std::size_t i = 0; i < listeners_.size(); ++i) listeners_[i](news_.front());
  }
  notifying_ = false;
}

ParamRegistry::Values ParamRegistry::TargetsOf(const Values& values) {
  Values targets = values;
  const float intensity = values[SignalPath::IndexOf("master", "intensity")];
  for (std::size_t i = 0; i < size(); ++i) {
    const ParamSpec& spec = info(i).spec;
    if (!spec.follows_intensity) continue;
    targets[i] = spec.neutral + intensity * (targets[i] - spec.neutral);
  }
  return targets;
}

}  // namespace auralis
