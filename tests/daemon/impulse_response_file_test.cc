#include "daemon/impulse_response_file.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <fstream>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "daemon/sound_file.h"
#include "tests/support/measure.h"
#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using Path = PartitionedFilter::Path;

// `channels` interleaved.
void Write(const std::filesystem::path& path, const std::vector<float>& samples, int channels,
           int rate_hz, int format = SF_FORMAT_WAV | SF_FORMAT_FLOAT) {
  SF_INFO info{};
  info.channels = channels;
  info.samplerate = rate_hz;
  info.format = format;
  const SoundFileHandle file(sf_open(path.c_str(), SFM_WRITE, &info));
  ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
  const auto frames = static_cast<sf_count_t>(samples.size()) / channels;
  ASSERT_EQ(sf_writef_float(file.get(), samples.data(), frames), frames);
}

std::string ErrorOf(const std::filesystem::path& path) {
  try {
    LoadImpulseResponse(path, 48000.0);
  } catch (const FileError& e) {
    return e.what();
  }
  return "";
}

TEST(ImpulseResponseFile, ReadsOneTwoAndFourChannels) {
  const test::TempDir folder;
  std::vector<float> samples(400);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.001F * static_cast<float>(i);
  Write(folder / "mono.wav", samples, 1, 48000);
  const auto mono = LoadImpulseResponse(folder / "mono.wav", 48000.0);
  EXPECT_EQ(mono.frames, 400U);
  EXPECT_EQ(mono.response->paths[Path::kLeftLeft], samples);
  EXPECT_EQ(mono.response->paths[Path::kRightRight], samples);
  EXPECT_TRUE(mono.response->paths[Path::kLeftRight].empty());
  Write(folder / "stereo.irs", samples, 2, 48000);
  const auto stereo = LoadImpulseResponse(folder / "stereo.irs", 48000.0);
  EXPECT_EQ(stereo.response->paths[Path::kLeftLeft][3], samples[6]);
  EXPECT_EQ(stereo.response->paths[Path::kRightRight][3], samples[7]);
  Write(folder / "true.flac", samples, 4, 48000, SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
  const auto four = LoadImpulseResponse(folder / "true.flac", 48000.0);
  EXPECT_EQ(four.channels, 4);
  EXPECT_NEAR(four.response->paths[Path::kLeftLeft][3], samples[12], 1e-6F);
  EXPECT_NEAR(four.response->paths[Path::kLeftRight][3], samples[13], 1e-6F);
  EXPECT_NEAR(four.response->paths[Path::kRightLeft][3], samples[14], 1e-6F);
  EXPECT_NEAR(four.response->paths[Path::kRightRight][3], samples[15], 1e-6F);
}

// A band-pass about 2 kHz has the same gain there and elsewhere, whatever the rate it comes in.
TEST(ImpulseResponseFile, AtAnotherRateItIsTheSameFilter) {
  const test::TempDir folder;
  const auto gain_at = [](const std::vector<float>& response, double hz, double rate) {
    std::complex<double> sum = 0.0;
    for (std::size_t i = 0; i < response.size(); ++i) {
      sum += static_cast<double>(response[i]) *
             std::polar(1.0, -2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate);
    }
    return test::Db(std::abs(sum));
  };
  for (const int rate : {22050, 44100, 96000, 192000}) {
    std::vector<float> response(static_cast<std::size_t>(rate) / 10);
    for (std::size_t i = 0; i < response.size(); ++i) {
      const double t = static_cast<double>(i) / rate;
      response[i] = static_cast<float>(100.0 / rate * std::exp(-t / 0.01) *
                                       std::sin(2.0 * std::numbers::pi * 2000.0 * t));
    }
    Write(folder / "filter.wav", response, 1, rate);
    const auto loaded = LoadImpulseResponse(folder / "filter.wav", 48000.0);
    EXPECT_EQ(loaded.file_rate_hz, rate);
    EXPECT_GE(loaded.frames, 4700U);
    EXPECT_LE(loaded.frames, 4800U + 2400U);  // what the resampler rings on for
    for (const double hz : {500.0, 1900.0, 2000.0, 2300.0}) {
      EXPECT_NEAR(gain_at(loaded.response->paths[Path::kLeftLeft], hz, 48000.0),
                  gain_at(response, hz, rate), 0.05)
          << hz << " from " << rate;
    }
  }
}

// The first frame of most responses is their loudest: nothing of it may be lost, or late.
TEST(ImpulseResponseFile, AnImpulseAtItsVeryStartStaysOne) {
  const test::TempDir folder;
  for (const int rate : {44100, 96000}) {
    Write(folder / "impulse.wav", test::Impulse(1000), 1, rate);
    const auto loaded = LoadImpulseResponse(folder / "impulse.wav", 48000.0);
    const auto& response = loaded.response->paths[Path::kLeftLeft];
    for (const double hz : {50.0, 1000.0, 10000.0, 18000.0}) {
      std::complex<double> sum = 0.0;
      for (std::size_t i = 0; i < response.size(); ++i) {
        sum += static_cast<double>(response[i]) *
               std::polar(1.0, -2.0 * std::numbers::pi * hz * static_cast<double>(i) / 48000.0);
      }
      EXPECT_NEAR(test::Db(std::abs(sum)), 0.0, 0.01) << hz;
    }
    const auto peak = std::max_element(response.begin(), response.end()) - response.begin();
    EXPECT_LE(peak, 10) << "0.2 ms";
  }
}

TEST(ImpulseResponseFile, WhatCannotBeOneIsRefusedWithTheReason) {
  const test::TempDir folder;
  const auto noise = test::Noise(0.5, 17 * 100, 1);
  Write(folder / "wide.wav", noise, 17, 48000);
  EXPECT_NE(ErrorOf(folder / "wide.wav").find("17 channels; 1, 2 and 4"), std::string::npos);
  Write(folder / "long.wav", test::Noise(0.5, 8001 * 10, 1), 1, 8000);
  EXPECT_NE(ErrorOf(folder / "long.wav").find("up to 10 s"), std::string::npos);
  Write(folder / "silent.wav", test::Silence(100), 1, 48000);
  EXPECT_NE(ErrorOf(folder / "silent.wav").find("silent"), std::string::npos);
  auto broken = noise;
  broken[50] = std::numeric_limits<float>::quiet_NaN();
  Write(folder / "nan.wav", broken, 1, 48000);
  EXPECT_NE(ErrorOf(folder / "nan.wav").find("no numbers"), std::string::npos);
  Write(folder / "empty.wav", {}, 1, 48000);
  EXPECT_NE(ErrorOf(folder / "empty.wav").find("no audio"), std::string::npos);
  std::ofstream(folder / "text.wav") << "this is no sound";
  EXPECT_NE(ErrorOf(folder / "text.wav").find("text.wav: cannot be a response"), std::string::npos);
  // Half of a good one: whatever its header still promises, it is no crash and no silence.
  Write(folder / "cut.wav", noise, 1, 48000);
  std::filesystem::resize_file(folder / "cut.wav", 900);
  EXPECT_NO_THROW(ErrorOf(folder / "cut.wav"));
  EXPECT_NE(ErrorOf(folder / "nowhere.wav").find("there is no such file"), std::string::npos);
  EXPECT_NE(ErrorOf(folder.path()).find("not a file"), std::string::npos);
  EXPECT_NE(ErrorOf("/dev/zero").find("not a file"), std::string::npos);
}

}  // namespace
}  // namespace auralis
