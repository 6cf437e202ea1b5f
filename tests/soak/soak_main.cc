// auralis-soak: hours of audio through the real daemon, faster than they pass, while everything
// about it moves. Prints how it goes; 0 when it held, 1 when it did not.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <thread>

#include "tests/soak/actions.h"
#include "tests/soak/vitals.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct SoakOptions {
  double hours = 0.0;
  double minutes = 0.0;
  double speed = 20.0;        // times real time
  double wall_seconds = 0.0;  // at most; 0 for as long as it takes
};

constexpr double kRateHz = 48000.0;
constexpr auto kPause = 20ms;
constexpr double kWarmUpShare = 0.3;
constexpr double kMostGrowthKb = 1024.0;

double Seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

// What was in use at rest. Memory breathes: a swap of signal paths holds two of them for a while,
// and each of them holds what its stages need. What counts is whether it comes down to where it
// was.
struct AtRest {
  std::size_t first_kb = SIZE_MAX;  // the lowest of the first half after the warm-up
  std::size_t last_kb = SIZE_MAX;   // of the second half
};
constexpr double kRests = 12.0;
constexpr std::size_t kMostThreads = 24;  // of which libjack takes two a client, and a port is one

class Soak {
 public:
  explicit Soak(const SoakOptions& options)
      : options_(options),
        audio_s_(options.hours * 3600.0 + options.minutes * 60.0),
        daemon_({AURALISD, "--config", folder_ / "auralis.toml", "--socket", folder_ / "s",
                 "--device", "virtual", "--speed", std::to_string(options.speed)},
                MakeEnvironment()) {
    if (!daemon_.AwaitOutput("control socket", 20s)) {
      throw std::runtime_error("auralisd does not stream:\n" + daemon_.errors());
    }
  }

  bool Run() try {
    Actions actions(daemon_, folder_ / "s", folder_.path(), server_);
    const auto began = Clock::now();
    auto next_line = began;
    double done_s = 0.0;
    double next_rest = 1.0;
    ipc::Status status;
    while (done_s < audio_s_ && !IsOver(began)) {
      for (int i = 0; i < 5; ++i) actions.Act();
      actions.Listen();
      std::this_thread::sleep_for(kPause);
      status = actions.Status();
      done_s = static_cast<double>(status.frames) / kRateHz;
      const double share = std::max(done_s / audio_s_, Elapsed(began));
      Sample(share);
      if (share * kRests >= next_rest) {
        Rest(actions, share);
        next_rest += 1.0;
      }
      if (Clock::now() >= next_line) {
        Say(done_s, status);
        next_line += 10s;
      }
    }
    const double wall_s = Seconds(Clock::now() - began);
    Say(done_s, status);
    std::printf("%s\n", actions.Summary().c_str());
    return Judge(status, done_s, wall_s);
  } catch (const std::exception&) {
    const auto code = daemon_.WaitFor(2s);
    std::printf("the daemon %s; it said:\n%s\n",
                code ? ("ended with " + std::to_string(*code)).c_str() : "runs",
                daemon_.errors().c_str());
    throw;
  }

 private:
  Environment MakeEnvironment() const {
    std::ofstream(folder_ / "auralis.toml") << "";
    Actions::WriteMap(server_);
    Environment environment = server_.environment();
    environment["XDG_STATE_HOME"] = "";
    return environment;
  }
  double Elapsed(Clock::time_point began) const {
    return options_.wall_seconds > 0.0 ? Seconds(Clock::now() - began) / options_.wall_seconds
                                       : 0.0;
  }
  bool IsOver(Clock::time_point began) const { return Elapsed(began) >= 1.0; }

  void Sample(double share) {
    vitals_ = VitalsOf(daemon_.pid());
    if (share < kWarmUpShare) return;
    most_kb_ = std::max(most_kb_, vitals_.private_kb);
    most_descriptors_ = std::max(most_descriptors_, vitals_.descriptors);
    most_threads_ = std::max(most_threads_, vitals_.threads);
  }

  // What fades out is freed when it has; half a second is ten of the stream's.
  void Rest(Actions& actions, double share) {
    actions.Rest();
    std::size_t least_kb = SIZE_MAX;
    for (int i = 0; i < 25; ++i) {
      std::this_thread::sleep_for(20ms);
      actions.Listen();
      least_kb = std::min(least_kb, VitalsOf(daemon_.pid()).private_kb);
    }
    if (share < kWarmUpShare) return;
    std::size_t& rest = share < (1.0 + kWarmUpShare) / 2.0 ? memory_.first_kb : memory_.last_kb;
    rest = std::min(rest, least_kb);
  }

  void Say(double done_s, const ipc::Status& status) const {
    std::printf(
        "%8.1f min of audio  %6zu KB  %3zu descriptors  %2zu threads  load %.2f  revision %llu\n",
        done_s / 60.0, vitals_.private_kb, vitals_.descriptors, vitals_.threads,
        static_cast<double>(status.load) * options_.speed,
        static_cast<unsigned long long>(status.revision));
    std::fflush(stdout);
  }

  bool Judge(const ipc::Status& status, double done_s, double wall_s) {
    bool good = true;
    const auto check = [&](bool holds, const std::string& what) {
      std::printf("%s  %s\n", holds ? "ok  " : "FAIL", what.c_str());
      good = good && holds;
    };
    const double growth_kb =
        static_cast<double>(memory_.last_kb) - static_cast<double>(memory_.first_kb);
    check(growth_kb <= kMostGrowthKb, "memory at rest: " + std::to_string(memory_.first_kb) +
                                          " KB, then " + std::to_string(memory_.last_kb) +
                                          " KB (allowed: 1024 more); highest " +
                                          std::to_string(most_kb_) + " KB");
    check(most_descriptors_ <= 64, "descriptors: " + std::to_string(most_descriptors_) +
                                       " at most (clients among them; allowed: 64)");
    check(most_threads_ <= kMostThreads, "threads: " + std::to_string(most_threads_) +
                                             " at most (allowed: " + std::to_string(kMostThreads) +
                                             ")");
    // The device makes up for what it was late; at the end it may be in the middle of that.
    const double behind_s = std::abs(wall_s - done_s / options_.speed);
    const double allowed_s = std::max(2.0, 0.002 * wall_s);
    check(behind_s <= allowed_s,
          "clock: " + std::to_string(behind_s) +
              " s from where it should be (allowed: " + std::to_string(allowed_s) + ")");
    check(status.dropped_taps == 0,
          "blocks that were not measured: " + std::to_string(status.dropped_taps));
    check(status.non_finite_frames == 0 && status.xruns == 0,
          "non-finite frames " + std::to_string(status.non_finite_frames) + ", xruns " +
              std::to_string(status.xruns));
    check(daemon_.IsRunning(), "the daemon runs");
    daemon_.Signal(SIGTERM);
    const auto code = daemon_.WaitFor(20s);
    check(code == 0, "it ends with " + (code ? std::to_string(*code) : std::string("nothing")));
    if (!good) std::printf("%s\n", daemon_.errors().c_str());
    return good;
  }

  SoakOptions options_;
  double audio_s_;
  TempDir folder_;
  JackServer server_{1024};  // carries MIDI only; the sound is the virtual device's
  Process daemon_;
  Vitals vitals_;
  AtRest memory_;
  std::size_t most_kb_ = 0;
  std::size_t most_descriptors_ = 0;
  std::size_t most_threads_ = 0;
};

int Main(int argc, char** argv) {
  SoakOptions options;
  CLI::App app("Hours of audio through auralisd while everything about it moves.", "auralis-soak");
  app.add_option("--hours", options.hours, "Of audio")->check(CLI::NonNegativeNumber);
  app.add_option("--minutes", options.minutes, "Of audio, besides")->check(CLI::NonNegativeNumber);
  app.add_option("--speed", options.speed, "Times real time")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  app.add_option("--wall-seconds", options.wall_seconds, "End after so long at the latest");
  CLI11_PARSE(app, argc, argv);
  try {
    return Soak(options).Run() ? 0 : 1;
  } catch (const std::exception& e) {
    std::printf("FAIL  %s\n", e.what());
    return 1;
  }
}

}  // namespace
}  // namespace auralis::test

int main(int argc, char** argv) { return auralis::test::Main(argc, argv); }
