#include "daemon/flight_recorder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

// Begin and end of a callback, as the test has them.
struct Clock {
  static CallbackRecorder::Time Now() noexcept {
    return CallbackRecorder::Time(std::chrono::nanoseconds(now_ns + (calls++ == 0 ? 0 : taken_ns)));
  }
  static inline std::int64_t now_ns = 0;
  static inline std::int64_t taken_ns = 0;
  static inline int calls = 0;
};

// A recorder of an engine that plays as told.
class Box {
 public:
  explicit Box(std::filesystem::path file) : file_(std::move(file)) {
    Clock::now_ns = 1'000'000'000;
    engine_ = std::make_unique<Engine>(
        EngineOptions{.host_frames = 480, .shed_load = true, .clock = &Clock::Now},
        SignalPath::kDefaults);
    recorder.emplace(
        loop_, file_, registry, [this]() -> Engine& { return *engine_; },
        [this](const ipc::Notice& notice) { told.push_back(notice); });
    recorder->Start();
  }

  void Play(double seconds, double share, std::uint32_t xruns = 0) {
    const auto in = test::Noise(0.3, 480, 1);
    std::vector<float> out(960);
    const float* const input[2] = {in.data(), in.data()};
    float* const output[2] = {out.data(), out.data() + 480};
    for (int i = 0; i < static_cast<int>(seconds * 100.0); ++i) {
      Clock::calls = 0;
      Clock::taken_ns = static_cast<std::int64_t>(share * 1e7);
      engine_->Process({.input = input, .output = output, .frames = 480, .xruns = xruns});
      Clock::now_ns += std::max<std::int64_t>(10'000'000, Clock::taken_ns);
      if (i % 100 == 99) recorder->Drain();
      if (i % 100 == 99) Rearm();
    }
    recorder->Drain();
    Rearm();
  }
  ipc::BlackBoxRecord Read() const { return ipc::ReadBlackBox(recorder->path()); }

  ParamRegistry registry;
  std::vector<ipc::Notice> told;

 private:
  void Rearm() { recorder->Start(); }  // as its timer does after each look

  std::filesystem::path file_;
  boost::asio::io_context loop_;
  std::unique_ptr<Engine> engine_;

 public:
  std::optional<FlightRecorder> recorder;  // goes first: it has a last look at the engine
};

std::string All(const std::vector<ipc::BlackBoxEvent>& events) {
  std::string all;
  for (const ipc::BlackBoxEvent& one : events) {
    all += std::to_string(one.kind) + ": " + one.text.data() + '\n';
  }
  return all;
}

bool Has(const std::vector<ipc::BlackBoxEvent>& events, ipc::BlackBoxKind kind,
         const std::string& text) {
  return std::any_of(events.begin(), events.end(), [&](const ipc::BlackBoxEvent& one) {
    return one.kind == static_cast<std::uint32_t>(kind) &&
           std::string(one.text.data()).find(text) != std::string::npos;
  });
}

TEST(FlightRecorder, KeepsSlicesStagesEventsAndTheLog) {
  const test::TempDir folder;
  Box box(folder / "blackbox.bin");
  box.Play(2.0, 0.1);
  const std::vector<Assignment> change = {{"input.gain", -3.0}};
  ASSERT_FALSE(box.registry.Apply(change, ParamRegistry::Origin::kPerson).has_value());
  spdlog::warn("a line of the log");
  box.Play(1.0, 0.1, 1);
  const ipc::BlackBoxRecord record = box.Read();
  EXPECT_EQ(EndText(record.header), "runs");
  EXPECT_EQ(record.stages.front(), "input");
  EXPECT_EQ(record.stages.back(), "output");
  EXPECT_GE(record.slices.size(), 25U);
  EXPECT_NEAR(record.slices.back().mean_share, 0.1, 1e-3);
  EXPECT_EQ(record.slices.back().revision, box.registry.revision());
  EXPECT_TRUE(Has(record.events, ipc::BlackBoxKind::kWarning, "a line of the log"))
      << All(record.events);
  EXPECT_TRUE(Has(record.events, ipc::BlackBoxKind::kParameters, "revision 0 to 1"));
  EXPECT_TRUE(Has(record.events, ipc::BlackBoxKind::kXrun, "the device or the sound server"));
  const std::string story = BlackBoxStory(record);
  // Those of the last slice are not over yet.
  EXPECT_NE(story.find("91 buffers were lost"), std::string::npos) << story;
  EXPECT_NE(story.find("91 by the device"), std::string::npos) << story;
  struct stat status {};
  ASSERT_EQ(stat((folder / "blackbox.bin").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(static_cast<std::size_t>(status.st_size), sizeof(ipc::BlackBoxImage));
}

// The thread sanitizer judges this; without it, nothing may be missing at the end.
TEST(FlightRecorder, OtherThreadsLogWhileSlicesAreWritten) {
  const test::TempDir folder;
  Box box(folder / "blackbox.bin");
  constexpr std::size_t kLines = 200;
  const std::uint64_t before = box.Read().header.events_written;
  std::thread other([] {
    for (std::size_t i = 0; i < kLines; ++i) spdlog::warn("line {} of another thread", i);
  });
  box.Play(3.0, 0.1);
  other.join();
  box.Play(0.1, 0.1);
  const ipc::BlackBoxRecord record = box.Read();
  EXPECT_EQ(record.header.events_written, before + kLines) << All(record.events);
  EXPECT_GE(record.slices.size(), 30U);
}

TEST(FlightRecorder, TellsWhatIsLeftOutAndThatItIsBack) {
  const test::TempDir folder;
  Box box(folder / "blackbox.bin");
  box.Play(2.0, 0.9);
  box.Play(20.0, 0.1);
  std::vector<std::string> texts;
  for (const ipc::Notice& one : box.told) {
    if (one.kind == ipc::NoticeKind::kOverload) texts.push_back(one.text);
  }
  ASSERT_GE(texts.size(), 2U);
  EXPECT_EQ(texts.front().substr(0, 14), "short of time:");
  EXPECT_EQ(texts.back(), "there is time again: nothing is left out");
}

TEST(FlightRecorder, HoldsTenMinutesAndNotMore) {
  const test::TempDir folder;
  Box box(folder / "blackbox.bin");
  box.Play(700.0, 0.1);
  const ipc::BlackBoxRecord record = box.Read();
  EXPECT_EQ(record.slices.size(), ipc::kBlackBoxSlices);
  EXPECT_EQ(record.header.lost_slices, 0U);
  for (std::size_t i = 1; i < record.slices.size(); ++i) {
    ASSERT_GT(record.slices[i].began_ns, record.slices[i - 1].began_ns);
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "blackbox.bin"), sizeof(ipc::BlackBoxImage));
}

TEST(FlightRecorder, WhatTheLastOneLeftIsKeptBeside) {
  const test::TempDir folder;
  const std::filesystem::path file = folder / "blackbox.bin";
  {
    Box first(file);
    first.Play(1.0, 0.1);
  }
  EXPECT_EQ(EndText(ipc::ReadBlackBox(file).header), "ended in good order");
  Box second(file);
  EXPECT_GE(ipc::ReadBlackBox(file.string() + ".last").slices.size(), 8U);
  EXPECT_EQ(second.Read().slices.size(), 0U);
}

TEST(FlightRecorder, WhereTheFileCannotBeHadItKeepsItsRecordInMemory) {
  const test::TempDir folder;
  const std::filesystem::path file = folder / "blackbox.bin";
  Box first(file);
  first.Play(1.0, 0.1);
  Box second(file);  // locked
  second.Play(2.0, 0.1);
  EXPECT_EQ(first.recorder->path(), file);
  EXPECT_EQ(second.recorder->path().substr(0, 6), "/proc/");
  EXPECT_GE(second.Read().slices.size(), 15U);
  std::filesystem::create_directory(folder / "folder.bin");
  Box third(folder / "folder.bin");
  EXPECT_EQ(third.recorder->path().substr(0, 6), "/proc/");
  std::filesystem::create_symlink(file, folder / "link.bin");
  Box fourth(folder / "link.bin");
  EXPECT_EQ(fourth.recorder->path().substr(0, 6), "/proc/") << "a link of somebody else's";
  ASSERT_EQ(mkfifo((folder / "pipe.bin").c_str(), 0600), 0);
  Box fifth(folder / "pipe.bin");
  EXPECT_EQ(fifth.recorder->path().substr(0, 6), "/proc/");
}

// What the handler of a signal does, without the signal: no slice that was handed over is lost.
TEST(FlightRecorder, ACrashLeavesWhatWasOnItsWay) {
  const test::TempDir folder;
  Box box(folder / "blackbox.bin");
  box.Play(0.5, 0.1);
  const std::size_t before = box.Read().slices.size();
  box.Play(0.5, 0.1);
  box.recorder->Crashed(SIGSEGV);
  const ipc::BlackBoxRecord record = box.Read();
  EXPECT_GT(record.slices.size(), before);
  EXPECT_EQ(EndText(record.header), "ended by signal 11 (SIGSEGV)");
  EXPECT_TRUE(Has(record.events, ipc::BlackBoxKind::kCrash, ""));
}

TEST(BlackBox, WhatIsNoneIsRefusedByName) {
  const test::TempDir folder;
  const auto refusal = [&](const std::string& content) -> std::string {
    std::ofstream(folder / "x", std::ios::binary) << content;
    try {
      ipc::ReadBlackBox(folder / "x");
    } catch (const ipc::IpcError& e) {
      return e.what();
    }
    return "";
  };
  const std::string path = folder / "x";
  EXPECT_NE(refusal("").find(path), std::string::npos);
  EXPECT_NE(refusal("short").find("it has 5 bytes"), std::string::npos);
  std::string image(sizeof(ipc::BlackBoxImage), '\0');
  EXPECT_NE(refusal(image).find("does not begin like one"), std::string::npos);
  std::copy(ipc::kBlackBoxMagic.begin(), ipc::kBlackBoxMagic.end(), image.begin());
  EXPECT_NE(refusal(image).find("another version"), std::string::npos);
  EXPECT_THROW(ipc::ReadBlackBox(folder / "nothing"), ipc::IpcError);
}

}  // namespace
}  // namespace auralis
