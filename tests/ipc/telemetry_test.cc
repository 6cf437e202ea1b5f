#include "ipc/telemetry.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/ipc/support/test_server.h"

namespace auralis::ipc {
namespace {

using std::chrono::milliseconds;
using Time = Telemetry::Clock::time_point;

constexpr Time kStart{std::chrono::hours(1)};

// Readings at 60 Hz for ten seconds, each up to `jitter_ms` early or late.
std::size_t EventsInTenSeconds(float rate_hz, int jitter_ms) {
  Telemetry telemetry;
  telemetry.Subscribe({{Stream::kMeters, rate_hz}});
  std::size_t events = 0;
  for (int i = 0; i < 600; ++i) {
    const int early_or_late = i % 2 == 0 ? jitter_ms : -jitter_ms;
    const Time now = kStart + milliseconds(i * 1000 / 60 + early_or_late);
    events += telemetry.Take(test::SomeFrame(), now, true).size();
  }
  return events;
}

TEST(Telemetry, KeepsTheAverageRate) {
  EXPECT_NEAR(static_cast<double>(EventsInTenSeconds(60.0F, 0)), 600.0, 2.0);
  EXPECT_NEAR(static_cast<double>(EventsInTenSeconds(60.0F, 1)), 600.0, 12.0);
  EXPECT_NEAR(static_cast<double>(EventsInTenSeconds(25.0F, 0)), 250.0, 2.0);
  EXPECT_NEAR(static_cast<double>(EventsInTenSeconds(7.0F, 2)), 70.0, 2.0);
  EXPECT_NEAR(static_cast<double>(EventsInTenSeconds(1.0F, 0)), 10.0, 1.0);
  EXPECT_EQ(EventsInTenSeconds(120.0F, 0), 600U);  // what there is to report is the cap
}

TEST(Telemetry, SendsNothingThatWasNotSubscribed) {
  Telemetry telemetry;
  EXPECT_FALSE(telemetry.active());
  EXPECT_TRUE(telemetry.Take(test::SomeFrame(), kStart, true).empty());
  telemetry.Subscribe({{Stream::kSpectrum, 60.0F}});
  EXPECT_TRUE(telemetry.active());
  const auto events = telemetry.Take(test::SomeFrame(), kStart, true);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Spectrum>(events[0]));
  telemetry.Subscribe({});
  EXPECT_FALSE(telemetry.active());
  EXPECT_TRUE(telemetry.Take(test::SomeFrame(), kStart + milliseconds(500), true).empty());
}

TEST(Telemetry, HoldsPeaksBetweenEventsAndNotBeyond) {
  Telemetry telemetry;
  telemetry.Subscribe({{Stream::kMeters, 10.0F}});
  ASSERT_EQ(telemetry.Take(test::SomeFrame(), kStart, true).size(), 1U);
  const AnalysisFrame loud = test::SomeFrame(6.0F);
  const AnalysisFrame quiet = test::SomeFrame(-20.0F);
  EXPECT_TRUE(telemetry.Take(loud, kStart + milliseconds(20), true).empty());
  EXPECT_TRUE(telemetry.Take(quiet, kStart + milliseconds(40), true).empty());
  const auto events = telemetry.Take(quiet, kStart + milliseconds(100), true);
  ASSERT_EQ(events.size(), 1U);
  const auto& meters = std::get<Meters>(events[0]);
  EXPECT_EQ(meters.input.peak_dbfs, loud.input.peak_dbfs);
  EXPECT_EQ(meters.output.true_peak_dbtp, loud.output.true_peak_dbtp);
  ASSERT_EQ(meters.gain_reductions.size(), loud.gain_reductions_db.size());
  for (std::size_t i = 0; i < meters.gain_reductions.size(); ++i) {
    EXPECT_EQ(meters.gain_reductions[i].db, loud.gain_reductions_db[i]);
  }
  EXPECT_EQ(meters.gain_reductions.back().stage, "limiter");
  EXPECT_EQ(meters.limiter_gain_reduction_db, loud.gain_reductions_db.back());
  EXPECT_EQ(meters.output.rms_dbfs, quiet.output.rms_dbfs);
  EXPECT_EQ(meters.output.momentary_lufs, quiet.output.momentary_lufs);
  const auto after = telemetry.Take(quiet, kStart + milliseconds(200), true);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(std::get<Meters>(after[0]).input.peak_dbfs, quiet.input.peak_dbfs);
}

TEST(Telemetry, CountsWhatAClientHasNoRoomForAndKeepsItsPeaks) {
  Telemetry telemetry;
  telemetry.Subscribe({{Stream::kMeters, 10.0F}, {Stream::kSpectrum, 10.0F}});
  const AnalysisFrame loud = test::SomeFrame(6.0F);
  EXPECT_TRUE(telemetry.Take(loud, kStart, false).empty());
  EXPECT_TRUE(telemetry.Take(test::SomeFrame(), kStart + milliseconds(100), false).empty());
  EXPECT_TRUE(telemetry.Take(test::SomeFrame(), kStart + milliseconds(150), false).empty());
  EXPECT_EQ(telemetry.lost(), 4U);
  const auto events = telemetry.Take(test::SomeFrame(), kStart + milliseconds(200), true);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(std::get<Meters>(events[0]).lost, 4U);
  EXPECT_EQ(std::get<Meters>(events[0]).input.peak_dbfs, loud.input.peak_dbfs);
  EXPECT_EQ(std::get<Spectrum>(events[1]).lost, 4U);
}

}  // namespace
}  // namespace auralis::ipc
