// What docs/devices.md says of PulseAudio without PipeWire, done to a real one.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/pulse_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/pipewire_files.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

constexpr double kPulseRateHz = 44100.0;  // its default

// The left channel of what parec printed.
Signal LeftOf(const std::string& bytes) {
  Signal left(bytes.size() / 8);
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::memcpy(&left[i], bytes.data() + 8 * i, sizeof(float));
  }
  return left;
}

// In how many pieces of 50 ms a tone of 997 Hz is within 0.3 dB of `amplitude`.
int PiecesWithTone(const Signal& heard, double amplitude) {
  const auto piece = static_cast<std::size_t>(0.05 * kPulseRateHz);
  int pieces = 0;
  for (std::size_t from = 0; from + piece <= heard.size(); from += piece) {
    const Signal one(heard.begin() + static_cast<std::ptrdiff_t>(from),
                     heard.begin() + static_cast<std::ptrdiff_t>(from + piece));
    if (std::abs(Db(ToneAmplitude(one, 997.0, kPulseRateHz) / amplitude)) < 0.3) ++pieces;
  }
  return pieces;
}

// What `auralisctl setup --default` has the service start with.
struct Unit {
  Environment environment;
  std::vector<std::string> start;
};

Unit SetUpUnit(const PulseServer& server) {
  const std::filesystem::path units =
      std::filesystem::path(server.environment().at("XDG_CONFIG_HOME")) / "systemd/user";
  std::filesystem::create_directories(units);
  std::ofstream(units / "auralisd.service")
      << "[Service]\nExecStart=/opt/auralis/bin/auralisd --device pipewire\n";
  for (int turn = 0; turn < 2; ++turn) {  // the second finds everything there
    const Finished done = RunProgram({AURALISCTL, "setup", "--default"}, server.environment());
    EXPECT_NE(done.output.find("done: make the sink auralis"), std::string::npos) << done.output;
    EXPECT_NE(done.output.find("done: make auralis the default"), std::string::npos) << done.output;
  }
  const std::string sinks = server.Pactl({"list", "short", "sinks"});
  EXPECT_EQ(std::count(sinks.begin(), sinks.end(), '\n'), 2) << sinks;
  Unit unit;
  std::ifstream drop_in(units / "auralisd.service.d/sound-server.conf");
  for (std::string line; std::getline(drop_in, line);) {
    std::istringstream words(line.substr(line.find('=') + 1));
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (line.starts_with("Environment=")) {
        unit.environment[word.substr(0, equals)] = word.substr(equals + 1);
      } else if (line.starts_with("ExecStart=")) {
        unit.start.push_back(word);
      }
    }
  }
  return unit;
}

TEST(ThroughPulseAudio, ANullSinkIsEnhancedToTheOutputAndBothOutliveTheDaemon) {
  if (!PulseServer::IsThere()) GTEST_SKIP() << "scripts/test unpacks PulseAudio, if it may";
  const PulseServer server;
  const TempDir folder;
  const Unit unit = SetUpUnit(server);
  EXPECT_EQ(unit.environment.at("PULSE_SINK"), "speakers");
  EXPECT_EQ(unit.start.at(0), "/opt/auralis/bin/auralisd");
  EXPECT_NE(server.Pactl({"get-default-sink"}).find("auralis"), std::string::npos);
  Environment environment = server.environment();
  environment.insert(unit.environment.begin(), unit.environment.end());
  environment["PULSE_SINK"] = unit.environment.at("PULSE_SINK");
  environment["PULSE_SOURCE"] = unit.environment.at("PULSE_SOURCE");
  std::vector<std::string> options(unit.start.begin() + 1, unit.start.end());
  options.insert(options.end(), {"--preset", "flat"});
  Auralisd daemon(environment, options);
  daemon.Set({"output.gain", "-6"});
  WriteWav(folder / "tone.wav", TonePair(997.0, 0.25, 4.0));
  Process recorder({"parec", "--device=speakers.monitor", "--format=float32le", "--rate=44100",
                    "--channels=2", "--raw"},
                   server.environment());
  const Finished played = RunProgram({"paplay", folder / "tone.wav"}, server.environment());
  EXPECT_EQ(played.exit_code, 0) << played.errors;
  // The null sinks pass it on in lumps of up to two seconds.
  int pieces = 0;
  EXPECT_NO_THROW(Await("a second of the tone", [&] {
    pieces = PiecesWithTone(LeftOf(recorder.output()), 0.25 * std::pow(10.0, -6.0 / 20.0));
    return pieces > 20;
  })) << daemon.log();
  std::cout << "heard 6 dB down for " << pieces * 50 << " ms of 4000\n";
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitFor(5s), 0) << daemon.log();
  EXPECT_NE(server.Pactl({"list", "short", "sinks"}).find("\tauralis\t"), std::string::npos);
}

}  // namespace
}  // namespace auralis::test
