#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "dsp/signal_path.h"

namespace auralis {

// A change somebody asks for: the key as it is written everywhere, and a value as text or number.
struct Assignment {
  std::string key;
  std::variant<double, std::string> value;
};

// Why an assignment was refused, fit to be printed (cut to length, no control characters).
// `allowed` says what would be right: a range, choices, or, for an unknown key, keys that look
// alike. `value` is empty where the key is what is wrong.
struct ParamError {
  std::string key;
  std::string value;
  std::string reason;
  std::string allowed;
  bool is_guess = false;  // `allowed` is what was meant perhaps, not all that would do

  // "limiter.ceiling: 3 dB is above the maximum (allowed: -12 dB to 0 dB)",
  // "limiter.ceilng: there is no such key (did you mean limiter.ceiling?)"
  std::string Message() const;
};

// THE current values, as people set them. Everything that changes a parameter, from whatever
// source, goes through Apply or Reset; everything that wants to know listens. [control] throughout.
class ParamRegistry {
 public:
  using Values = SignalPath::Values;
  // Called after a change, once a transaction, with the indices whose value it made another, in
  // table order. It must not throw. It may itself change values: they are in force at once, and the
  // news of it goes out after every listener has heard the news before, so all hear the same order.
  using Listener = std::function<void(std::span<const std::size_t> changed)>;

  ParamRegistry();

  static constexpr std::size_t size() { return SignalPath::kParamCount; }
  static const ParamInfo& info(std::size_t index) { return SignalPath::kParams[index]; }
  const std::string& key(std::size_t index) const { return keys_[index]; }
  std::optional<std::size_t> Find(std::string_view key) const;
  // Indices of the keys that match a glob (`*` and `?`, "" means all), in table order.
  std::vector<std::size_t> Match(std::string_view glob) const;
  // Up to three known keys closest to `key`, for "did you mean".
  std::vector<std::string> Similar(std::string_view key) const;
  // What is wrong with a key that Find does not know, and what was meant perhaps.
  ParamError UnknownKey(std::string_view key) const;

  float value(std::size_t index) const { return values_[index]; }
  const Values& values() const { return values_; }
  // Grows by one with every transaction that changed something.
  std::uint64_t revision() const { return revision_; }

  // Who asks for a change. What a person sets is pinned; what a preset sets may be moved by
  // adaptation.
  enum class Origin { kPerson, kPreset };

  // All or nothing. A later assignment of the same key in one transaction wins; "toggle" turns
  // round what the assignments before it have set.
  std::optional<ParamError> Apply(std::span<const Assignment> assignments,
                                  Origin origin = Origin::kPerson);
  // Sets what matches the glob back to its default, as one transaction, and releases it.
  void Reset(std::string_view glob);

  // Held in place by a person: adaptation does not move them.
  const std::bitset<SignalPath::kParamCount>& pinned() const { return pinned_; }
  void Pin(std::string_view key);  // one that Find knows
  // Lets go of what matches the glob. Says how many were held.
  std::size_t Release(std::string_view glob);
  void AddListener(Listener listener);

  // What the signal path is to aim at: values with master.intensity applied to the parameters that
  // follow it.
  static Values TargetsOf(const Values& values);
  Values Targets() const { return TargetsOf(values_); }

 private:
  void Commit(const Values& next);
  void Notify() noexcept;

  std::vector<std::string> keys_;
  std::unordered_map<std::string, std::size_t> index_of_;
  Values values_ = SignalPath::kDefaults;
  std::bitset<SignalPath::kParamCount> pinned_;
  std::uint64_t revision_ = 0;
  std::deque<Listener> listeners_;             // a deque, so that one may add another while it runs
  std::deque<std::vector<std::size_t>> news_;  // transactions the listeners have not all heard of
  bool notifying_ = false;
};

}  // namespace auralis
