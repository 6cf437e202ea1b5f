// What the daemon plays from a file and what auralis-render makes of it: the same bits.

#include <gtest/gtest.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "dsp/kernels/simd_target.h"
#include "tests/daemon/render/programs.h"

namespace auralis::test {
namespace {

// Half a second soft, then loud, then wide: leveler, adaptation and dynamics have something to do.
Sound Music(std::size_t frames) {
  Sound sound{.rate_hz = 44100, .channels = 2};
  const Signal bass = Sine(70.0, 0.4, 44100.0, frames);
  const Signal left = Noise(0.3, frames, 7);
  const Signal right = Noise(0.3, frames, 8);
  for (std::size_t i = 0; i < frames; ++i) {
    const float loud = i < frames / 4 ? 0.05F : i < frames / 2 ? 1.0F : 0.4F;
    const float apart = i < frames / 2 ? 0.2F : 1.0F;
    sound.samples.push_back(loud * (bass[i] + left[i]));
    sound.samples.push_back(loud * (bass[i] + apart * right[i] + (1.0F - apart) * left[i]));
  }
  return sound;
}

std::vector<std::string> ShippedPresets() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PRESETS)) {
    names.push_back(entry.path().stem().string());
  }
  return names;
}

struct Played {
  Sound sound;
  std::size_t latency_frames = 0;
};

// `auralisd --play in.wav --record` to the end.
Played Play(const Home& home, const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {AURALISD,   "--device",       "virtual", "--unpaced",
                                        "--socket", home / "s",       "--play",  home / "in.wav",
                                        "--record", home / "live.wav"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Finished run = RunProgram(arguments, home.environment(), std::chrono::seconds(100));
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  Played played{.sound = ReadSound(home / "live.wav")};
  // "streaming .. blocks of 64 frames, 90 frames of latency, avx3"
  const auto at = run.errors.find(" frames of latency");
  if (at == std::string::npos) {
    ADD_FAILURE() << "no latency in the log:\n" << run.errors;
    return played;
  }
  played.latency_frames = std::stoul(run.errors.substr(run.errors.rfind(' ', at - 1) + 1));
  return played;
}

void ExpectPlayedIsRendered(const Home& home, const Sound& rendered,
                            const std::vector<std::string>& options) {
  const Played played = Play(home, options);
  const std::size_t ahead = 2 * played.latency_frames;
  ASSERT_EQ(played.sound.samples.size(), rendered.samples.size() + ahead);
  for (std::size_t i = 0; i < rendered.samples.size(); ++i) {
    ASSERT_EQ(played.sound.samples[i + ahead], rendered.samples[i]) << "sample " << i;
  }
}

TEST(LiveIsRender, ForEveryShippedPreset) {
  const Home home;
  WriteSound(home / "in.wav", Music(3 * 22050 + 77));
  const std::vector<std::string> presets = ShippedPresets();
  ASSERT_GE(presets.size(), 9U);
  for (const std::string& preset : presets) {
    SCOPED_TRACE(preset);
    Render(home, {"--preset", preset, "--bits", "32f", "--overwrite", "-o", home / "out.wav",
                  home / "in.wav"});
    ExpectPlayedIsRendered(home, ReadSound(home / "out.wav"), {"--preset", preset});
  }
}

TEST(LiveIsRender, ForEveryHostBuffer) {
  const Home home;
  WriteSound(home / "in.wav", Music(44100 + 77));
  Render(home, {"--preset", "adaptive", "--bits", "32f", "-o", home / "out.wav", home / "in.wav"});
  const Sound rendered = ReadSound(home / "out.wav");
  for (const char* host : {"1", "13", "64", "480", "4096"}) {
    SCOPED_TRACE(host);
    ExpectPlayedIsRendered(home, rendered, {"--preset", "adaptive", "--host-buffer", host});
  }
}

TEST(LiveIsRender, OnEveryInstructionSetAndTheyDiffer) {
  const Home home;
  WriteSound(home / "in.wav", Music(44100 + 77));
  std::set<std::vector<float>> results;
  const std::vector<std::string> targets = SupportedSimdTargets();
  for (const std::string& name : targets) {
    SCOPED_TRACE(name);
    const std::vector<std::string> options = {"--preset", "adaptive", "--simd", name};
    std::vector<std::string> render = options;
    render.insert(render.end(),
                  {"--bits", "32f", "--overwrite", "-o", home / "out.wav", home / "in.wav"});
    Render(home, render);
    const Sound rendered = ReadSound(home / "out.wav");
    results.insert(rendered.samples);
    ExpectPlayedIsRendered(home, rendered, options);
  }
  // Else --simd would not reach one of the two.
  EXPECT_GE(results.size(), std::min<std::size_t>(targets.size(), 2));
}

// Live, the chain is suspended after ten seconds of silence and goes on with what comes.
TEST(LiveIsRender, OverASilenceThatSuspendsTheChain) {
  const Home home;
  Sound sound = Music(22050);
  const std::vector<float> part = sound.samples;
  sound.samples.resize(part.size() + std::size_t{13} * 44100 * 2, 0.0F);
  sound.samples.insert(sound.samples.end(), part.begin(), part.end());
  WriteSound(home / "in.wav", sound);
  Render(home, {"--preset", "adaptive", "--bits", "32f", "-o", home / "out.wav", home / "in.wav"});
  ExpectPlayedIsRendered(home, ReadSound(home / "out.wav"), {"--preset", "adaptive"});
}

// Everything that needs no readings: live in blocks, and rendered in long views.
constexpr char kEveryStage[] = R"(schema = 1
[input]
gain = 3
dc_block = true
[equalizer]
preamp = -3
auto_headroom = true
band3.gain = 5
band9 = {type = "high-pass", frequency = 30, slope = "bw48"}
band14.gain = -7
band20 = {gain = 4, channel = "side"}
band31 = {type = "notch", frequency = 9000}
[bark]
warmth = 0.5
band12 = -4
[tone]
bass = 0.3
air = 0.4
[bass]
enabled = true
[exciter]
enabled = true
[gate]
enabled = true
threshold = -35
[deesser]
enabled = true
threshold = -40
[compressor]
enabled = true
threshold = -30
adaptive_release = true
auto_makeup = true
lookahead = 3
[multiband]
enabled = true
bands = 6
auto_makeup = true
[transient]
attack = 0.5
sustain = -0.4
[stereo]
width = 0.7
mono_below = 100
[crossfeed]
enabled = true
[convolver]
enabled = true
file = "room.wav"
mix = 0.4
[loudness]
enabled = true
volume = -20
[clipper]
enabled = true
[limiter]
ceiling = -3
)";

// Two of them suspend the chain; all end where no view does.
Sound MusicWithPauses() {
  Sound sound = Music(22050);
  const std::vector<float> part = sound.samples;
  for (const std::size_t pause : {1000U, 44100U * 13U + 77U, 130U, 44100U * 13U + 4032U}) {
    sound.samples.resize(sound.samples.size() + pause * 2, 0.0F);
    sound.samples.insert(sound.samples.end(), part.begin(), part.end());
  }
  return sound;
}

TEST(LiveIsRender, WithEveryStageOnEveryInstructionSetOverPauses) {
  const Home home;
  Sound room{.rate_hz = 44100, .channels = 2, .samples = {1.0F, 1.0F}};
  for (const float one : Noise(0.02, 20000, 9)) room.samples.push_back(one);
  WriteSound(home / "room.wav", room);
  WriteBytes(home / "every.toml", kEveryStage);
  WriteSound(home / "in.wav", MusicWithPauses());
  for (const std::string& target : SupportedSimdTargets()) {
    SCOPED_TRACE(target);
    const std::vector<std::string> options = {"--preset", home / "every.toml", "--simd", target};
    std::vector<std::string> render = options;
    render.insert(render.end(),
                  {"--bits", "32f", "--overwrite", "-o", home / "out.wav", home / "in.wav"});
    Render(home, render);
    ExpectPlayedIsRendered(home, ReadSound(home / "out.wav"), options);
  }
}

TEST(LiveIsRender, ForEveryBlockAndAlsoByTheClock) {
  const Home home;
  WriteSound(home / "in.wav", Music(44100 + 77));
  for (const char* block : {"16", "256", "1024"}) {
    SCOPED_TRACE(block);
    Render(home, {"--preset", "night", "--block", block, "--bits", "32f", "--overwrite", "-o",
                  home / "out.wav", home / "in.wav"});
    ExpectPlayedIsRendered(home, ReadSound(home / "out.wav"),
                           {"--preset", "night", "--block", block});
  }
  Home paced;
  WriteSound(paced / "in.wav", Music(44100 + 77));
  Render(paced, {"--preset", "night", "--bits", "32f", "-o", paced / "out.wav", paced / "in.wav"});
  const Finished run =
      RunProgram({AURALISD, "--device", "virtual", "--socket", paced / "s", "--play",
                  paced / "in.wav", "--record", paced / "live.wav", "--preset", "night"},
                 paced.environment());
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const Sound live = ReadSound(paced / "live.wav");
  const Sound rendered = ReadSound(paced / "out.wav");
  ASSERT_GT(live.samples.size(), rendered.samples.size());
  const std::size_t ahead = live.samples.size() - rendered.samples.size();
  for (std::size_t i = 0; i < rendered.samples.size(); ++i) {
    ASSERT_EQ(live.samples[i + ahead], rendered.samples[i]) << "sample " << i;
  }
}

}  // namespace
}  // namespace auralis::test
