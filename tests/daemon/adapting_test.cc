// Adaptation with the engine: what is heard comes out changed as it says.

#include "daemon/adapting.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <thread>

#include "daemon/engine.h"
#include "daemon/sound_file.h"
#include "dsp/analysis/analyzer.h"
#include "tests/dsp/adaptive/programmes.h"
#include "tests/support/measure.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using Action = ipc::Adapt::Action;
using test::Music;
using test::Shares;
using test::Tilted;

constexpr double kRate = 48000.0;
constexpr std::size_t kBlock = 64;
constexpr std::size_t kBlocksAReading = 12;

// The daemon's loop without its clock: a programme through the engine, readings back into it.
class Rig {
 public:
  explicit Rig(std::vector<Assignment> settings, AdaptingFiles files = {})
      : adapting_(loop_, registry_, kRate, std::move(files), [] {}) {
    const auto error = registry_.Apply(settings, ParamRegistry::Origin::kPreset);
    if (error) throw std::runtime_error(error->Message());
    engine_.emplace(EngineOptions{.sample_rate_hz = kRate,
                                  .block_frames = kBlock,
                                  .host_frames = kBlock,
                                  .fade_in = false},
                    adapting_.Targets());
    analyzer_.Prepare(kRate);
  }

  // What comes out of its last four seconds.
  test::StereoProgramme Play(const test::StereoProgramme& programme, double seconds) {
    test::StereoProgramme heard{programme.left, programme.right};
    const std::size_t length = programme.left.size() / kBlock * kBlock;
    const auto blocks = static_cast<std::size_t>(seconds * kRate) / kBlock;
    for (std::size_t block = 0; block < blocks; ++block) {
      const std::size_t at = block * kBlock % length;
      const float* const input[2] = {programme.left.data() + at, programme.right.data() + at};
      float* const output[2] = {heard.left.data() + at, heard.right.data() + at};
      engine_->Process({input, output, kBlock, 0});
      for (TapBlock tap; engine_->taps().TryPop(tap);) {
        const float* const in[2] = {tap.input[0].data(), tap.input[1].data()};
        const float* const out[2] = {tap.output[0].data(), tap.output[1].data()};
        analyzer_.Push(tap.position_frames, in, out, tap.frames,
                       {.reductions_db = tap.gain_reductions_db, .leveler_gain = tap.leveler_gain});
      }
      if (block % kBlocksAReading == 0) Read();
    }
    return heard;
  }

  ipc::Adaptation Ask(Action action, const std::string& text = "") {
    const ipc::Reply reply = adapting_.Answer({.action = action, .text = text});
    if (const auto* error = std::get_if<ipc::Error>(&reply))
      throw std::runtime_error(error->message);
    return std::get<ipc::Adaptation>(reply);
  }
  void Learn(const std::filesystem::path& path, Action action = Action::kLearnReference) {
    Ask(action, path.string());
    // Learning gives way to all else: on a busy machine it takes its time.
    for (int i = 0; i < 4000 && adapting_.Report().study.state == "learning"; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      loop_.restart();
      loop_.poll();
    }
  }

  ParamRegistry registry_;
  boost::asio::io_context loop_;
  Adapting adapting_;

 private:
  void Read() {
    adapting_.Hear(analyzer_.Take());
    engine_->Publish(adapting_.Targets());
    engine_->Adapt({.bark_delta_db = adapting_.BarkDeltaDb()});
  }

  std::optional<Engine> engine_;
  Analyzer analyzer_;
};

std::array<double, kZones> SharesOf(const test::StereoProgramme& programme) {
  Analyzer analyzer;
  analyzer.Prepare(kRate);
  std::array<double, kZones> power{};
  std::uint64_t position = 0;
  const std::size_t length = programme.left.size();
  constexpr std::size_t kPiece = 4800;
  for (std::size_t at = 0; at < 3 * length; at += kPiece) {
    const std::size_t from = at % length;
    const std::size_t run = std::min(kPiece, length - from);
    const float* const input[2] = {programme.left.data() + from, programme.right.data() + from};
    analyzer.Push(position, input, input, run, {});
    position += run;
    const AnalysisFrame frame = analyzer.Take();
    if (at < length) continue;  // until every window is full
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      power[zone] += static_cast<double>(frame.input.zone_power[zone]);
    }
  }
  const double total = std::accumulate(power.begin(), power.end(), 0.0);
  for (double& share : power) share /= total;
  return power;
}

void WriteTrack(const std::filesystem::path& file, const test::StereoProgramme& programme) {
  SoundFileWriter writer(file, kRate);
  for (int i = 0; i < 4; ++i) {
    writer.Write(programme.left.data(), programme.right.data(), programme.left.size());
  }
  writer.Close();
}

double Float(float x) { return static_cast<double>(x); }

TEST(Adapting, MatchesAReferenceWithinOneAndAHalfDecibelsInThirtySeconds) {
  const test::TempDir folder;
  const Shares& usual = Calibration{}.zone_shares;
  WriteTrack(folder / "favourite.wav",
             Music(Tilted(usual, {-2, 2, 1, -1, 3, 4, 5}), -16.0, kRate, 11));
  const std::array<double, kZones> wanted =
      SharesOf(Music(Tilted(usual, {-2, 2, 1, -1, 3, 4, 5}), -16.0, kRate, 11));
  Rig rig({{"master.adaptive", 1.0}, {"limiter.ceiling", 0.0}, {"output.gain", 0.0}});
  rig.Learn(folder / "favourite.wav");
  ASSERT_EQ(rig.adapting_.Report().study.state, "done") << rig.adapting_.Report().study.problem;
  EXPECT_EQ(rig.adapting_.Report().reference, (folder / "favourite.wav").string());
  const auto programme = Music(Tilted(usual, {0, -3, 2, 3, -3, -4, -5}), -26.0, kRate, 5);
  const auto before = SharesOf(programme);
  const auto after = SharesOf(rig.Play(programme, 34.0));
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    const double was_db = 10.0 * std::log10(before[zone] / wanted[zone]);
    const double is_db = 10.0 * std::log10(after[zone] / wanted[zone]);
    std::cout << kZoneNames[zone] << ": from " << was_db << " to " << is_db << " dB\n";
    EXPECT_LT(std::abs(is_db), 1.5) << kZoneNames[zone];
  }
}

TEST(Adapting, DoesNothingWhileItIsOff) {
  Rig rig({});
  const auto programme =
      Music(Tilted(Calibration{}.zone_shares, {8, 8, 0, 0, 0, 0, 0}), -26.0, kRate);
  rig.Play(programme, 15.0);
  const ipc::Adaptation report = rig.adapting_.Report();
  EXPECT_EQ(report.doing, "off");
  EXPECT_EQ(report.story.front(), "off: master.adaptive is 0");
  EXPECT_GT(report.heard_s, 14.0F);  // it listens all the same
  for (const float db : report.band_gain_db) EXPECT_EQ(db, 0.0F);
  EXPECT_EQ(rig.adapting_.Targets(), rig.registry_.Targets());
}

TEST(Adapting, TellsWhatItDoesAndWhy) {
  Rig rig({{"master.adaptive", 1.0}, {"compressor.enabled", 1.0}, {"leveler.enabled", 1.0}});
  const auto programme =
      Music(Tilted(Calibration{}.zone_shares, {0, 0, 0, 0, 8, 10, 10}), -20.0, kRate);
  rig.Play(programme, 20.0);
  const ipc::Adaptation report = rig.adapting_.Report();
  EXPECT_EQ(report.doing, "following");
  EXPECT_EQ(report.share, 1.0F);
  std::string all;
  for (const std::string& sentence : report.story) all += sentence + "\n";
  std::cout << all;
  EXPECT_NE(all.find("follows: heard 20 s"), std::string::npos);
  EXPECT_NE(all.find("cuts"), std::string::npos);
  EXPECT_NE(all.find("presence zone"), std::string::npos);
  EXPECT_NE(all.find("moves compressor.threshold to"), std::string::npos);
  EXPECT_NE(all.find("moves leveler.target to"), std::string::npos);
}

// What a person sets stays; what a preset sets may be moved, and a release lets go.
TEST(Adapting, LeavesPinnedValuesAloneUntilTheyAreReleased) {
  Rig rig({{"master.adaptive", 1.0}, {"compressor.enabled", 1.0}, {"compressor.ratio", 4.0}});
  constexpr std::size_t kThreshold = SignalPath::IndexOf("compressor", "threshold");
  constexpr std::size_t kRatio = SignalPath::IndexOf("compressor", "ratio");
  rig.registry_.Apply(std::vector<Assignment>{{"compressor.threshold", -33.0}});
  const auto programme = Music(Calibration{}.zone_shares, -18.0, kRate);
  rig.Play(programme, 20.0);
  EXPECT_EQ(rig.adapting_.Targets()[kThreshold], -33.0F);
  EXPECT_LT(rig.adapting_.Targets()[kRatio], 2.0F);
  EXPECT_EQ(rig.registry_.value(kRatio), 4.0F);  // what was set is still known
  rig.Ask(Action::kRelease, "compressor.*");
  EXPECT_GT(rig.adapting_.Targets()[kThreshold], -32.0F);
  EXPECT_THROW(rig.Ask(Action::kRelease, "compresor.*"), std::runtime_error);
}

// 1 to 3 dB where there is much between peaks and the rest, nothing where there is next to none.
TEST(Adapting, CompressesWhatHasDynamicsAndNotWhatIsCrushed) {
  const auto reduction_of = [](double crest_db) {
    // A tone, and peaks a tenth of a second long that stand out once a second.
    const auto frames = static_cast<std::size_t>(4.0 * kRate);
    test::StereoProgramme programme{test::Signal(frames), {}};
    const test::Signal noise = test::Noise(1.0, frames, 3);
    for (std::size_t i = 0; i < frames; ++i) {
      const double since_s = std::fmod(static_cast<double>(i) / kRate, 1.0);
      const double level_db = -20.0 + (since_s < 0.1 ? crest_db - 4.8 : 0.0);
      programme.left[i] =
          static_cast<float>(std::pow(10.0, level_db / 20.0) * Float(noise[i]) * 1.732);
    }
    programme.right = programme.left;
    Rig rig({{"master.adaptive", 1.0}, {"compressor.enabled", 1.0}});
    rig.Play(programme, 20.0);
    const ipc::Adaptation report = rig.adapting_.Report();
    const SignalPath::Values values = rig.adapting_.Targets();
    const double threshold_db = Float(values[SignalPath::IndexOf("compressor", "threshold")]);
    const double ratio = Float(values[SignalPath::IndexOf("compressor", "ratio")]);
    const double over_db = -20.0 + crest_db - 4.8 - threshold_db;
    std::cout << "crest factor " << report.crest_db << " dB: " << ratio << ":1 from "
              << threshold_db << " dB, " << std::max(0.0, over_db) * (1.0 - 1.0 / ratio)
              << " dB of its loud parts\n";
    return std::max(0.0, over_db) * (1.0 - 1.0 / ratio);
  };
  EXPECT_LT(reduction_of(4.8), 0.3);
  const double lively_db = reduction_of(17.0);
  EXPECT_GT(lively_db, 0.5);
  EXPECT_LT(lively_db, 3.5);
}

TEST(Adapting, KeepsItsReferenceAndForgetsItWhenAsked) {
  const test::TempDir folder;
  const AdaptingFiles files{.reference = folder / "reference.toml",
                            .calibration = folder / "calibration.toml"};
  WriteTrack(folder / "favourite.wav", Music(Calibration{}.zone_shares, -16.0, kRate, 11));
  {
    Rig rig({}, files);
    rig.Learn(folder / "favourite.wav");
    EXPECT_TRUE(std::filesystem::exists(files.reference));
  }
  Rig rig({}, files);
  EXPECT_EQ(rig.adapting_.Report().reference, (folder / "favourite.wav").string());
  rig.Ask(Action::kLearnReference, "");
  EXPECT_EQ(rig.adapting_.Report().reference, "");
  EXPECT_FALSE(std::filesystem::exists(files.reference));
}

TEST(Adapting, ABadPathChangesNothing) {
  const test::TempDir folder;
  WriteTrack(folder / "favourite.wav", Music(Calibration{}.zone_shares, -16.0, kRate, 11));
  Rig rig({});
  rig.Learn(folder / "favourite.wav");
  EXPECT_THROW(rig.Ask(Action::kLearnReference, "relative.wav"), std::runtime_error);
  EXPECT_THROW(rig.Ask(Action::kLearnReference, (folder / "nowhere").string()), std::runtime_error);
  std::filesystem::create_directory(folder / "empty");
  rig.Learn(folder / "empty");
  EXPECT_EQ(rig.adapting_.Report().study.state, "failed");
  EXPECT_NE(rig.adapting_.Report().study.problem, "");
  // One track is no measure of music.
  rig.Learn(folder / "favourite.wav", Action::kCalibrate);
  EXPECT_EQ(rig.adapting_.Report().study.state, "failed");
  EXPECT_NE(rig.adapting_.Report().study.problem.find("10 are needed"), std::string::npos);
  EXPECT_EQ(rig.adapting_.Report().reference, (folder / "favourite.wav").string());
}

}  // namespace
}  // namespace auralis
