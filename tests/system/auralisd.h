#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

// The real daemon, as it was built, and the real auralisctl to steer it.
class Auralisd {
 public:
  // Streams on return: its socket answers. Throws std::runtime_error with its log otherwise.
  // `settings` is the text of its settings file.
  Auralisd(const Environment& environment, const std::vector<std::string>& options,
           const std::string& settings = "");

  Process& process() { return *process_; }
  std::string log() const { return process_->errors(); }
  // Rewrites the settings file; the daemon learns of it by SIGHUP.
  void WriteSettings(const std::string& settings) const;

  Finished Ctl(const std::vector<std::string>& arguments) const;
  // Throws std::runtime_error when auralisctl does not end with 0.
  void Set(const std::vector<std::string>& keys_and_values) const;
  nlohmann::json Status() const;
  std::size_t LatencyFrames() const { return Status().at("latency_frames").get<std::size_t>(); }

 private:
  TempDir folder_;
  Environment environment_;
  std::unique_ptr<Process> process_;
};

// Options that take it from `input` to `output` over the JACK host API.
std::vector<std::string> ThroughJack(const std::string& input, const std::string& output);

// auralisd to its end, for when it is not meant to stream.
Finished RunAuralisd(const Environment& environment, const std::vector<std::string>& options);

}  // namespace auralis::test
