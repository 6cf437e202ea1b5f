#include "daemon/sound_file.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

std::string ErrorOf(const std::filesystem::path& path) {
  try {
    const SoundFileReader reader(path);
  } catch (const FileError& e) {
    return e.what();
  }
  return "";
}

void WriteFile(const std::filesystem::path& path, int channels, int rate, std::size_t frames) {
  SF_INFO info{};
  info.channels = channels;
  info.samplerate = rate;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr);
  std::vector<float> samples(frames * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i) * 1e-4F;
  sf_writef_float(file, samples.data(), static_cast<sf_count_t>(frames));
  sf_close(file);
}

TEST(SoundFile, WavComesBackBitForBit) {
  const test::TempDir dir;
  const auto left = test::Noise(1.5, 10007, 1);  // over full scale: float keeps it
  const auto right = test::Noise(1.5, 10007, 2);
  {
    SoundFileWriter writer(dir / "a.wav", 44100.0);
    writer.Write(left.data(), right.data(), 5000);
    writer.Write(left.data() + 5000, right.data() + 5000, 5007);
  }
  SoundFileReader reader(dir / "a.wav");
  EXPECT_EQ(reader.sample_rate_hz(), 44100.0);
  EXPECT_EQ(reader.length_frames(), 10007U);
  std::vector<float> l(20000);
  std::vector<float> r(20000);
  EXPECT_EQ(reader.Read(l.data(), r.data(), 20000), 10007U);
  l.resize(10007);
  r.resize(10007);
  EXPECT_EQ(l, left);
  EXPECT_EQ(r, right);
}

TEST(SoundFile, FlacComesBackWithin24Bits) {
  const test::TempDir dir;
  const auto x = test::Noise(0.9, 4800, 3);
  { SoundFileWriter(dir / "a.flac", 48000.0).Write(x.data(), x.data(), x.size()); }
  SoundFileReader reader(dir / "a.flac");
  std::vector<float> l(4800);
  std::vector<float> r(4800);
  ASSERT_EQ(reader.Read(l.data(), r.data(), 4800), 4800U);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(l[i], x[i], 1.0 / (1 << 23));
}

TEST(SoundFile, AMonoFileSoundsOnBothSides) {
  const test::TempDir dir;
  WriteFile(dir / "mono.wav", 1, 8000, 100);
  SoundFileReader reader(dir / "mono.wav");
  std::vector<float> l(100);
  std::vector<float> r(100);
  ASSERT_EQ(reader.Read(l.data(), r.data(), 100), 100U);
  EXPECT_EQ(l, r);
  EXPECT_FLOAT_EQ(l[99], 99e-4F);
}

TEST(SoundFile, WhatIsSyncedCanBeReadThoughNobodyClosedTheFile) {
  const test::TempDir dir;
  const auto x = test::Noise(0.9, 4800, 4);
  SoundFileWriter writer(dir / "a.wav", 48000.0);
  writer.Write(x.data(), x.data(), x.size());
  writer.Sync();
  // As after kill -9: another reader, while the writer never closed.
  EXPECT_EQ(SoundFileReader(dir / "a.wav").length_frames(), 4800U);
}

TEST(SoundFile, ErrorsNameTheFileAndWhatIsAllowed) {
  const test::TempDir dir;
  EXPECT_NE(ErrorOf(dir / "missing.wav").find("missing.wav: cannot be played"), std::string::npos);

  std::ofstream(dir / "text.wav") << "this is not audio";
  EXPECT_NE(ErrorOf(dir / "text.wav").find("text.wav: cannot be played"), std::string::npos);

  WriteFile(dir / "six.wav", 6, 48000, 10);
  EXPECT_NE(ErrorOf(dir / "six.wav").find("6 channels; 1 and 2 are supported"), std::string::npos);

  WriteFile(dir / "empty.wav", 2, 48000, 0);
  EXPECT_NE(ErrorOf(dir / "empty.wav").find("holds no audio"), std::string::npos);

  WriteFile(dir / "slow.wav", 2, 4000, 10);
  EXPECT_NE(ErrorOf(dir / "slow.wav").find("8000 to 384000"), std::string::npos);

  EXPECT_NE(ErrorOf("/dev/zero").find("/dev/zero: cannot be played: it is a device"),
            std::string::npos);

  EXPECT_THROW(SoundFileWriter(dir / "a.mp3", 48000.0), FileError);
  EXPECT_THROW(SoundFileWriter("/nowhere/at/all/a.wav", 48000.0), FileError);
}

TEST(SoundFile, AFullDiskIsAnError) {
  // /dev/full takes nothing; libsndfile chooses the format by our name, so it needs a link.
  const test::TempDir dir;
  std::filesystem::create_symlink("/dev/full", dir / "full.wav");
  const auto x = test::Noise(0.9, 48000, 5);
  EXPECT_THROW(
      {
        SoundFileWriter writer(dir / "full.wav", 48000.0);
        writer.Write(x.data(), x.data(), x.size());
        writer.Sync();
      },
      FileError);
}

}  // namespace
}  // namespace auralis
