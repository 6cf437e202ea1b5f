#pragma once
// What the parts of the reader of EasyEffects' presets share.

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/importers/linear_chain.h"
#include "config/param_registry.h"

namespace auralis::easyeffects {

struct Context {
  std::string_view text;  // of the whole file
  std::filesystem::path folder;
  Preset& preset;
  std::vector<ImportNote>& notes;
  LinearChain& linear;
  ParamRegistry registry;
};

// The settings of one plug-in. What is missing stands at the plug-in's own default.
class Plugin {
 public:
  Plugin(const nlohmann::json& settings, std::string name, Context& context);

  double Number(const std::string& key, double otherwise) const;
  bool Truth(const std::string& key, bool otherwise) const;
  std::string Text(const std::string& key, const std::string& otherwise) const;
  bool HasTable(const std::string& key) const;
  Plugin Table(const std::string& key) const;

  // Sets a parameter of ours; `key` is what a note is about where the value is out of range.
  void Set(const std::string& our_key, double value, const std::string& key = "") const;
  void Note(const std::string& key, const std::string& text) const;
  Context& context() const { return *context_; }

 private:
  std::size_t LineOf(const std::string& key) const;

  const nlohmann::json* settings_;
  std::string name_;
  Context* context_;
};

void TakeAutogain(const Plugin& plugin);
void TakeEqualizer(const Plugin& plugin);
void TakeBassEnhancer(const Plugin& plugin);
void TakeExciter(const Plugin& plugin);
void TakeCompressor(const Plugin& plugin);
void TakeMultiband(const Plugin& plugin);
void TakeStereoTools(const Plugin& plugin);
void TakeCrossfeed(const Plugin& plugin);
void TakeConvolver(const Plugin& plugin);
void TakeLoudness(const Plugin& plugin);
void TakeLimiter(const Plugin& plugin);

}  // namespace auralis::easyeffects
