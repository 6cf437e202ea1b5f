#include "tests/system/auralisd.h"

#include <chrono>
#include <fstream>
#include <stdexcept>

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartTimeout = 20s;  // a sanitizer build on a loaded machine is slow

}  // namespace

Auralisd::Auralisd(const Environment& environment, const std::vector<std::string>& options,
                   const std::string& settings)
    : environment_(environment) {
  // What a daemon remembers is no other test's business.
  if (!environment_.contains("AURALIS_STATE"))
    environment_["AURALIS_STATE"] = folder_ / "state.toml";
  WriteSettings(settings);
  std::vector<std::string> arguments = {AURALISD, "--config", folder_ / "auralis.toml"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  process_ = std::make_unique<Process>(arguments, environment_);
  // The log's last line of a good start; only then is the socket open and the device running.
  if (!process_->AwaitOutput("control socket", kStartTimeout)) {
    throw std::runtime_error("auralisd does not stream:\n" + log());
  }
}

void Auralisd::WriteSettings(const std::string& settings) const {
  std::ofstream(folder_ / "auralis.toml") << settings;
}

Finished Auralisd::Ctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {AURALISCTL};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return RunProgram(words, environment_);
}

void Auralisd::Set(const std::vector<std::string>& keys_and_values) const {
  std::vector<std::string> words = {"set"};
  words.insert(words.end(), keys_and_values.begin(), keys_and_values.end());
  const Finished done = Ctl(words);
  if (done.exit_code != 0) {
    throw std::runtime_error("auralisctl set " + keys_and_values.at(0) + ": " + done.errors);
  }
}

nlohmann::json Auralisd::Status() const {
  const Finished done = Ctl({"status", "--json"});
  if (done.exit_code != 0) {
    throw std::runtime_error("auralisctl status: " + done.errors + "auralisd " +
                             (process_->IsRunning() ? "runs" : "has ended") + ":\n" + log());
  }
  return nlohmann::json::parse(done.output);
}

std::vector<std::string> ThroughJack(const std::string& input, const std::string& output) {
  return {"--device", "portaudio", "--host-api", "jack", "--input", input, "--output", output};
}

Finished RunAuralisd(const Environment& environment, const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {AURALISD};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return RunProgram(arguments, environment);
}

}  // namespace auralis::test
