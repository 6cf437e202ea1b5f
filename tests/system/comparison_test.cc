// Two settings compared in the real daemon: as loud as each other, without a click, whoever asks.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dsp/analysis/loudness_meter.h"
#include "tests/support/measure.h"
#include "tests/support/process.h"
#include "tests/support/sound_server.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

constexpr double kPieceSeconds = 10.0;
constexpr auto kPieceFrames = static_cast<std::uint64_t>(kPieceSeconds * kRateHz);

// Ten seconds of music that repeat, faster than they pass, and what becomes of them.
class ComparisonInDaemon : public testing::Test {
 protected:
  void Start(const std::string& preset, const std::string& speed = "8",
             const StereoSignal& piece_of = {}) {
    const std::string piece = folder_ / "piece.wav";
    if (piece_of.left.empty()) {
      const Finished made =
          RunProgram({AURALIS_PROGRAMME, piece, "--seconds", std::to_string(kPieceSeconds)});
      ASSERT_EQ(made.exit_code, 0) << made.errors;
    } else {
      WriteSoundFile(piece, piece_of);
    }
    environment_ = {{"HOME", folder_.path().string()},
                    {"XDG_RUNTIME_DIR", folder_.path().string()},
                    {"AURALIS_SOCKET", folder_ / "socket"},
                    {"XDG_CONFIG_HOME", folder_.path().string()}};
    daemon_ = std::make_unique<Auralisd>(
        environment_,
        std::vector<std::string>{"--device", "virtual", "--preset", preset, "--play", piece,
                                 "--loop", "--speed", speed, "--record", folder_ / "heard.wav"});
  }
  nlohmann::json Ab(std::vector<std::string> words) const {
    words.insert(words.begin(), "ab");
    words.emplace_back("--json");
    const Finished done = daemon_->Ctl(words);
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    return done.exit_code == 0 ? nlohmann::json::parse(done.output) : nlohmann::json();
  }
  std::uint64_t Frames() const { return daemon_->Status().at("frames").get<std::uint64_t>(); }
  void AwaitFrames(std::uint64_t frames) const {
    Await(
        "music", [&] { return Frames() >= frames; }, 60s);
  }
  void AwaitMeasured(double seconds) const {
    Await(
        "a measurement", [&] { return Ab({}).at("measured_s").get<double>() >= seconds; }, 60s);
  }
  // A whole piece of what is heard from now on, from its beginning; says where that is in the
  // record.
  std::uint64_t HearOnePiece() const {
    const std::uint64_t settled = Frames() + static_cast<std::uint64_t>(0.3 * kRateHz);
    const std::uint64_t from = (settled / kPieceFrames + 1) * kPieceFrames;
    AwaitFrames(from + kPieceFrames + 4800);
    return from;
  }
  // Ends the daemon and reads what it wrote.
  StereoSignal Record() {
    EXPECT_EQ(daemon_->Ctl({"quit"}).exit_code, 0);
    EXPECT_EQ(daemon_->process().WaitFor(20s), 0) << daemon_->log();
    daemon_.reset();
    return ReadSoundFile(folder_ / "heard.wav");
  }
  static double LufsOfPiece(const StereoSignal& signal, std::uint64_t from) {
    LoudnessMeter meter;
    meter.Prepare(kRateHz);
    if (signal.left.size() < from + kPieceFrames) throw std::runtime_error("the record is short");
    meter.Push(signal.left.data() + from, signal.right.data() + from, kPieceFrames);
    return meter.integrated_lufs();
  }

  TempDir folder_;
  Environment environment_;
  std::unique_ptr<Auralisd> daemon_;
};

// Integrated loudness (BS.1770-4) of one and the same piece, as it is heard through A and B.
TEST_F(ComparisonInDaemon, BothAreEquallyLoudWhateverTheyDo) {
  Start("flat", "16");
  AwaitFrames(kPieceFrames + 48000);
  std::vector<std::vector<std::uint64_t>> pieces;
  for (const char* other : {"night", "bright"}) {
    const nlohmann::json begun = Ab({other});
    EXPECT_EQ(begun.at("heard"), "a");
    AwaitMeasured(kPieceSeconds);
    Ab({"b"});
    std::vector<std::uint64_t> from = {HearOnePiece()};
    Ab({"toggle"});
    from.push_back(HearOnePiece());
    const nlohmann::json state = Ab({});
    EXPECT_EQ(state.at("heard"), "a");
    std::cout << other << ": A " << state.at("a").dump() << ", B " << state.at("b").dump() << '\n';
    EXPECT_LE(state.at("a").at("gain_db").get<double>(), 0.0);
    EXPECT_LE(state.at("b").at("gain_db").get<double>(), 0.0);
    Ab({"end"});
    pieces.push_back(from);
  }
  const StereoSignal heard = Record();
  for (const auto& from : pieces) {
    const double b = LufsOfPiece(heard, from[0]);
    const double a = LufsOfPiece(heard, from[1]);
    std::cout << "A " << a << " LUFS, B " << b << " LUFS: " << a - b << " LU\n";
    EXPECT_NEAR(a, b, 0.1);
  }
}

// A step would stand out in the second difference of a low tone; gains and values of very different
// settings come and go in ramps.
TEST_F(ComparisonInDaemon, SwitchesDoNotClick) {
  Start("flat", "4", TonePair(200.0, 0.1, kPieceSeconds));
  AwaitFrames(96000);
  Ab({"night"});
  AwaitMeasured(1.0);
  const std::uint64_t first = Frames();
  for (int i = 0; i < 8; ++i) {
    Ab({"toggle"});
    AwaitFrames(Frames() + 24000);
  }
  Ab({"keep"});
  AwaitFrames(Frames() + 24000);
  const std::uint64_t last = Frames();
  const StereoSignal heard = Record();
  double sharpest = 0.0;
  for (std::size_t i = first; i + 2 < last; ++i) {
    const auto at = [&](std::size_t n) { return static_cast<double>(heard.left[n]); };
    sharpest = std::max(sharpest, std::abs(at(i + 2) - 2.0 * at(i + 1) + at(i)));
  }
  const double of_the_tone = 0.1 * std::pow(2.0 * M_PI * 200.0 / kRateHz, 2.0);
  std::cout << "sharpest bend " << sharpest / of_the_tone << " times the tone's own\n";
  // A step of a hundredth of the tone would be 14 times.
  EXPECT_LT(sharpest, 3.0 * of_the_tone);
}

// One comparison for everybody: what one client begins others steer, see and end, and it outlives
// the client that began it.
TEST_F(ComparisonInDaemon, IsOneForAllClients) {
  Start("flat");
  Process watcher({AURALISCTL, "watch", "events", "--json"}, environment_);
  ASSERT_TRUE(watcher.AwaitOutput("xruns so far", 5s));
  {
    Process killed({"sh", "-c", std::string(AURALISCTL) + " ab warm && kill -9 $$"}, environment_);
    EXPECT_EQ(killed.WaitFor(10s), -SIGKILL) << killed.errors();
  }
  EXPECT_TRUE(watcher.AwaitOutput("A/B: hears A, flat", 5s)) << watcher.output();
  const Finished second = daemon_->Ctl({"ab", "night"});
  EXPECT_EQ(second.exit_code, 65);
  EXPECT_NE(second.errors.find("two settings are being compared already"), std::string::npos)
      << second.errors;
  Ab({"toggle"});
  EXPECT_TRUE(watcher.AwaitOutput("A/B: hears B, warm", 5s)) << watcher.output();
  EXPECT_EQ(daemon_->Status().at("preset"), "warm");
  EXPECT_EQ(Ab({"keep"}).at("on"), false);
  EXPECT_TRUE(watcher.AwaitOutput("A/B: ended", 5s)) << watcher.output();
  EXPECT_EQ(daemon_->Status().at("preset"), "warm");
  EXPECT_EQ(daemon_->Ctl({"ab", "toggle"}).exit_code, 65);
  EXPECT_EQ(daemon_->Ctl({"ab", "wram"}).exit_code, 65);
  EXPECT_EQ(Ab({}).at("on"), false);
  EXPECT_EQ(daemon_->Ctl({"ab", "a", "b"}).exit_code, 64);
}

// What was set by hand belongs to the side that was heard, with its pins; the untouched sound is of
// no side. All switches are one step to undo, and going to and fro is none.
TEST_F(ComparisonInDaemon, BringsEachSideBackWholeAndIsOneStepToUndo) {
  Start("flat");
  const auto all = [&] { return daemon_->Ctl({"get", "*"}).output; };
  daemon_->Set({"input.gain", "1.5"});
  const std::string a = all();
  Ab({"night"});
  EXPECT_EQ(all(), a);
  Ab({"b"});
  EXPECT_EQ(daemon_->Status().at("preset"), "night");
  daemon_->Set({"stereo.width", "0.7"});
  const std::string b = all();
  Ab({"toggle"});
  EXPECT_EQ(all(), a);
  Ab({"toggle"});
  EXPECT_EQ(all(), b);
  EXPECT_EQ(daemon_->Ctl({"undo"}).exit_code, 0);  // of the width
  EXPECT_EQ(daemon_->Ctl({"undo"}).exit_code, 0);  // of the switch to B
  EXPECT_EQ(all(), a);
  EXPECT_EQ(Ab({}).at("heard"), "a");
  EXPECT_EQ(daemon_->Status().at("preset"), "flat");
  EXPECT_EQ(daemon_->Ctl({"redo"}).exit_code, 0);
  EXPECT_EQ(Ab({}).at("heard"), "b");
  EXPECT_EQ(daemon_->Status().at("preset"), "night");
  Ab({"end"});
  EXPECT_EQ(all(), a);
  const auto report = nlohmann::json::parse(daemon_->Ctl({"adaptation", "--json"}).output);
  EXPECT_FALSE(report.at("parameters").at("compressor.threshold").at("pinned").get<bool>());

  // There and back is no step: what undo takes back is what was set before.
  Ab({"warm", "night"});
  EXPECT_EQ(daemon_->Status().at("preset"), "warm");
  Ab({"toggle"});
  Ab({"toggle"});
  Ab({"end"});
  EXPECT_EQ(all(), a);
  EXPECT_EQ(daemon_->Ctl({"undo"}).exit_code, 0);
  EXPECT_EQ(daemon_->Ctl({"get", "input.gain"}).output, "input.gain = 0.0 dB\n");
}

// A rule that begins to act finds what was there before the trial.
TEST_F(ComparisonInDaemon, EndsWhereARuleActs) {
  Start("flat");
  daemon_->Set({"input.gain", "1.5"});
  Ab({"night"});
  Ab({"b"});
  EXPECT_EQ(daemon_->Status().at("preset"), "night");
  std::filesystem::create_directories(folder_ / "auralis");
  std::ofstream(folder_ / "auralis/rules.toml")
      << "[[rule]]\ndevice = \"virtual*\"\npreset = \"warm\"\n";
  Await("the rule", [&] { return daemon_->Status().at("preset") == "warm"; });
  EXPECT_EQ(Ab({}).at("on"), false);
  EXPECT_EQ(daemon_->Ctl({"get", "input.gain", "loudness.enabled"}).output,
            "input.gain = 1.5 dB\nloudness.enabled = off\n");
}

// What was turned down comes back by 1.5 dB a second: no step within 200 ms, all of it in the end.
TEST_F(ComparisonInDaemon, TheLoudnessComesBackSlowly) {
  std::filesystem::create_directories(folder_ / "auralis/presets");
  std::ofstream(folder_ / "auralis/presets/soft.toml") << "schema = 1\noutput.gain = -6\n";
  Start("flat", "4", TonePair(997.0, 0.1, kPieceSeconds));
  AwaitFrames(96000);
  Ab({"soft"});
  AwaitMeasured(1.0);
  Ab({"b"});
  Ab({"a"});
  AwaitFrames(Frames() + 48000);
  const std::uint64_t before = Frames();
  Ab({"keep"});
  const std::uint64_t after = Frames();
  AwaitFrames(after + 6 * 48000);
  const std::uint64_t last = Frames();
  const StereoSignal heard = Record();
  const auto level_db = [&](std::uint64_t at) {
    return Db(RmsOf(std::span(heard.left).subspan(at, 2400)) * std::sqrt(2.0));
  };
  EXPECT_NEAR(level_db(before - 4800), -26.0, 0.05);
  double largest_db = 0.0;  // within 200 ms, wherever it began
  for (std::uint64_t at = before - 9600; at + 9600 + 2400 < last; at += 480) {
    largest_db = std::max(largest_db, std::abs(level_db(at + 9600) - level_db(at)));
  }
  std::cout << "largest step within 200 ms: " << largest_db << " dB\n";
  EXPECT_LT(largest_db, 0.5);
  EXPECT_NEAR(level_db(last - 4800), -20.0, 0.05);
}

// It is a trial: a daemon that is killed in the middle of it comes back with what was there before.
TEST(Comparison, IsForgottenWithTheDaemon) {
  const TempDir folder;
  const JackServer server(256);
  const JackClient client(server.environment());
  Environment environment = server.environment();
  environment["XDG_CONFIG_HOME"] = folder.path().string();
  environment["AURALIS_STATE"] = folder / "state.toml";
  const std::vector<std::string> options = ThroughJack("player", "recorder");
  std::string before;
  const auto all = [](const Auralisd& daemon) { return daemon.Ctl({"get", "*"}).output; };
  {
    Auralisd daemon(environment, options);
    EXPECT_EQ(daemon.Ctl({"preset", "load", "warm"}).exit_code, 0);
    daemon.Set({"input.gain", "1.5"});
    before = all(daemon);
    EXPECT_EQ(daemon.Ctl({"ab", "night"}).exit_code, 0);  // at once: nothing was written yet
    EXPECT_EQ(daemon.Ctl({"ab", "b"}).exit_code, 0);
    EXPECT_EQ(daemon.Status().at("preset"), "night");
    daemon.Set({"stereo.width", "0.7"});
    std::this_thread::sleep_for(1s);  // longer than the memory takes
    daemon.process().Signal(SIGKILL);
    daemon.process().WaitFor(5s);
  }
  {
    const Auralisd next(environment, options);
    EXPECT_EQ(all(next), before);
    EXPECT_EQ(next.Status().at("preset"), "warm");
    EXPECT_NE(next.Ctl({"ab"}).output.find("nothing is being compared"), std::string::npos);
    // What is kept is no trial any more.
    EXPECT_EQ(next.Ctl({"ab", "night"}).exit_code, 0);
    EXPECT_EQ(next.Ctl({"ab", "b"}).exit_code, 0);
    EXPECT_EQ(next.Ctl({"ab", "keep"}).exit_code, 0);
    before = all(next);
    EXPECT_EQ(next.Ctl({"quit"}).exit_code, 0);
  }
  const Auralisd last(environment, options);
  EXPECT_EQ(all(last), before);
  EXPECT_EQ(last.Status().at("preset"), "night");
}

}  // namespace
}  // namespace auralis::test
