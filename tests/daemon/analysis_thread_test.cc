#include "daemon/analysis_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>

#include "tests/support/signals.h"

namespace auralis {
namespace {

TapBlock Tap(std::uint64_t position, const std::vector<float>& input,
             const std::vector<float>& output) {
  TapBlock tap{};
  tap.position_frames = position;
  tap.frames = kTapFrames;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(position), kTapFrames,
                tap.input[ch].begin());
    std::copy_n(output.begin() + static_cast<std::ptrdiff_t>(position), kTapFrames,
                tap.output[ch].begin());
  }
  return tap;
}

TEST(AnalysisThread, ReportsWhatTheTapsCarry) {
  constexpr std::size_t kFrames = 48000;
  const auto input = test::Sine(1000.0, 0.5, 48000.0, kFrames);
  const auto output = test::Sine(1000.0, 0.25, 48000.0, kFrames);
  TapQueue taps(kFrames / kTapFrames);
  for (std::size_t at = 0; at < kFrames; at += kTapFrames) {
    ASSERT_TRUE(taps.TryPush(Tap(at, input, output)));
  }
  std::mutex mutex;
  AnalysisFrame last;
  std::atomic<int> reports{0};
  {
    const AnalysisThread thread(taps, 48000.0, [&](const AnalysisFrame& frame) {
      const std::lock_guard lock(mutex);
      last = frame;
      ++reports;
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (reports == 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  ASSERT_GT(reports, 0);
  EXPECT_NEAR(last.input.peak_dbfs[0], -6.02, 0.01);
  EXPECT_NEAR(last.output.peak_dbfs[1], -12.04, 0.01);
  EXPECT_NEAR(last.input.rms_dbfs[1], -9.03, 0.05);
}

TEST(AnalysisThread, IsSilentWhereNothingStreams) {
  TapQueue taps(16);
  std::atomic<int> reports{0};
  {
    const AnalysisThread thread(taps, 48000.0, [&](const AnalysisFrame&) { ++reports; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(reports, 0);
}

// Nobody plays: it looks into the queue less than once a second, loses nothing of what comes then,
// and is there at once where it is woken.
TEST(AnalysisThread, NapsWhereNothingStreamsAndWakes) {
  constexpr std::size_t kFrames = 2 * 48000;
  const auto sine = test::Sine(1000.0, 0.5, 48000.0, kFrames);
  TapQueue taps(kFrames / kTapFrames);
  std::atomic<int> reports{0};
  std::atomic<std::uint64_t> position{0};
  RecentSound recent(48000.0, 1.0);
  AnalysisThread thread(
      taps, 48000.0,
      [&](const AnalysisFrame& frame) {
        position = frame.position_frames;
        ++reports;
      },
      &recent);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // it naps
  for (std::size_t at = 0; at < kFrames; at += kTapFrames) {
    ASSERT_TRUE(taps.TryPush(Tap(at, sine, sine)));
  }
  const auto pushed = std::chrono::steady_clock::now();
  thread.Wake();
  while (reports == 0 && std::chrono::steady_clock::now() < pushed + std::chrono::seconds(10)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(reports, 1);
  EXPECT_EQ(position, kFrames - 1);
  EXPECT_EQ(recent.Newest(64)[0].size(), 64U);
}

// While music plays and nobody makes use of the readings, ten a second do; as soon as somebody
// does, or something is changed, there are as many as meters want.
TEST(AnalysisThread, ReportsSeldomWhereNobodyFollows) {
  const auto sine = test::Sine(1000.0, 0.5, 48000.0, 2 * kTapFrames);
  TapQueue taps(4096);
  std::atomic<int> reports{0};
  AnalysisThread thread(taps, 48000.0, [&](const AnalysisFrame&) { ++reports; });
  std::jthread music([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      taps.TryPush(Tap(0, sine, sine));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto reports_in_half_a_second = [&] {
    const int before = reports;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    return reports - before;
  };
  thread.Follow(false);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // what was woken is calm again
  EXPECT_LE(reports_in_half_a_second(), 6);
  thread.Wake();
  EXPECT_GT(reports_in_half_a_second(), 10);
  std::this_thread::sleep_for(std::chrono::milliseconds(800));
  EXPECT_LE(reports_in_half_a_second(), 6);
  thread.Follow(true);
  EXPECT_GT(reports_in_half_a_second(), 10);
}

}  // namespace
}  // namespace auralis
