// What people, scripts and full disks do to the daemon.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

// A user's folders, empty.
class Home {
 public:
  Environment environment() const {
    return {{"HOME", folder_.path().string()},
            {"XDG_RUNTIME_DIR", folder_.path().string()},
            {"XDG_CONFIG_HOME", ""}};
  }
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }

 private:
  TempDir folder_;
};

// The daemon as a shell starts it; `{}` stands for its path.
std::vector<std::string> Shell(std::string script) {
  script.replace(script.find("{}"), 2, AURALISD);
  return {"sh", "-c", script};
}

// The samples of a stereo file, interleaved; none where it cannot be read.
std::vector<float> SamplesOf(const std::filesystem::path& path) {
  SF_INFO info{};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) return {};
  std::vector<float> samples(static_cast<std::size_t>(info.frames) * 2);
  sf_readf_float(file, samples.data(), info.frames);
  sf_close(file);
  return samples;
}
// How many frames its header promises; 0 where it cannot be read.
sf_count_t FramesOf(const std::filesystem::path& path) {
  SF_INFO info{};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) return 0;
  sf_close(file);
  return info.frames;
}

// `frames` of the same value on both sides, as WAV or FLAC.
void WriteConstant(const std::string& path, int rate_hz, std::size_t frames, float value) {
  const bool flac = path.ends_with(".flac");
  SF_INFO info{};
  info.samplerate = rate_hz;
  info.channels = 2;
  info.format = flac ? SF_FORMAT_FLAC | SF_FORMAT_PCM_24 : SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr);
  const std::vector<float> samples(frames * 2, value);
  EXPECT_EQ(sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size())),
            static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

// The daemon to the end of `name` in `home`; it records "r.wav" there.
Finished PlayAndRecord(const Home& home, const std::string& name) {
  return RunProgram({AURALISD, "--device", "virtual", "--unpaced", "--socket", home / "s", "--play",
                     home / name, "--record", home / "r.wav"},
                    home.environment());
}

bool AwaitFile(const std::filesystem::path& path) {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (!std::filesystem::exists(path)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    usleep(2000);
  }
  return true;
}

// Else its next file or socket would be number 2, and every line of the log would go into it.
TEST(Daemon, ClosedStandardStreamsAreOccupied) {
  const Home home;
  const std::string socket = home / "s";
  Process daemon(Shell("exec {} --device virtual --socket " + socket + " --record " +
                       (home / "r.wav") + " <&- >&- 2>&-"),
                 home.environment());
  ASSERT_TRUE(AwaitFile(socket));
  for (const char* number : {"0", "1", "2"}) {
    const auto descriptor =
        std::filesystem::path("/proc") / std::to_string(daemon.pid()) / "fd" / number;
    EXPECT_EQ(std::filesystem::read_symlink(descriptor), "/dev/null");
  }
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.WaitFor(5s), 0);
  EXPECT_GT(FramesOf(home / "r.wav"), 0);
}

TEST(Daemon, AStormOfSighupDoesNotHideSigterm) {
  const Home home;
  Auralisd daemon(home.environment(), {"--device", "virtual"}, "[input]\ngain = -1\n");
  for (int i = 0; i < 20000; ++i) daemon.process().Signal(SIGHUP);
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitFor(5s), 0) << daemon.log();
}

TEST(Daemon, ASecondSigtermEndsItAtOnce) {
  const Home home;
  Auralisd daemon(home.environment(), {"--device", "virtual"});
  daemon.process().Signal(SIGTERM);
  daemon.process().Signal(SIGINT);
  EXPECT_EQ(daemon.process().WaitFor(5s), 0) << daemon.log();
}

TEST(Daemon, ComesBackAfterSigkill) {
  const Home home;
  const std::string socket = home / "s";
  const std::vector<std::string> command = {AURALISD, "--device", "virtual", "--socket", socket};
  Process killed(command, home.environment());
  ASSERT_TRUE(killed.AwaitOutput("control socket", 5s));
  killed.Signal(SIGKILL);
  EXPECT_EQ(killed.WaitFor(5s), -SIGKILL);
  EXPECT_EQ(RunProgram({AURALISCTL, "--socket", socket, "status"}).exit_code, EX_UNAVAILABLE);
  Process next(command, home.environment());
  ASSERT_TRUE(next.AwaitOutput("control socket", 5s)) << next.errors();
  EXPECT_EQ(RunProgram({AURALISCTL, "--socket", socket, "status"}).exit_code, 0);
  next.Signal(SIGKILL);
  Process in_haste(command, home.environment());
  EXPECT_TRUE(in_haste.AwaitOutput("control socket", 5s)) << in_haste.errors();
}

TEST(Daemon, AFullOutputIsAnError) {
  for (const char* what : {"--list-params", "--list-params --json"}) {
    const Finished done = RunProgram(Shell(std::string("{} ") + what + " >/dev/full"));
    EXPECT_EQ(done.exit_code, EX_IOERR) << what;
    EXPECT_NE(done.errors.find("cannot write to standard output: No space left"), std::string::npos)
        << done.errors;
  }
}

// A size limit stands in for a full disk: the same call fails, with another number.
TEST(Daemon, ARecordThatCannotBeFinishedIsAnError) {
  const Home home;
  for (const char* name : {"r.wav", "r.flac"}) {
    const std::string record = home / name;
    const Finished done = RunProgram(Shell("ulimit -f 32; exec {} --device virtual --socket " +
                                           (home / "s") + " --record " + record),
                                     home.environment());
    EXPECT_EQ(done.exit_code, EX_UNAVAILABLE) << done.errors;
    EXPECT_NE(done.errors.find(name), std::string::npos) << done.errors;
    EXPECT_GT(FramesOf(record), 0) << "what fitted can be heard";
  }
}

TEST(Daemon, APipeIsRefusedAsASoundFileToPlay) {
  const Home home;
  const std::string pipe = home / "p.wav";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const Finished done = RunAuralisd(home.environment(), {"--device", "virtual", "--play", pipe});
  EXPECT_EQ(done.exit_code, EX_DATAERR);
  EXPECT_NE(done.errors.find("it is a pipe or a socket; a file is needed"), std::string::npos)
      << done.errors;
}

TEST(Daemon, OddFilesArePlayedToTheirEnd) {
  struct File {
    const char* what;
    int rate_hz;
    std::size_t frames;
    float value;
    float peak;  // of what is recorded
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr File kFiles[] = {{"one frame", 48000, 1, 0.25F, 0.25F},
                             {"slow", 8000, 801, 0.25F, 0.25F},
                             {"fast", 384000, 38401, 0.25F, 0.25F},
                             {"no numbers", 48000, 4801, kNan, 0.0F},
                             {"no end of numbers", 48000, 4801, -kInfinity, 0.0F}};
  const Home home;
  for (const File& file : kFiles) {
    SCOPED_TRACE(file.what);
    WriteConstant(home / "p.wav", file.rate_hz, file.frames, file.value);
    const Finished done = PlayAndRecord(home, "p.wav");
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    const std::vector<float> samples = SamplesOf(home / "r.wav");
    EXPECT_GE(samples.size(), 2 * file.frames);
    float peak = 0.0F;
    for (const float sample : samples) {
      ASSERT_TRUE(std::isfinite(sample));
      peak = std::max(peak, std::abs(sample));
    }
    EXPECT_NEAR(peak, file.peak, 1e-3);
  }
}

TEST(Daemon, WhatIsLeftOfATruncatedFileIsPlayed) {
  const Home home;
  WriteConstant(home / "p.wav", 48000, 48000, 0.25F);
  std::filesystem::resize_file(home / "p.wav", 48000 * 4);  // half of it, and the header's 44 or so
  const Finished done = PlayAndRecord(home, "p.wav");
  EXPECT_EQ(done.exit_code, 0) << done.errors;
  EXPECT_NEAR(static_cast<double>(FramesOf(home / "r.wav")), 24000.0, 500.0);
}

// Played in a loop, so that however late we are the change is met.
TEST(Daemon, AFileThatShrinksToNothingWhileItPlaysEndsThere) {
  const Home home;
  WriteConstant(home / "p.wav", 48000, 48000, 0.25F);
  Process daemon(
      {AURALISD, "--device", "virtual", "--socket", home / "s", "--loop", "--play", home / "p.wav"},
      home.environment());
  ASSERT_TRUE(daemon.AwaitOutput("control socket", 5s)) << daemon.errors();
  std::filesystem::resize_file(home / "p.wav", 0);
  EXPECT_EQ(daemon.WaitFor(5s), 0) << daemon.errors();
}

TEST(Daemon, AFileThatIsOverwrittenWhileItPlaysIsAnErrorThatNamesIt) {
  const Home home;
  WriteConstant(home / "p.flac", 48000, 24000, 0.25F);
  Process daemon({AURALISD, "--device", "virtual", "--socket", home / "s", "--loop", "--play",
                  home / "p.flac"},
                 home.environment());
  ASSERT_TRUE(daemon.AwaitOutput("control socket", 5s)) << daemon.errors();
  const auto size = std::filesystem::file_size(home / "p.flac");
  std::fstream(home / "p.flac", std::ios::in | std::ios::out | std::ios::binary)
      << std::string(size, 'x');
  EXPECT_EQ(daemon.WaitFor(5s), EX_UNAVAILABLE);
  EXPECT_NE(daemon.errors().find("p.flac: cannot be"), std::string::npos) << daemon.errors();
}

TEST(Daemon, NoNumberIsNoRate) {
  const Home home;
  for (const char* rate : {"nan", "inf", "1e400", "-48000", "fast"}) {
    const Finished done = RunAuralisd(home.environment(), {"--device", "virtual", "--rate", rate});
    EXPECT_EQ(done.exit_code, EX_USAGE) << rate;
    EXPECT_NE(done.errors.find("--rate"), std::string::npos) << done.errors;
  }
}

TEST(Daemon, ASettingsFileThatCannotBeLookedAtIsAnError) {
  const Home home;
  std::filesystem::create_symlink("auralis", home / "auralis");  // to itself, for ever
  const Finished done = RunProgram({AURALISD, "--device", "virtual", "--socket", home / "s"},
                                   {{"XDG_CONFIG_HOME", home / ""}});
  EXPECT_EQ(done.exit_code, EX_CONFIG);
  EXPECT_NE(done.errors.find("auralis.toml"), std::string::npos) << done.errors;
}

// A shell inside a service inherits the name of that service's journal stream; it is not ours.
TEST(Daemon, MarksPrioritiesForTheJournalOnly) {
  const Home home;
  const Finished done = RunProgram({AURALISD, "--check-config", "--config", home / "none.toml"},
                                   {{"JOURNAL_STREAM", "1:1"}});
  EXPECT_EQ(done.exit_code, EX_CONFIG);
  EXPECT_NE(done.errors.find("error"), std::string::npos) << done.errors;
  EXPECT_EQ(done.errors.find("<3>"), std::string::npos) << done.errors;
}

TEST(Daemon, ALockedSocketFolderIsAnErrorAndNoHang) {
  const Home home;
  const int lock = open((home / "").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(lock, 0);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  const Finished done =
      RunProgram({AURALISD, "--device", "virtual", "--socket", home / "s"}, home.environment());
  close(lock);
  EXPECT_EQ(done.exit_code, EX_UNAVAILABLE);
  EXPECT_NE(done.errors.find("another process keeps its folder locked"), std::string::npos)
      << done.errors;
}

TEST(Daemon, ChangesOfPhaseAreSeenInTheLatency) {
  const Home home;
  Auralisd daemon(home.environment(), {"--device", "virtual"});
  const std::size_t before = daemon.LatencyFrames();
  daemon.Set({"equalizer.phase", "linear"});
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (daemon.LatencyFrames() == before && std::chrono::steady_clock::now() < deadline) {
    usleep(10000);
  }
  EXPECT_EQ(daemon.LatencyFrames(), before + 2304);
}

}  // namespace
}  // namespace auralis::test
