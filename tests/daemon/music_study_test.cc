#include "daemon/music_study.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/sound_file.h"
#include "tests/dsp/adaptive/programmes.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using test::Music;
using test::Shares;
using test::Tilted;

void Write(const std::filesystem::path& file, const test::StereoProgramme& programme, int times,
           double rate) {
  SoundFileWriter writer(file, rate);
  for (int i = 0; i < times; ++i) {
    writer.Write(programme.left.data(), programme.right.data(), programme.left.size());
  }
  writer.Close();
}

// What a study says, awaited.
struct Heard {
  std::mutex mutex;
  std::vector<MusicStudy::Progress> progress;
  std::optional<MusicStudy::Result> result;

  std::optional<MusicStudy::Result> Await() {
    for (int i = 0; i < 4000; ++i) {  // it gives way to all else on the machine
      {
        const std::lock_guard lock(mutex);
        if (result) return result;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return std::nullopt;
  }
};

MusicStudy Start(const std::filesystem::path& path, Heard& heard) {
  return MusicStudy(
      path,
      [&heard](const MusicStudy::Progress& progress) {
        const std::lock_guard lock(heard.mutex);
        heard.progress.push_back(progress);
      },
      [&heard](MusicStudy::Result result) {
        const std::lock_guard lock(heard.mutex);
        heard.result = std::move(result);
      });
}

TEST(MusicStudy, MeasuresATrackAsItIs) {
  const test::TempDir folder;
  const Shares shares = Tilted(Calibration{}.zone_shares, {0, 3, 0, 0, 0, 3, 0});
  float total = 0.0F;
  for (const float share : shares) total += share;
  for (const double rate : {44100.0, 96000.0}) {
    Write(folder / "a.wav", Music(shares, -20.0, rate), 5, rate);
    const TrackMeasure measure = MeasureTrack(folder / "a.wav");
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      EXPECT_NEAR(
          10.0 * std::log10(static_cast<double>(measure.zone_shares[zone] * total / shares[zone])),
          0.0, 0.4)
          << rate << " " << kZoneNames[zone];
    }
    EXPECT_NEAR(measure.crest_db, 12.0, 1.5);
    EXPECT_NEAR(measure.loudness_lufs, -19.0, 2.0);
    EXPECT_LT(measure.loudness_deviation_lu, 0.5F);
  }
}

TEST(MusicStudy, RefusesWhatIsNoMusic) {
  const test::TempDir folder;
  std::ofstream(folder / "text.wav") << "no sound";
  const test::StereoProgramme silence{test::Silence(480000), test::Silence(480000)};
  Write(folder / "silence.wav", silence, 1, 48000.0);
  auto brief = Music(Calibration{}.zone_shares, -20.0, 48000.0);
  brief.left.resize(96000);
  brief.right.resize(96000);
  Write(folder / "brief.wav", brief, 1, 48000.0);
  EXPECT_THROW(MeasureTrack(folder / "nowhere.wav"), FileError);
  EXPECT_THROW(MeasureTrack(folder / "text.wav"), FileError);
  EXPECT_THROW(MeasureTrack(folder / "silence.wav"), FileError);
  EXPECT_THROW(MeasureTrack(folder / "brief.wav"), FileError);
  Heard heard;
  EXPECT_THROW(Start(folder / "nowhere", heard), FileError);
}

TEST(MusicStudy, LearnsFromAFolderAndSkipsTheRest) {
  const test::TempDir folder;
  std::filesystem::create_directories(folder.path() / "deep" / "er");
  const Shares& usual = Calibration{}.zone_shares;
  Write(folder / "one.wav", Music(usual, -20.0, 44100.0), 2, 44100.0);
  Write(folder.path() / "deep" / "er" / "two.flac", Music(usual, -14.0, 48000.0, 2), 2, 48000.0);
  std::ofstream(folder / "cover.jpg") << "no sound";
  Heard heard;
  const MusicStudy study = Start(folder.path(), heard);
  const auto result = heard.Await();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->tracks.size(), 2U);
  EXPECT_EQ(result->progress.done, 3U);
  EXPECT_EQ(result->progress.total, 3U);
  EXPECT_EQ(result->progress.skipped, 1U);
  EXPECT_NE(result->progress.last_problem.find("cover.jpg"), std::string::npos);
  EXPECT_EQ(heard.progress.size(), 3U);
  const Reference reference = ReferenceOf("mine", result->tracks);
  EXPECT_EQ(reference.name, "mine");
  float sum = 0.0F;
  for (const float share : reference.zone_shares) sum += share;
  EXPECT_NEAR(sum, 1.0F, 1e-5F);
}

TEST(MusicStudy, IsGivenUpAtOnce) {
  const test::TempDir folder;
  Write(folder / "long.wav", Music(Calibration{}.zone_shares, -20.0, 48000.0), 100, 48000.0);
  Heard heard;
  const auto began = std::chrono::steady_clock::now();
  {
    const MusicStudy study = Start(folder.path(), heard);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_FALSE(heard.result.has_value());
}

TEST(Calibrate, TakesMediansAndQuartiles) {
  std::vector<TrackMeasure> tracks;
  for (int i = 0; i <= 40; ++i) {
    const auto x = static_cast<float>(i) / 40.0F;
    TrackMeasure track;
    track.zone_shares = Calibration{}.zone_shares;
    track.crest_db = 8.0F + 8.0F * x;          // median 12, quartiles 10 and 14
    track.loudness_lufs = -20.0F + 10.0F * x;  // median -15
    track.centroid_hz = 800.0F;
    tracks.push_back(track);
  }
  const Calibration calibration = CalibrationOf(tracks);
  EXPECT_NEAR(calibration.crest_db.median, 12.0F, 1e-4F);
  EXPECT_NEAR(calibration.crest_db.spread, 4.0 / (2.0 * std::log(3.0)), 1e-4);
  EXPECT_NEAR(calibration.crest_db.Of(14.0F), 0.75F, 1e-3F);
  EXPECT_NEAR(calibration.loudness_lufs.median, -15.0F, 1e-4F);
  EXPECT_NEAR(calibration.log_centroid.median, std::log(800.0F), 1e-4F);
  EXPECT_GT(calibration.log_centroid.spread, 0.0F);
  EXPECT_NEAR(calibration.zone_shares[1], Calibration{}.zone_shares[1], 1e-3F);
}

}  // namespace
}  // namespace auralis
