#include "dsp/analysis/analyzer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tests/support/measure.h"
#include "tests/support/rt_guard.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using test::Signal;

constexpr float kSilence = -std::numeric_limits<float>::infinity();

// Feeds an analyzer and keeps count of the position.
class Feed {
 public:
  explicit Feed(double rate_hz) { analyzer.Prepare(rate_hz); }
  void Push(const Signal& input, const Signal& output, std::size_t from, std::size_t frames,
            float reduction_db = 0.0F) {
    const float* const in[2] = {input.data() + from, input.data() + from};
    const float* const out[2] = {output.data() + from, output.data() + from};
    ChainGains gains{.leveler_gain = 0.5F};
    gains.reductions_db.back() = reduction_db;
    analyzer.Push(position, in, out, frames, gains);
    position += frames;
  }
  void PushAll(const Signal& input, const Signal& output, std::size_t piece) {
    for (std::size_t at = 0; at < input.size(); at += piece) {
      Push(input, output, at, std::min(piece, input.size() - at));
    }
  }
  Analyzer analyzer;
  std::uint64_t position = 0;
};

void ExpectSame(const LevelReadings& a, const LevelReadings& b) {
  EXPECT_EQ(a.peak_dbfs, b.peak_dbfs);
  EXPECT_EQ(a.rms_dbfs, b.rms_dbfs);
  EXPECT_EQ(a.true_peak_dbtp, b.true_peak_dbtp);
  EXPECT_EQ(a.momentary_lufs, b.momentary_lufs);
  EXPECT_EQ(a.short_term_lufs, b.short_term_lufs);
  EXPECT_EQ(a.integrated_lufs, b.integrated_lufs);
  EXPECT_EQ(a.spectrum_dbfs, b.spectrum_dbfs);
  EXPECT_EQ(a.loudness_range_lu, b.loudness_range_lu);
  EXPECT_EQ(a.shape.centroid_hz, b.shape.centroid_hz);
  EXPECT_EQ(a.onsets_per_s, b.onsets_per_s);
  EXPECT_EQ(a.critical_power, b.critical_power);
  EXPECT_EQ(a.zone_power, b.zone_power);
}

TEST(Analyzer, MeasuresInputAndOutputByThemselves) {
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    const auto frames = static_cast<std::size_t>(4.0 * rate);
    const Signal loud = test::Sine(1000.0, 0.5, rate, frames);
    const Signal soft = test::Sine(1000.0, 0.05, rate, frames);
    Feed feed(rate);
    feed.PushAll(soft, loud, 64);
    const AnalysisFrame frame = feed.analyzer.Take();
    EXPECT_EQ(frame.position_frames, frames - 1);
    for (const auto& [readings, level] :
         {std::pair(frame.input, -26.02), std::pair(frame.output, -6.02)}) {
      for (std::size_t ch = 0; ch < 2; ++ch) {
        EXPECT_NEAR(readings.peak_dbfs[ch], level, 0.03) << rate;
        EXPECT_NEAR(readings.rms_dbfs[ch], level - 3.01, 0.02) << rate;
        EXPECT_NEAR(readings.true_peak_dbtp[ch], level, 0.1) << rate;
      }
      EXPECT_NEAR(readings.momentary_lufs, level, 0.05) << rate;
      EXPECT_NEAR(readings.short_term_lufs, level, 0.05) << rate;
      EXPECT_NEAR(readings.integrated_lufs, level, 0.05) << rate;
      EXPECT_NEAR(readings.loudness_range_lu, 0.0, 0.02) << rate;
      EXPECT_NEAR(readings.crest_db, 3.01, 0.02) << rate;
      EXPECT_NEAR(readings.stereo.correlation, 1.0, 1e-5) << rate;
      EXPECT_NEAR(readings.shape.centroid_hz, 1000.0, 5.0) << rate;
      EXPECT_NEAR(10.0F * std::log10(readings.zone_power[3]), level, 0.1) << rate;
      EXPECT_NEAR(*std::max_element(readings.spectrum_dbfs.begin(), readings.spectrum_dbfs.end()),
                  level, 0.1)
          << rate;
    }
  }
}

TEST(Analyzer, DoesNotDependOnTheCut) {
  const Signal input = test::Noise(0.5, 200001, 31);
  const Signal output = test::Noise(0.8, 200001, 32);
  for (const double rate : {44100.0, 192000.0}) {
    Feed whole(rate);
    whole.PushAll(input, output, input.size());
    const AnalysisFrame expected = whole.analyzer.Take();
    for (const std::size_t piece : {1U, 13U, 64U, 480U}) {
      Feed cut(rate);
      cut.PushAll(input, output, piece);
      const AnalysisFrame frame = cut.analyzer.Take();
      EXPECT_EQ(frame.position_frames, expected.position_frames);
      ExpectSame(frame.input, expected.input);
      ExpectSame(frame.output, expected.output);
    }
  }
}

TEST(Analyzer, StartsNewMaximaWithEveryFrame) {
  Feed feed(48000.0);
  const Signal click = test::Impulse(64, 50, 0.9F);
  const Signal silent = test::Silence(64);
  feed.Push(silent, silent, 0, 64, 1.5F);
  feed.Push(click, silent, 0, 64, 3.5F);
  feed.Push(silent, silent, 0, 37, 0.5F);
  const AnalysisFrame first = feed.analyzer.Take();
  EXPECT_NEAR(first.input.peak_dbfs[0], -0.915, 0.001);
  EXPECT_NEAR(first.input.true_peak_dbtp[1], -0.915, 0.001);
  EXPECT_EQ(first.output.peak_dbfs[0], kSilence);
  EXPECT_EQ(first.gain_reductions_db.back(), 3.5F);
  EXPECT_EQ(first.gain_reductions_db.front(), 0.0F);
  EXPECT_NEAR(first.leveler_gain_db, -6.02F, 0.01F);
  feed.Push(silent, silent, 0, 64);
  const AnalysisFrame second = feed.analyzer.Take();
  EXPECT_EQ(second.input.peak_dbfs[0], kSilence);
  EXPECT_EQ(second.input.true_peak_dbtp[0], kSilence);
  EXPECT_EQ(second.gain_reductions_db.back(), 0.0F);
}

TEST(Analyzer, SilenceReadsMinusInfinityEverywhere) {
  Feed feed(44100.0);
  const Signal silent = test::Silence(44100);
  feed.PushAll(silent, silent, 441);
  const AnalysisFrame frame = feed.analyzer.Take();
  for (const LevelReadings& readings : {frame.input, frame.output}) {
    EXPECT_EQ(readings.peak_dbfs, (std::array{kSilence, kSilence}));
    EXPECT_EQ(readings.rms_dbfs, (std::array{kSilence, kSilence}));
    EXPECT_EQ(readings.true_peak_dbtp, (std::array{kSilence, kSilence}));
    EXPECT_EQ(readings.momentary_lufs, kSilence);
    EXPECT_EQ(readings.short_term_lufs, kSilence);
    EXPECT_EQ(readings.integrated_lufs, kSilence);
    for (const float level : readings.spectrum_dbfs) EXPECT_EQ(level, kSilence);
  }
}

TEST(Analyzer, TakesAGapAsLostAndNotAsSilence) {
  Feed feed(48000.0);
  const Signal tone = test::Sine(1000.0, 0.5, 48000.0, 48000);
  Signal inverted = tone;
  for (float& sample : inverted) sample = -sample;
  for (int second = 0; second < 4; ++second) feed.PushAll(tone, tone, 64);
  feed.analyzer.Take();
  feed.position += 960000;
  // In the middle of a period, so that the seam is a step of full height.
  feed.Push(inverted, inverted, 12, 4800);
  const AnalysisFrame frame = feed.analyzer.Take();
  EXPECT_EQ(frame.position_frames, 192000U + 960000U + 4799U);
  EXPECT_NEAR(frame.input.rms_dbfs[0], -9.03, 0.05);
  EXPECT_NEAR(frame.input.true_peak_dbtp[0], -6.02, 0.1);
  EXPECT_NEAR(frame.input.short_term_lufs, -6.02, 0.1);
  EXPECT_NEAR(frame.input.integrated_lufs, -6.02, 0.1);
  EXPECT_LT(frame.input.spectrum_dbfs[55], -80.0F);
  EXPECT_NEAR(frame.input.spectrum_dbfs[36], -6.02, 0.1);
}

TEST(Analyzer, NonFiniteSamplesCountAsSilenceAndSpoilNothing) {
  Feed feed(48000.0);
  const Signal tone = test::Sine(1000.0, 0.5, 48000.0, 48000);
  Signal broken = tone;
  broken[100] = std::numeric_limits<float>::quiet_NaN();
  broken[5000] = std::numeric_limits<float>::infinity();
  broken[9000] = -std::numeric_limits<float>::max();
  feed.PushAll(broken, broken, 480);
  for (int second = 0; second < 4; ++second) feed.PushAll(tone, tone, 480);
  const AnalysisFrame frame = feed.analyzer.Take();
  EXPECT_NEAR(frame.input.peak_dbfs[0], -6.02, 0.01);
  EXPECT_NEAR(frame.input.rms_dbfs[0], -9.03, 0.01);
  EXPECT_NEAR(frame.input.short_term_lufs, -6.02, 0.1);
  EXPECT_NEAR(frame.input.integrated_lufs, -6.02, 0.1);
  EXPECT_NEAR(frame.input.spectrum_dbfs[36], -6.02, 0.1);
}

TEST(Analyzer, PrepareForgets) {
  Feed feed(48000.0);
  const Signal noise = test::Noise(0.5, 48000, 3);
  feed.PushAll(noise, noise, 480);
  feed.analyzer.Prepare(44100.0);
  const AnalysisFrame frame = feed.analyzer.Take();
  EXPECT_EQ(frame.position_frames, 0U);
  EXPECT_EQ(frame.input.peak_dbfs[0], kSilence);
  EXPECT_EQ(frame.output.integrated_lufs, kSilence);
  EXPECT_EQ(frame.output.spectrum_dbfs[40], kSilence);
}

TEST(Analyzer, AllocatesNothingOnceItIsPrepared) {
  if (!test::RtGuard::active()) GTEST_SKIP() << "a sanitizer owns malloc";
  Feed feed(48000.0);
  const Signal noise = test::Noise(0.5, 192000, 3);
  AnalysisFrame frame;
  {
    const test::RtGuard guard;
    feed.PushAll(noise, noise, 64);
    feed.position += 1000;
    feed.PushAll(noise, noise, 1023);
    frame = feed.analyzer.Take();
  }
  EXPECT_EQ(test::RtGuard::violations(), 0U);
  EXPECT_GT(frame.input.short_term_lufs, -20.0F);
}

}  // namespace
}  // namespace auralis
