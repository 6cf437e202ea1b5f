#include "daemon/pipe_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

// The other end of a pipe, which does not block.
class Reader {
 public:
  explicit Reader(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  ~Reader() { close(descriptor_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::vector<std::int16_t> ReadAll() const {
    std::vector<std::int16_t> all;
    std::vector<std::int16_t> part(4096);
    for (;;) {
      const ssize_t got = read(descriptor_, part.data(), part.size() * sizeof(part[0]));
      if (got <= 0) return all;
      EXPECT_EQ(got % 4, 0) << "half a frame";
      all.insert(all.end(), part.begin(), part.begin() + got / 2);
    }
  }

 private:
  int descriptor_;
};

class PipeWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the daemon does
    ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  }
  void TearDown() override { std::signal(SIGPIPE, SIG_DFL); }

  test::TempDir folder_;
  std::string path_ = folder_ / "fifo";
};

std::vector<float> Constant(float value, std::size_t frames) {
  return std::vector<float>(frames, value);
}

TEST_F(PipeWriterTest, WritesSixteenBitsWithTriangularDither) {
  const Reader reader(path_);
  PipeWriter writer(path_);
  constexpr std::size_t kFrames = 12000;
  // Between two steps, where rounding alone would always give the same.
  const std::vector<float> left = Constant(100.25F / 32768.0F, kFrames);
  const std::vector<float> right = Constant(-2.0F, kFrames);  // over full scale
  writer.Write(left.data(), right.data(), kFrames);
  const std::vector<std::int16_t> heard = reader.ReadAll();
  ASSERT_EQ(heard.size(), 2 * kFrames);
  double sum = 0.0;
  double square = 0.0;
  for (std::size_t i = 0; i < kFrames; ++i) {
    const double error = heard[2 * i] - 100.25;
    ASSERT_LE(std::abs(error), 1.5);
    sum += error;
    square += error * error;
    ASSERT_EQ(heard[2 * i + 1], -32768);
  }
  // The mean is that of the signal; the noise that of triangular dither and rounding: 1/4 LSB^2.
  EXPECT_NEAR(sum / kFrames, 0.0, 0.02);
  EXPECT_NEAR(square / kFrames, 0.25, 0.02);
  EXPECT_EQ(writer.dropped_frames(), 0U);
}

TEST_F(PipeWriterTest, ReadersComeAndGo) {
  PipeWriter writer(path_);
  constexpr std::size_t kFrames = 1024;
  constexpr std::size_t kPipeFrames = 65536 / 4;
  std::size_t written = 0;
  std::size_t heard = 0;
  for (int turn = 1; turn <= 3; ++turn) {
    const float value = 0.1F * static_cast<float>(turn);
    for (int block = 0; block < 100; ++block) {  // six times what the pipe holds, and nobody there
      const std::vector<float> samples = Constant(value, kFrames);
      writer.Write(samples.data(), samples.data(), kFrames);
      written += kFrames;
    }
    const Reader reader(path_);
    const std::vector<std::int16_t> late = reader.ReadAll();
    ASSERT_GT(late.size(), 0U);
    EXPECT_LE(late.size() / 2, kPipeFrames);  // nothing that is older
    for (const std::int16_t sample : late) ASSERT_NEAR(sample, value * 32767.0F, 2.0F);
    heard += late.size() / 2;
    EXPECT_EQ(heard + writer.dropped_frames(), written);
    // From here on all of it.
    const std::vector<float> samples = Constant(value, kFrames);
    writer.Write(samples.data(), samples.data(), kFrames);
    written += kFrames;
    EXPECT_EQ(reader.ReadAll().size(), 2 * kFrames);
    heard += kFrames;
  }
}

// As Snapcast's server does: it opens, finds nothing, and would take an end of file for the end.
TEST_F(PipeWriterTest, AReaderThatLooksInEarlySeesNoEnd) {
  PipeWriter writer(path_);
  const int descriptor = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  char byte = 0;
  errno = 0;
  EXPECT_EQ(read(descriptor, &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  close(descriptor);
}

TEST_F(PipeWriterTest, ASlowReaderLosesWholeFramesAndHoldsNobody) {
  const Reader reader(path_);
  PipeWriter writer(path_);
  constexpr std::size_t kFrames = 997;  // no divisor of the pipe's size
  std::size_t written = 0;
  std::vector<std::int16_t> heard;
  for (int block = 0; block < 100; ++block) {
    const float value = static_cast<float>(block) / 100.0F;
    const std::vector<float> left = Constant(value, kFrames);
    const std::vector<float> right = Constant(-value, kFrames);
    writer.Write(left.data(), right.data(), kFrames);
    written += kFrames;
    if (block == 60) heard = reader.ReadAll();
  }
  const std::vector<std::int16_t> rest = reader.ReadAll();
  heard.insert(heard.end(), rest.begin(), rest.end());
  EXPECT_GT(writer.dropped_frames(), 0U);
  ASSERT_EQ(heard.size() / 2 + writer.dropped_frames(), written);
  for (std::size_t i = 0; i + 1 < heard.size(); i += 2) {
    ASSERT_NEAR(heard[i], -heard[i + 1], 3) << "left and right changed places at " << i / 2;
  }
}

TEST_F(PipeWriterTest, WaitsForASlowReaderWhereItIsTheClock) {
  const Reader reader(path_);
  PipeWriter writer(path_);
  constexpr std::size_t kFrames = 100000;  // six times what the pipe holds
  std::size_t heard = 0;
  std::thread slow([&] {
    while (heard < 2 * kFrames) {
      heard += reader.ReadAll().size();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const std::vector<float> samples = Constant(0.1F, kFrames);
  writer.Write(samples.data(), samples.data(), kFrames, [] { return false; });
  slow.join();
  EXPECT_EQ(heard, 2 * kFrames);
  EXPECT_EQ(writer.dropped_frames(), 0U);
  writer.Write(samples.data(), samples.data(), kFrames, [] { return true; });  // gives up
  EXPECT_GT(writer.dropped_frames(), 0U);
}

TEST_F(PipeWriterTest, KnowsWhatIsAPipe) {
  EXPECT_TRUE(PipeWriter::IsFor("-"));
  EXPECT_TRUE(PipeWriter::IsFor(path_));
  EXPECT_FALSE(PipeWriter::IsFor(folder_ / "out.wav"));
  EXPECT_FALSE(PipeWriter::IsFor(folder_.path()));
}

}  // namespace
}  // namespace auralis
