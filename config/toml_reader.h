#pragma once
// What the readers of TOML files have in common: errors with their place, and parameters. Only the
// .cc files of config include this. [control]

#include <toml++/toml.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_error.h"
#include "config/param_registry.h"

namespace auralis {

// Parses. `kind` is what the file should be, as in "a settings file". Throws ConfigError with line
// and column, also of what would keep the parser from its work.
toml::table ParseToml(std::string_view text, std::string_view name, std::string_view kind);

// A value of the file as it may stand in a message.
std::string Shown(const toml::node& node);
// Nothing for what is not a number.
std::optional<double> NumberOf(const toml::node& node);
// A name or a path: text within `max_bytes` that steers no terminal. Nothing for what is not.
std::optional<std::string> PlainText(const toml::node& node, std::size_t max_bytes);

// What is wrong with a file, collected and thrown at once.
class Problems {
 public:
  enum class Place { kLine, kLineAndColumn };
  Problems(std::string_view name, Place place) : name_(name), place_(place) {}

  void Add(const toml::source_position& at, const std::string& message);
  void Add(const toml::key& key, const ParamError& error) {
    Add(key.source().begin, error.Message());
  }
  bool full() const { return problems_.size() > kMax; }
  // Throws ConfigError, one line a problem in the order of the file, where there are any.
  void ThrowIfAny();

 private:
  static constexpr std::size_t kMax = 50;
  struct Problem {
    std::size_t line;
    std::size_t column;
    std::string message;
  };
  std::string name_;
  Place place_;
  std::vector<Problem> problems_;
};

// Reads tables of parameters: "[limiter] ceiling = -1", "equalizer.band1.gain = '3 dB'".
class ParameterReader {
 public:
  // Index of the parameter, its value, and the node that holds it.
  using Sink = std::function<void(std::size_t index, float value, const toml::node& node)>;
  // A key of a module that is no parameter; true where it was taken.
  using Other =
      std::function<bool(const std::string& path, const toml::key& key, const toml::node& node)>;

  // `other_tables` are those beside the modules, named where a table is unknown; `other_keys` are
  // looked at for "did you mean".
  ParameterReader(Problems& problems, std::vector<std::string> other_tables,
                  std::vector<std::string> other_keys, Sink sink, Other other);

  bool IsModule(std::string_view key) const;
  void ReadModule(const toml::key& key, const toml::node& node);
  // For a key of the root that is neither a module nor anything else.
  void RefuseUnknown(const toml::key& key);
  const ParamRegistry& registry() const { return registry_; }

 private:
  void Read(const std::string& path, const toml::key& key, const toml::node& node);
  void ReadParameter(std::size_t index, const toml::key& key, const toml::node& node);
  bool IsTable(const std::string& path) const;

  Problems& problems_;
  std::vector<std::string> tables_;
  std::vector<std::string> other_keys_;
  std::size_t first_module_;
  Sink sink_;
  Other other_;
  ParamRegistry registry_;
};

}  // namespace auralis
