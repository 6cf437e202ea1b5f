#include "daemon/virtual_device.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/engine.h"
#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using std::chrono::steady_clock;

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

void Save(const std::filesystem::path& path, const Stereo& x, double rate = 48000.0) {
  SoundFileWriter(path, rate).Write(x.left.data(), x.right.data(), x.left.size());
}

Stereo Load(const std::filesystem::path& path) {
  SoundFileReader reader(path);
  Stereo x;
  x.left.resize(reader.length_frames());
  x.right.resize(reader.length_frames());
  reader.Read(x.left.data(), x.right.data(), x.left.size());
  return x;
}

Stereo Music(std::size_t frames) {
  return {.left = test::Noise(1.2, frames, 21), .right = test::Noise(1.2, frames, 22)};
}

// Runs the device to its end and returns what it said there.
std::string RunToEnd(VirtualDevice& device, AudioCallback& callback) {
  std::promise<std::string> end;
  device.Start(callback, {.ended = [&](const std::string& error) { end.set_value(error); }});
  std::string error = end.get_future().get();
  device.Stop();
  return error;
}

Engine EngineFor(const VirtualDevice& device, const SignalPath::Values& values) {
  return Engine({.sample_rate_hz = device.format().sample_rate_hz,
                 .block_frames = 64,
                 .host_frames = device.format().host_frames,
                 .fade_in = false},
                values);
}

SignalPath::Values Bypassed() {
  SignalPath::Values values = SignalPath::kDefaults;
  values[SignalPath::IndexOf("master", "bypass")] = 1.0F;
  return values;
}

TEST(VirtualDevice, BypassRecordsWhatWasPlayedAsLateAsTheEngineSays) {
  const test::TempDir dir;
  const Stereo x = Music(30011);
  Save(dir / "in.wav", x);
  for (const std::size_t host : {64U, 480U}) {
    VirtualDevice device(
        {.play = dir / "in.wav", .record = dir / "out.wav", .host_frames = host, .paced = false});
    Engine engine = EngineFor(device, Bypassed());
    EXPECT_EQ(RunToEnd(device, engine), "");
    const Stereo y = Load(dir / "out.wav");
    const std::size_t latency = engine.latency_frames();
    ASSERT_EQ(y.left.size(), x.left.size() + latency);  // nothing stays inside
    for (std::size_t i = 0; i < x.left.size(); ++i) {
      ASSERT_EQ(y.left[i + latency], x.left[i]);
      ASSERT_EQ(y.right[i + latency], x.right[i]);
    }
  }
}

TEST(VirtualDevice, RecordsTheSameForEveryHostBuffer) {
  const test::TempDir dir;
  Save(dir / "in.wav", Music(20000));
  Stereo expected;
  std::size_t expected_latency = 0;
  SignalPath::Values values = SignalPath::kDefaults;
  values[SignalPath::IndexOf("input", "gain")] = 6.0F;
  for (const std::size_t host : {64U, 1U, 13U, 104U, 480U, 512U, 4096U}) {
    VirtualDevice device(
        {.play = dir / "in.wav", .record = dir / "out.wav", .host_frames = host, .paced = false});
    Engine engine = EngineFor(device, values);
    ASSERT_EQ(RunToEnd(device, engine), "");
    const Stereo y = Load(dir / "out.wav");
    if (expected.left.empty()) {
      expected = y;
      expected_latency = engine.latency_frames();
      continue;
    }
    const std::size_t later = engine.latency_frames() - expected_latency;
    ASSERT_EQ(y.left.size(), expected.left.size() + later);
    for (std::size_t i = 0; i < expected.left.size(); ++i) {
      ASSERT_EQ(y.left[i + later], expected.left[i]) << host << " at " << i;
      ASSERT_EQ(y.right[i + later], expected.right[i]) << host << " at " << i;
    }
  }
}

TEST(VirtualDevice, PacedItTakesAsLongAsTheMusic) {
  const test::TempDir dir;
  Save(dir / "in.wav", Music(24000));  // half a second
  VirtualDevice device({.play = dir / "in.wav"});
  Engine engine = EngineFor(device, SignalPath::kDefaults);
  const auto start = steady_clock::now();
  EXPECT_EQ(RunToEnd(device, engine), "");
  const std::chrono::duration<double> took = steady_clock::now() - start;
  EXPECT_GE(took.count(), 0.5);
  EXPECT_LT(took.count(), 1.5);
}

TEST(VirtualDevice, LoopsWithoutASeam) {
  const test::TempDir dir;
  const Stereo x = Music(1000);
  Save(dir / "in.wav", x);
  // A callback that keeps what it hears.
  class Ear : public AudioCallback {
   public:
    void Process(const HostBuffer& buffer) noexcept override {
      const std::lock_guard lock(mutex);
      if (heard.size() < 5000) {
        heard.insert(heard.end(), buffer.input[0], buffer.input[0] + buffer.frames);
      } else if (!full) {
        full = true;
        done.set_value();
      }
    }
    std::size_t latency_frames() const noexcept override { return 0; }
    std::mutex mutex;
    std::vector<float> heard;
    bool full = false;
    std::promise<void> done;
  } ear;
  VirtualDevice device({.play = dir / "in.wav", .loop = true, .host_frames = 300, .paced = false});
  device.Start(ear, {.ended = [](const std::string&) { FAIL() << "a loop does not end"; }});
  ear.done.get_future().wait();
  device.Stop();
  for (std::size_t i = 0; i < 5000; ++i) ASSERT_EQ(ear.heard[i], x.left[i % 1000]) << i;
}

TEST(VirtualDevice, StopEndsAnEndlessStream) {
  VirtualDevice device({});
  Engine engine = EngineFor(device, SignalPath::kDefaults);
  bool ended = false;
  device.Start(engine, {.ended = [&](const std::string&) { ended = true; }});
  while (engine.stats().callbacks.load() < 3) std::this_thread::yield();
  device.Stop();
  device.Stop();
  EXPECT_FALSE(ended);
  const std::uint64_t callbacks = engine.stats().callbacks.load();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(engine.stats().callbacks.load(), callbacks);
}

TEST(VirtualDevice, RefusesWhatCannotWork) {
  const test::TempDir dir;
  Save(dir / "in.wav", Music(100), 44100.0);
  EXPECT_EQ(VirtualDevice({.play = dir / "in.wav"}).format().sample_rate_hz, 44100.0);
  EXPECT_THROW(VirtualDevice({.play = dir / "in.wav", .sample_rate_hz = 48000.0}), DeviceError);
  EXPECT_THROW(VirtualDevice({.play = dir / "in.wav", .record = dir / "in.wav"}), FileError);
  EXPECT_THROW(VirtualDevice({.play = dir / "none.wav"}), FileError);
  EXPECT_THROW(VirtualDevice({.host_frames = 0}), DeviceError);
  EXPECT_EQ(Load(dir / "in.wav").left.size(), 100U);  // untouched
}

// While one is alive, no file of this process grows past `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &saved_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = saved_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &saved_);
    std::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit saved_{};
};

TEST(VirtualDevice, AFullDiskEndsTheStreamSaysWhyAndLeavesWhatFitted) {
  const test::TempDir dir;
  const Stereo x = Music(480000);
  Save(dir / "in.wav", x);
  std::string error;
  {
    const FileSizeLimit limit(1 << 20);
    VirtualDevice device({.play = dir / "in.wav", .record = dir / "out.wav", .paced = false});
    Engine engine = EngineFor(device, SignalPath::kDefaults);
    error = RunToEnd(device, engine);
  }
  EXPECT_NE(error.find("out.wav: cannot be written on"), std::string::npos) << error;
  EXPECT_GT(Load(dir / "out.wav").left.size(), 100000U);
}

TEST(Programme, IsTheSameWhereverItIsCutAndStaysBelowFullScale) {
  Programme whole(48000.0);
  Programme pieces(48000.0);
  constexpr std::size_t kFrames = 48000 * 33;  // past its end: it repeats
  Stereo a{.left = std::vector<float>(kFrames), .right = std::vector<float>(kFrames)};
  Stereo b = a;
  whole.Render(a.left.data(), a.right.data(), kFrames);
  for (std::size_t at = 0; at < kFrames; at += 997) {
    pieces.Render(b.left.data() + at, b.right.data() + at,
                  std::min<std::size_t>(997, kFrames - at));
  }
  EXPECT_EQ(a.left, b.left);
  EXPECT_EQ(a.right, b.right);
  float peak = 0.0F;
  for (const auto* channel : {&a.left, &a.right}) {
    for (const float v : *channel) peak = std::max(peak, std::abs(v));
  }
  EXPECT_LT(peak, 1.0F);
  EXPECT_GT(peak, 0.7F);
}

}  // namespace
}  // namespace auralis
