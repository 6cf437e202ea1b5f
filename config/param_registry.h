#pragma once

#include <cstddef>
#include <cstdint>
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

// Why an assignment was refused. `allowed` says what would be right: a range, choices, or, for an
// unknown key, keys that look alike.
struct ParamError {
  std::string key;
  std::string value;
  std::string reason;
  std::string allowed;

  // "limiter.ceiling: 3 dB is above the maximum (allowed: -12 dB to 0 dB)"
  std::string Message() const;
};

// THE current values, as people set them. Everything that changes a parameter, from whatever
// source, goes through Apply; everything that wants to know listens. [control] throughout.
class ParamRegistry {
 public:
  using Values = SignalPath::Values;
  // Called after a change, once a transaction, with the indices whose value is now another.
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

  float value(std::size_t index) const { return values_[index]; }
  const Values& values() const { return values_; }
  // Grows by one with every transaction that changed something.
  std::uint64_t revision() const { return revision_; }

  // All or nothing. A later assignment of the same key in one transaction wins.
  std::optional<ParamError> Apply(std::span<const Assignment> assignments);
  void AddListener(Listener listener);

  // What the signal path is to aim at: the values with master.intensity applied to the
  // parameters that follow it.
  Values Targets() const;

 private:
  std::vector<std::string> keys_;
  std::unordered_map<std::string, std::size_t> index_of_;
  Values values_ = SignalPath::kDefaults;
  std::uint64_t revision_ = 0;
  std::vector<Listener> listeners_;
};

}  // namespace auralis
