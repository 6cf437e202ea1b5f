#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include "config/param_registry.h"
#include "config/remembered_values.h"

namespace auralis {

// What people set while the daemon runs, and which presets they load, kept over its end, however
// that comes: half a second after a change it is on the disk. It holds what differs from defaults
// and settings file. What goes wrong with the file is logged and costs the memory, never the sound.
// [control]
class ValueMemory {
 public:
  // `settings` are those of the settings file. Brings back into the registry what was remembered,
  // but where the settings file was edited since; with `recall` off it only remembers. "" does
  // neither. `registry` must outlive this.
  ValueMemory(boost::asio::io_context& loop, ParamRegistry& registry, std::filesystem::path file,
              const std::vector<Assignment>& settings, bool recall);

  // What was remembered of presets; nothing where nothing is to be recalled.
  const RememberedPresets& presets() const { return presets_; }
  // Remembers those besides the values. `under` says what they make of a parameter that nobody set
  // by hand: what is set back to the default in spite of them is remembered, too.
  void Keep(RememberedPresets presets, std::function<float(std::size_t)> under);

  // The settings were read again: what they say now is what the next start begins with.
  void Settle(const std::vector<Assignment>& settings);
  // Writes what is there, and nothing more until it is let go: what comes meanwhile is on trial.
  void Hold(bool held);
  void Close();  // writes what is left, and takes everything off the loop

 private:
  void Recall();
  RememberedValues Differences() const;
  void SaveSoon();
  void Save();
  void TakeSettings(const std::vector<Assignment>& settings);

  ParamRegistry& registry_;
  std::filesystem::path file_;
  boost::asio::steady_timer timer_;
  ParamRegistry::Values start_{};         // defaults and settings
  std::map<std::size_t, float> in_file_;  // what the settings say
  RememberedValues saved_;
  RememberedPresets presets_;
  RememberedPresets saved_presets_;
  std::function<float(std::size_t)> under_;
  bool waiting_ = false;
  bool held_ = false;
  bool closed_ = false;
  bool failed_ = false;
};

}  // namespace auralis
