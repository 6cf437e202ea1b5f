// auralis-render as people use it: formats, lengths, loudness, tags, pipes, plots.

#include <ebur128.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <taglib/flacfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/wavfile.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "daemon/render/progress_bar.h"
#include "tests/daemon/render/programs.h"
#include "tests/support/measure.h"

namespace auralis::test {
namespace {

Sound Noises(int rate_hz, int channels, std::size_t frames, double amplitude = 0.3) {
  return {.rate_hz = rate_hz,
          .channels = channels,
          .samples = Noise(amplitude, frames * static_cast<std::size_t>(channels), 5)};
}

// Integrated loudness by libebur128.
double Lufs(const Sound& sound) {
  ebur128_state* state = ebur128_init(static_cast<unsigned>(sound.channels),
                                      static_cast<unsigned long>(sound.rate_hz), EBUR128_MODE_I);
  ebur128_add_frames_float(state, sound.samples.data(), sound.frames());
  double lufs = 0.0;
  ebur128_loudness_global(state, &lufs);
  ebur128_destroy(&state);
  return lufs;
}

TEST(Render, BypassedEveryFileComesOutAsItWas) {
  const Home home;
  for (const int rate : {8000, 44100, 384000}) {
    for (const int channels : {1, 2}) {
      for (const std::size_t frames : {1U, 63U, 1000U, 7777U}) {
        SCOPED_TRACE(std::to_string(rate) + " " + std::to_string(channels) + " " +
                     std::to_string(frames));
        Sound in = Noises(rate, channels, frames);
        for (float& sample : in.samples) sample = std::round(sample * 32768.0F) / 32768.0F;
        WriteSound(home / "in.wav", in, SF_FORMAT_PCM_16);
        Render(home, {"--set", "master.bypass=on", "--overwrite", "-o", home / "out.wav",
                      home / "in.wav"});
        const Sound out = ReadSound(home / "out.wav");
        EXPECT_EQ(out.rate_hz, rate);
        EXPECT_EQ(out.channels, channels);
        EXPECT_EQ(out.samples, in.samples);
      }
    }
  }
}

TEST(Render, ReadsAndWritesEveryFormat) {
  const Home home;
  const std::size_t frames = 22050;
  Sound in{.rate_hz = 44100, .channels = 2};
  const Signal tone = Sine(1000.0, 0.25, 44100.0, frames);
  for (const float sample : tone) in.samples.insert(in.samples.end(), {sample, sample});
  for (const char* from : {"in.wav", "in.flac", "in.ogg", "in.mp3"}) {
    WriteSound(home / from, in);
    for (const char* to : {"out.wav", "out.flac", "out.opus"}) {
      SCOPED_TRACE(std::string(from) + " " + to);
      Render(home, {"--overwrite", "-q", "-o", home / to, home / from});
      const Sound out = ReadSound(home / to);
      const bool opus = std::string(to) == "out.opus";
      const std::size_t length = ReadSound(home / from).frames();
      EXPECT_EQ(out.rate_hz, opus ? 48000 : 44100);
      EXPECT_EQ(out.frames(), opus ? static_cast<std::size_t>(std::llround(
                                         static_cast<double>(length) * 48000.0 / 44100.0))
                                   : length);
      // In the middle, where coders have settled.
      const std::vector<float> left = out.Channel(0);
      const std::span<const float> middle(left.data() + left.size() / 4, left.size() / 2);
      EXPECT_NEAR(ToneAmplitude(middle, 1000.0, out.rate_hz), 0.25, 0.01);
    }
  }
  WriteSound(home / "in.opus", Noises(48000, 2, 9600));
  Render(home, {"--overwrite", "-q", "-o", home / "out.flac", home / "in.opus"});
  EXPECT_EQ(ReadSound(home / "out.flac").frames(), ReadSound(home / "in.opus").frames());
}

// Twelve-hundredths of a second late, or of another phase, and this would be 0 dB.
TEST(Render, OpusAtAnotherRateIsInTime) {
  const Home home;
  const std::size_t frames = 44100;
  Sound in{.rate_hz = 44100, .channels = 2};
  const Signal sweep = Sweep(100.0, 2000.0, 0.3, 44100.0, frames);
  for (const float sample : sweep) in.samples.insert(in.samples.end(), {sample, sample});
  WriteSound(home / "in.wav", in);
  Render(home, {"-q", "-o", home / "out.opus", home / "in.wav"});
  const Signal expected = Sweep(100.0, 2000.0, 0.3, 48000.0, 48000);
  const std::vector<float> out = ReadSound(home / "out.opus").Channel(0);
  ASSERT_EQ(out.size(), expected.size());
  double error = 0.0;
  double power = 0.0;
  for (std::size_t i = 12000; i < 36000; ++i) {
    error += std::pow(static_cast<double>(out[i]) - static_cast<double>(expected[i]), 2);
    power += std::pow(static_cast<double>(expected[i]), 2);
  }
  EXPECT_LT(10.0 * std::log10(error / power), -15.0);
}

TEST(Render, TheSameBitsForAnyNumberOfJobs) {
  const Home home;
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back(home / ("in" + std::to_string(i) + ".wav"));
    WriteSound(names.back(), Noises(44100, 2, 9000 + static_cast<std::size_t>(i) * 777));
  }
  for (const char* jobs : {"1", "3"}) {
    std::vector<std::string> arguments = {
        "--preset", "adaptive",  "--bits",
        "16",       "--jobs",    jobs,
        "-q",       "--out-dir", home / (std::string("by") + jobs)};
    arguments.insert(arguments.end(), names.begin(), names.end());
    Render(home, arguments);
  }
  for (int i = 0; i < 5; ++i) {
    const std::string name = "/in" + std::to_string(i) + ".wav";
    EXPECT_EQ(ReadBytes((home / "by1") + name), ReadBytes((home / "by3") + name));
  }
}

TEST(Render, NormalizesToWhatLibebur128Reads) {
  const Home home;
  Sound in = Noises(48000, 2, 48000 * 2, 0.05);
  for (std::size_t i = 0; i < in.samples.size(); ++i) {  // peaks for the limiter
    if (i % 9001 < 40) in.samples[i] *= 8.0F;
    if (i < in.samples.size() / 3) in.samples[i] *= 0.3F;
  }
  WriteSound(home / "stereo.wav", in);
  WriteSound(home / "mono.wav", {.rate_hz = 44100, .channels = 1, .samples = in.Channel(0)});
  for (const char* file : {"stereo.wav", "mono.wav"}) {
    for (const double target : {-30.0, -13.0}) {
      SCOPED_TRACE(std::string(file) + " " + std::to_string(target));
      const Finished run =
          Render(home, {"--normalize", std::to_string(target), "--bits", "24", "--overwrite",
                        "--json", "-o", home / "out.wav", home / file});
      const Sound out = ReadSound(home / "out.wav");
      EXPECT_NEAR(Lufs(out), target, 0.02);
      for (std::size_t ch = 0; ch < static_cast<std::size_t>(out.channels); ++ch) {
        EXPECT_LT(Db(TruePeakOf(out.Channel(ch))), -0.9);
      }
      const auto json = nlohmann::json::parse(run.output).at("files").at(0);
      EXPECT_NEAR(json.at("after").at("integrated_lufs").get<double>(), Lufs(out), 0.02);
      EXPECT_EQ(out.samples.size(), ReadSound(home / file).samples.size());
    }
  }
}

TEST(Render, KeepsTagsAndPictures) {
  const Home home;
  WriteSound(home / "in.flac", Noises(44100, 2, 5000));
  {
    TagLib::FLAC::File file((home / "in.flac").c_str());
    TagLib::PropertyMap tags;
    tags["TITLE"] = TagLib::StringList(TagLib::String("Größe", TagLib::String::UTF8));
    tags["ARTIST"] = TagLib::StringList("One");
    tags["ARTIST"].append("Another");
    tags["MUSICBRAINZ_TRACKID"] = TagLib::StringList("abc");
    tags["REPLAYGAIN_TRACK_GAIN"] = TagLib::StringList("-7 dB");
    file.setProperties(tags);
    auto* const picture = new TagLib::FLAC::Picture;
    picture->setData(TagLib::ByteVector("not really a picture"));
    picture->setMimeType("image/png");
    file.addPicture(picture);
    ASSERT_TRUE(file.save());
  }
  // There, and back from each.
  for (const char* through : {"a.wav", "a.opus", "a.flac"}) {
    SCOPED_TRACE(through);
    Render(home, {"-q", "-o", home / through, home / "in.flac"});
    Render(home, {"-q", "--overwrite", "-o", home / "back.flac", home / through});
    TagLib::FLAC::File file((home / "back.flac").c_str());
    const TagLib::PropertyMap tags = file.properties();
    EXPECT_EQ(tags["TITLE"].toString().to8Bit(true), "Größe");
    EXPECT_EQ(tags["ARTIST"].size(), 2U);
    EXPECT_EQ(tags["MUSICBRAINZ_TRACKID"].toString(), "abc");
    EXPECT_FALSE(tags.contains("REPLAYGAIN_TRACK_GAIN"));  // it was of another sound
    ASSERT_EQ(file.pictureList().size(), 1U);
    EXPECT_EQ(file.pictureList().front()->data(), TagLib::ByteVector("not really a picture"));
  }
}

TEST(Render, PipesWavAndRaw) {
  const Home home;
  const Sound in = Noises(44100, 2, 30001);
  WriteSound(home / "in.wav", in);
  Render(home, {"-q", "--bits", "32f", "-o", home / "file.wav", home / "in.wav"});
  const auto shell = [&](const std::string& script) {
    const Finished run = RunProgram({"sh", "-c", "cd " + (home / "") + "; " + script},
                                    home.environment(), std::chrono::seconds(60));
    EXPECT_EQ(run.exit_code, 0) << script << "\n" << run.errors;
  };
  const std::string render = AURALIS_RENDER;
  shell("cat in.wav | " + render + " -q -o - - | cat > piped.wav");
  EXPECT_EQ(ReadSound(home / "piped.wav").samples, ReadSound(home / "file.wav").samples);
  // Without headers: what is left is the samples.
  WriteBytes(home / "in.raw",
             {reinterpret_cast<const char*>(in.samples.data()), in.samples.size() * sizeof(float)});
  shell(render + " -q --raw-in 44100:2:f32 --raw-out f32 -o - - < in.raw > out.raw");
  const std::string raw = ReadBytes(home / "out.raw");
  const std::vector<float> expected = ReadSound(home / "file.wav").samples;
  ASSERT_EQ(raw.size(), expected.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(raw.data(), expected.data(), raw.size()), 0);
  // A length nobody knows yet: as writers into pipes say it.
  std::string endless = ReadBytes(home / "piped.wav");
  for (const std::size_t at : {std::size_t{4}, endless.find("data") + 4}) {
    endless.replace(at, 4, "\xFF\xFF\xFF\xFF");
  }
  WriteBytes(home / "endless.wav", endless);
  shell("cat endless.wav | " + render + " -q --set master.bypass=on -o - - > again.wav");
  EXPECT_EQ(ReadSound(home / "again.wav").samples, expected);
  // Who reads may go: an error, and no more.
  const Finished run = RunProgram(
      {"sh", "-c", "(" + render + " -q -o - " + (home / "in.wav") + "; echo $? >&2) | head -c 10"},
      home.environment());
  EXPECT_NE(run.errors.find("standard output: cannot be written"), std::string::npos) << run.errors;
}

TEST(Render, ComparesTwoFiles) {
  const Home home;
  Sound a = Noises(48000, 2, 48000, 0.25);
  WriteSound(home / "a.wav", a);
  WriteSound(home / "same.wav", a);
  a.samples[2 * 1234] += 0.001F;
  WriteSound(home / "b.wav", a);
  const auto compare = [&](const char* other) {
    const Finished run = Render(home, {"--json", "--compare", home / other, home / "a.wav"});
    return nlohmann::json::parse(run.output);
  };
  EXPECT_TRUE(compare("same.wav").at("identical").get<bool>());
  const auto differs = compare("b.wav");
  EXPECT_FALSE(differs.at("identical").get<bool>());
  EXPECT_EQ(differs.at("difference").at("first_frame"), 1234);
  EXPECT_EQ(differs.at("difference").at("frames_that_differ"), 1);
  EXPECT_NEAR(differs.at("difference").at("largest_dbfs").get<double>(), -60.0, 0.01);
  EXPECT_NEAR(differs.at("files").at(0).at("integrated_lufs").get<double>(),
              Lufs(ReadSound(home / "a.wav")), 0.02);
}

TEST(Render, DrawsWhatItDid) {
  RequireProgram("gnuplot", "gnuplot-nox");
  const Home home;
  WriteSound(home / "in.wav", Noises(44100, 2, 44100));
  Render(home, {"-q", "--preset", "warm", "--plot", home / "it's.svg", "-o", home / "out.wav",
                home / "in.wav"});
  const std::string svg = ReadBytes(home / "it's.svg");
  for (const char* text :
       {"Spectrum", "Equalizers", "Loudness", "Gain reduction", "before", "after"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
  Render(home,
         {"-q", "--overwrite", "--plot", home / "p.png", "-o", home / "out.wav", home / "in.wav"});
  EXPECT_EQ(ReadBytes(home / "p.png").substr(0, 4), "\x89PNG");
}

TEST(RenderParts, TheProgressLineSaysShareSpeedAndTimeLeft) {
  EXPECT_EQ(render::ProgressLine(60.0, 120.0, 2.0, 1, 3, 200),
            "[############------------]  50 %  1 of 3 files  30 x real time  0:02 left");
  EXPECT_EQ(render::ProgressLine(60.0, 0.0, 2.0, 0, 1, 200), "1:00  30 x real time");
  EXPECT_EQ(render::ProgressLine(60.0, 120.0, 2.0, 1, 3, 11).size(), 10U);
}

}  // namespace
}  // namespace auralis::test
