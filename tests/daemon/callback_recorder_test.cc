#include "daemon/callback_recorder.h"

#include <gtest/gtest.h>

#include <vector>

namespace auralis {
namespace {

using namespace std::chrono_literals;

constexpr double kRate = 48000.0;
constexpr std::size_t kFrames = 480;  // 10 ms

// Callbacks as the test has them happen.
class Recording {
 public:
  Recording() { recorder.Prepare(kRate); }

  // One callback that takes so long, then the next one is on time.
  float Play(std::chrono::microseconds taken, std::uint32_t xruns = 0) {
    recorder.Begin(now_, kFrames, xruns);
    const float share = recorder.End(now_ + taken, Shedding::kNothing, stats);
    now_ += std::max<std::chrono::microseconds>(10ms, taken);
    return share;
  }
  void Wait(std::chrono::microseconds time) { now_ += time; }
  std::vector<ipc::BlackBoxSlice> Slices() {
    std::vector<ipc::BlackBoxSlice> slices;
    ipc::BlackBoxSlice slice;
    while (recorder.slices().TryPop(slice)) slices.push_back(slice);
    return slices;
  }

  CallbackRecorder recorder;
  RtStats stats;

 private:
  CallbackRecorder::Time now_{1h};
};

TEST(CallbackRecorder, ASliceSaysHowATenthOfASecondWent) {
  Recording recording;
  EXPECT_FLOAT_EQ(recording.Play(2ms), 0.2F);
  for (int i = 0; i < 9; ++i) recording.Play(i == 4 ? 6ms : 1ms);
  EXPECT_TRUE(recording.Slices().empty()) << "a tenth of a second is not over";
  recording.Play(1ms);
  const auto slices = recording.Slices();
  ASSERT_EQ(slices.size(), 1U);
  const ipc::BlackBoxSlice& one = slices[0];
  EXPECT_EQ(one.began_ns, std::chrono::nanoseconds(1h).count());
  EXPECT_EQ(one.callbacks, 11U);
  EXPECT_EQ(one.frames, 11U * kFrames);
  EXPECT_EQ(one.least_frames, kFrames);
  EXPECT_EQ(one.most_frames, kFrames);
  EXPECT_FLOAT_EQ(one.least_us, 1000.0F);
  EXPECT_FLOAT_EQ(one.most_us, 6000.0F);
  EXPECT_NEAR(one.mean_us, 17000.0F / 11.0F, 0.1F);
  EXPECT_FLOAT_EQ(one.most_share, 0.6F);
  EXPECT_EQ(one.overloads + one.late + one.xruns_device + one.xruns_late + one.xruns_own, 0);
}

TEST(CallbackRecorder, ALostBufferAfterALongCallbackIsOurOwn) {
  Recording recording;
  recording.Play(1ms);
  recording.Play(25ms);  // and so the next one is late, too
  recording.Play(1ms, 2);
  for (int i = 0; i < 10; ++i) recording.Play(1ms);
  const ipc::BlackBoxSlice one = recording.Slices().at(0);
  EXPECT_EQ(one.xruns_own, 2);
  EXPECT_EQ(one.xruns_late, 0);
  EXPECT_EQ(one.xruns_device, 0);
  EXPECT_EQ(one.overloads, 1);
}

TEST(CallbackRecorder, ALostBufferAtALateWakeUpIsTheSchedulers) {
  Recording recording;
  recording.Play(1ms);
  recording.Wait(15ms);
  recording.Play(1ms, 1);
  for (int i = 0; i < 10; ++i) recording.Play(1ms);
  const ipc::BlackBoxSlice one = recording.Slices().at(0);
  EXPECT_EQ(one.xruns_late, 1);
  EXPECT_EQ(one.late, 1);
  EXPECT_NEAR(one.most_late_us, 15000.0F, 1.0F);
  EXPECT_EQ(one.overloads, 0);
}

TEST(CallbackRecorder, ALostBufferWithoutEitherIsTheDevices) {
  Recording recording;
  for (int i = 0; i < 12; ++i) recording.Play(1ms, i == 5 ? 1 : 0);
  const ipc::BlackBoxSlice one = recording.Slices().at(0);
  EXPECT_EQ(one.xruns_device, 1);
  EXPECT_EQ(one.xruns_late + one.xruns_own + one.late, 0);
}

TEST(CallbackRecorder, APauseIsNotLate) {
  CallbackRecorder recorder;
  recorder.Prepare(kRate);
  RtStats stats;
  CallbackRecorder::Time now{1h};
  for (int i = 0; i < 2; ++i, now += 10s) {
    recorder.Begin(now, kFrames, 0, i == 1);
    recorder.End(now + 1ms, Shedding::kNothing, stats);
  }
  ipc::BlackBoxSlice one;
  ASSERT_TRUE(recorder.slices().TryPop(one));
  EXPECT_EQ(one.late, 0);
  EXPECT_EQ(one.most_late_us, 0.0F);
}

TEST(CallbackRecorder, StagesAreTimedInOneBlockOfSixteen) {
  CallbackRecorder recorder;
  recorder.Prepare(kRate);
  RtStats stats;
  CallbackRecorder::Time now{1h};
  int timed = 0;
  for (int i = 0; i < 64; ++i) {
    recorder.Begin(now, 64, 0);
    if (recorder.BeginBlock()) {
      ++timed;
      recorder.BeginStages(now);
      recorder.Mark(0, now + 3us);
      recorder.Mark(1, now + 10us);
      recorder.Mark(ipc::kBlackBoxStages, now + 11us);  // there is no such place
      recorder.EndStages();
    }
    recorder.End(now + 20us, Shedding::kAnalysis, stats);
    now += 2ms;
  }
  EXPECT_EQ(timed, 4);
  ipc::BlackBoxSlice one;
  ASSERT_TRUE(recorder.slices().TryPop(one));
  EXPECT_FLOAT_EQ(one.stage_us[0], 3.0F);
  EXPECT_FLOAT_EQ(one.stage_us[1], 7.0F);
  EXPECT_EQ(one.stage_us[2], 0.0F);
  EXPECT_EQ(one.shedding, 1U);
}

TEST(CallbackRecorder, WhatNobodyFetchesIsCounted) {
  Recording recording;
  for (std::size_t i = 0; i < 11 * (SliceRing::kSlices + 5); ++i) recording.Play(1ms);
  EXPECT_EQ(recording.Slices().size(), SliceRing::kSlices);
  EXPECT_GE(recording.stats.lost_slices.load(), 5U);
}

}  // namespace
}  // namespace auralis
