// What the real kernel and RealtimeKit grant the daemon, and what happens when it takes too much.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/rt_priority.h"
#include "tests/support/signals.h"
#include "tests/support/sound_server.h"
#include "tests/support/system_bus.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

long LockedKiB(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::stol(line.substr(6));
  }
  return -1;
}

struct Desktop {
  Desktop() : server(256) {
    server.MakeNullSink("speakers", "Speakers");
    server.SetDefaultSink("speakers");
  }
  PipeWireServer server;
};

TEST(Rights, MemoryOfARunningDaemonIsLocked) {
  const Desktop desktop;
  Auralisd daemon(desktop.server.environment(), {"--device", "pipewire"});
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  Await("what it says of its memory", [&] {
    return LockedKiB(daemon.process().pid()) > 0 ||
           daemon.log().find("memory is not locked") != std::string::npos;
  });
  const long locked_kib = LockedKiB(daemon.process().pid());
  std::cout << locked_kib << " KiB locked, " << limit.rlim_cur / 1024 << " KiB allowed\n";
  if (geteuid() == 0 && locked_kib == 0) GTEST_SKIP() << "this root may not lock memory";
  EXPECT_EQ(locked_kib > 0, daemon.log().find("memory is not locked") == std::string::npos);
}

// auralisd under another program, which gives it rights or takes them.
class Under {
 public:
  Under(std::vector<std::string> command, const Environment& environment,
        const std::vector<std::string>& options)
      : environment_(environment) {
    environment_["AURALIS_STATE"] = folder_ / "state.toml";
    command.insert(command.end(), {AURALISD, "--config", folder_ / "auralis.toml"});
    command.insert(command.end(), options.begin(), options.end());
    std::ofstream(folder_ / "auralis.toml") << "";
    process_ = std::make_unique<Process>(command, environment_);
    if (!process_->AwaitOutput("control socket", 20s)) throw std::runtime_error(log());
  }
  Process& process() { return *process_; }
  std::string log() const { return process_->errors(); }
  Finished Ctl(std::vector<std::string> words) const {
    words.insert(words.begin(), AURALISCTL);
    return RunProgram(words, environment_);
  }

 private:
  TempDir folder_;
  Environment environment_;
  std::unique_ptr<Process> process_;
};

// As a user's who is in no group: neither by limits nor by being root.
TEST(Rights, RealtimeKitGivesWhatTheLimitsDoNot) {
  if (geteuid() != 0 || !MayBeRealTime()) GTEST_SKIP() << "nobody here may have real-time priority";
  const RealtimeKitBus bus;
  const Desktop desktop;
  Environment environment = desktop.server.environment();
  environment.insert(bus.environment().begin(), bus.environment().end());
  const std::vector<std::string> without = {"setpriv", "--bounding-set", "-sys_nice", "--inh-caps",
                                            "-sys_nice"};
  for (const char* const device : {"pipewire", "portaudio"}) {
    Under daemon(without, environment, {"--device", device});
    const Process player({"pacat", "--playback", "--raw", "--device=auralis", "/dev/zero"},
                         environment);
    EXPECT_NO_THROW(Await("real-time priority", [&] {
      return !RealTimeThreadsOf(daemon.process().pid()).empty();
    })) << daemon.log();
    std::cout << device << ": " << RealTimeThreadsOf(daemon.process().pid()) << "\n";
    EXPECT_TRUE(daemon.process().IsRunning());
    EXPECT_EQ(daemon.log().find("no real-time priority"), std::string::npos) << daemon.log();
    EXPECT_NE(daemon.Ctl({"doctor"}).output.find("its sound runs with real-time priority"),
              std::string::npos);
  }
}

// Where the kernel would end it. The scalar code of many stages at the highest rate and the longest
// cycle takes more than two of the kernel's ticks.
TEST(Rights, ACallbackThatTakesTooLongGoesOnWithoutPriorityAndSaysSo) {
  if (geteuid() != 0 || !MayBeRealTime()) GTEST_SKIP() << "nobody here may have real-time priority";
  Desktop desktop;
  Under daemon({"prlimit", "--rttime=2000:1000000", "--"}, desktop.server.environment(),
               {"--device", "pipewire", "--simd", "scalar"});
  const Process player({"pacat", "--playback", "--raw", "--device=auralis", "/dev/urandom"},
                       desktop.server.environment());
  EXPECT_NO_THROW(Await("real-time priority", [&] {
    return !RealTimeThreadsOf(daemon.process().pid()).empty();
  })) << daemon.log();
  Process watch({AURALISCTL, "watch", "events"}, desktop.server.environment());
  for (const char* const stage : {"equalizer", "bark", "tone", "bass", "exciter", "multiband",
                                  "compressor", "deesser", "transient", "stereo", "clipper"}) {
    daemon.Ctl({"set", std::string(stage) + ".enabled", "on"});
  }
  const TempDir folder;
  const auto hall = Noise(0.01, 480000, 1);
  WriteSoundFile(folder / "hall.wav", {hall, hall});
  daemon.Ctl({"convolver", "load", folder / "hall.wav"});
  daemon.Ctl({"set", "convolver.enabled", "on"});
  desktop.server.ForceRate(384000);
  desktop.server.ForceQuantum(8192);
  EXPECT_TRUE(watch.AwaitOutput("longer than RLIMIT_RTTIME allows", 20s))
      << daemon.log() << daemon.Ctl({"status"}).output;
  EXPECT_TRUE(daemon.process().IsRunning()) << daemon.log();
  EXPECT_EQ(daemon.Ctl({"status"}).exit_code, 0);
}

}  // namespace
}  // namespace auralis::test
