// PipeWire, WirePlumber and pipewire-pulse: what a desktop has. A player plays into the sink
// "Auralis", a recorder listens to what the sink "Speakers" was given.

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

#include "dsp/equal_loudness.h"
#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/pipewire_files.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

struct Sinks {
  explicit Sinks(unsigned quantum_frames) : server(quantum_frames) {
    server.MakeNullSink("auralis", "Auralis");
    server.MakeNullSink("speakers", "Speakers");
  }
  PipeWireServer server;
};

// The sinks, the daemon between them, and JACK clients at the far ends.
struct Rig : Sinks {
  explicit Rig(const std::string& settings = "")
      : Sinks(256),
        daemon(server.environment(), ThroughJack("Auralis", "Speakers"), settings),
        client(server.environment()) {
    Link("player:out_1", "Auralis:playback_FL");
    Link("player:out_2", "Auralis:playback_FR");
    Link("Speakers:monitor_FL", "recorder:in_1");
    Link("Speakers:monitor_FR", "recorder:in_2");
  }
  void Link(const std::string& from, const std::string& to) {
    const Finished linked = RunProgram({"jack_connect", from, to}, server.environment());
    if (linked.exit_code != 0) throw std::runtime_error(from + " -> " + to + ": " + linked.errors);
  }

  Auralisd daemon;
  JackClient client;
};

// From the tone's first full second on.
Signal SteadyPart(const Signal& recorded, double amplitude, double seconds) {
  std::size_t start = 0;
  while (start < recorded.size() &&
         std::abs(static_cast<double>(recorded[start])) < amplitude / 2) {
    ++start;
  }
  const double from_s = static_cast<double>(start) / kRateHz + 0.5;
  return Cut(recorded, from_s, from_s + seconds);
}

// pw-play into "Auralis" while pw-record takes what "Speakers" plays.
Signal PlayAndRecord(const Sinks& sinks, const StereoSignal& programme) {
  const TempDir folder;
  WriteWav(folder / "played.wav", programme);
  Process recorder({"pw-record", "--target", "speakers", "-P", "{ stream.capture.sink = true }",
                    "--format", "f32", folder / "recorded.wav"},
                   sinks.server.environment());
  AwaitLink(sinks.server, "speakers:monitor_FL", "pw-record:input_FL");
  Process player({"pw-play", "--target", "auralis", folder / "played.wav"},
                 sinks.server.environment());
  AwaitLink(sinks.server, "pw-play:output_FL", "auralis:playback_FL");
  const auto played = player.WaitFor(30s);
  EXPECT_EQ(played, 0) << player.errors();
  recorder.Signal(SIGINT);
  EXPECT_TRUE(recorder.WaitFor(5s).has_value());
  return ReadWav(folder / "recorded.wav").left;
}

// A busy machine makes the server, the player or the recorder miss a cycle, which says nothing
// about Auralis: up to three tries, each loss printed. What Auralis itself lost would be lost every
// time.
TEST(ThroughPipeWire, PlayedFileArrivesAtItsLevelWithoutDropouts) {
  const Sinks sinks(1024);
  const Auralisd daemon(sinks.server.environment(), ThroughJack("Auralis", "Speakers"));
  daemon.Set({"output.gain", "-6"});  // the mark of having come through it
  const double amplitude = 0.1 * std::pow(10.0, -6.0 / 20.0);
  double level_db = 0.0;
  double residual_db = 0.0;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const Signal heard = PlayAndRecord(sinks, TonePair(997.0, 0.1, 4.0));
    const Signal steady = SteadyPart(heard, amplitude, 3.0);
    level_db = Db(ToneAmplitude(steady, 997.0, kRateHz) / amplitude);
    // A tone that fits one sine over three seconds has no gap and no jump of phase.
    residual_db = Db(ResidualRms(steady, 997.0, kRateHz) / amplitude);
    if (residual_db < -90.0) break;
    std::cout << "try " << attempt << " lost frames: " << residual_db << " dB beside the tone\n";
  }
  EXPECT_NEAR(level_db, 0.0, 0.02);
  EXPECT_LT(residual_db, -90.0);
  EXPECT_EQ(daemon.Status().at("xruns").get<int>(), 0);
}

TEST(ThroughPipeWire, EqualizerBandRaisesThePlayedFile) {
  const Sinks sinks(1024);
  const Auralisd daemon(sinks.server.environment(), ThroughJack("Auralis", "Speakers"));
  daemon.Set({"equalizer.band6.frequency", "1000", "equalizer.band6.gain", "6"});
  const Signal heard = PlayAndRecord(sinks, TonePair(1000.0, 0.1, 3.0));
  const Signal steady = SteadyPart(heard, 0.1, 2.0);
  EXPECT_NEAR(Db(ToneAmplitude(steady, 1000.0, kRateHz) / 0.1), 6.0, 0.1);
}

TEST(ThroughPipeWire, BypassReturnsWhatWasPlayed) {
  Rig rig("[master]\nbypass = true\n");
  const StereoSignal noise = NoisePair(0.5, 2.0);
  const Recording heard = PlayThrough(rig.client, noise);
  ASSERT_EQ(heard.xruns, 0U);
  // Two sinks and their cycles lie between, so the delay is PipeWire's and is measured.
  const std::size_t delay = DelayBetween(noise.left, heard.audio.left, 8192);
  std::cout << "delay of the whole path: " << delay << " frames\n";
  EXPECT_LT(Db(LargestError(noise, heard.audio, delay, 0.5, 2.0)), -120.0);
}

TEST(ThroughPipeWire, LiveSetIsHeardWithin50Ms) {
  Rig rig;
  std::int64_t sent_ns = 0;
  const Recording heard = PlayThrough(rig.client, TonePair(1000.0, 0.1, 2.0), [&] {
    rig.daemon.Set({"equalizer.band6.frequency", "1000", "equalizer.band6.gain", "0"});
    std::this_thread::sleep_for(1s);
    sent_ns = SteadyNs();
    rig.daemon.Set({"equalizer.band6.gain", "6"});
  });
  ASSERT_EQ(heard.xruns, 0U);
  const double after_ms = HeardAfterMs(heard, 0.1, 0.2, sent_ns);
  std::cout << "heard " << after_ms << " ms after auralisctl was started\n";
  EXPECT_LT(after_ms, 50.0);
}

void SetSinkVolume(const Rig& rig, const std::string& sink, const std::string& volume) {
  const Finished set =
      RunProgram({"pactl", "set-sink-volume", sink, volume}, rig.server.environment());
  if (set.exit_code != 0) throw std::runtime_error(sink + ": " + set.errors);
}

double SinkVolumeDb(const Rig& rig) {
  return rig.daemon.Status().at("sink_volume_db").get<double>();
}

// Turned down at the sink by 20 dB, the bass gets what ISO 226 says that the ear loses.
TEST(ThroughPipeWire, LoudnessFollowsTheSinksVolume) {
  Rig rig("[loudness]\nenabled = true\nreference = 80\n");
  constexpr std::size_t kLow = 5;
  constexpr std::size_t kMiddle = 17;
  StereoSignal tones = TonePair(kContourHz[kLow], 0.1, 1.5);
  const StereoSignal middle = TonePair(kContourHz[kMiddle], 0.1, 1.5);
  for (std::size_t i = 0; i < tones.left.size(); ++i) {
    tones.left[i] += middle.left[i];
    tones.right[i] += middle.right[i];
  }
  const auto bass_db = [&] {
    const Recording heard = PlayThrough(rig.client, tones);
    const Signal steady = Cut(heard.audio.left, 0.5, 1.5);
    return Db(ToneAmplitude(steady, kContourHz[kLow], kRateHz) /
              ToneAmplitude(steady, kContourHz[kMiddle], kRateHz));
  };
  EXPECT_NEAR(SinkVolumeDb(rig), 0.0, 0.01);
  const double full_db = bass_db();
  SetSinkVolume(rig, "speakers", "-20dB");
  Await("the volume", [&] { return std::abs(SinkVolumeDb(rig) + 20.0) < 0.1; });
  const double lost_db = EqualLoudnessDb(kLow, 60.0) - EqualLoudnessDb(kMiddle, 60.0) -
                         (EqualLoudnessDb(kLow, 80.0) - EqualLoudnessDb(kMiddle, 80.0));
  EXPECT_NEAR(bass_db() - full_db, lost_db, 0.5);

  // The sink that it listens to has a volume as well, and its monitor obeys it.
  SetSinkVolume(rig, "auralis", "-10dB");
  Await("both volumes", [&] { return std::abs(SinkVolumeDb(rig) + 30.0) < 0.1; });
  // Sinks that it does not play to are none of its business.
  rig.server.MakeNullSink("others", "Others");
  SetSinkVolume(rig, "others", "-40dB");
  SetSinkVolume(rig, "auralis", "0dB");
  Await("the first again", [&] { return std::abs(SinkVolumeDb(rig) + 20.0) < 0.1; });
}

TEST(ThroughPipeWire, DeviceNameWithBracketsHasItsChannels) {
  PipeWireServer server(256);
  server.MakeNullSink("auralis", "Auralis");
  server.MakeNullSink("hdmi", "HDA(Models10h-1fh)[HDMI2]");
  const Auralisd daemon(server.environment(), {"--device", "portaudio", "--host-api", "jack",
                                               "--output", "HDA(Models10h-1fh)[HDMI2]"});
  EXPECT_NE(daemon.Status().at("device").get<std::string>().find("HDMI2"), std::string::npos);
}

TEST(ThroughPipeWire, UnknownDeviceIsAnsweredWithThoseThereAre) {
  const Sinks sinks(256);
  const Finished refused =
      RunAuralisd(sinks.server.environment(),
                  {"--device", "portaudio", "--host-api", "jack", "--output", "Headphones"});
  EXPECT_EQ(refused.exit_code, 69);
  EXPECT_NE(refused.errors.find("'Headphones'"), std::string::npos) << refused.errors;
  EXPECT_NE(refused.errors.find("'Speakers'"), std::string::npos) << refused.errors;
}

// Over ALSA two streams go to PipeWire, which the session manager links as it likes: linked here by
// hand, as a user would.
class ThroughAlsa : public testing::Test {
 protected:
  ThroughAlsa()
      : sinks_(256),
        daemon_(sinks_.server.environment(),
                {"--device", "portaudio", "--host-api", "alsa", "--input", "pipewire", "--output",
                 "pipewire", "--rate", "48000"}) {}
  Sinks sinks_;
  Auralisd daemon_;
};

TEST_F(ThroughAlsa, StreamsAndStops) {
  const auto frames = [&] { return daemon_.Status().at("frames").get<std::uint64_t>(); };
  const std::uint64_t before = frames();
  const auto began = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(1s);
  const double seconds = static_cast<double>(frames() - before) / kRateHz;
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - began;
  EXPECT_NEAR(seconds / real.count(), 1.0, 0.1);
  daemon_.process().Signal(SIGTERM);
  EXPECT_EQ(daemon_.process().WaitFor(5s), 0) << daemon_.log();
}

TEST_F(ThroughAlsa, BeginsAnewWhenTheServerWasKilledAndDoesNotFloodTheLog) {
  const pid_t pid = daemon_.process().pid();
  daemon_.Set({"input.gain", "-6"});
  sinks_.server.Kill();
  ASSERT_TRUE(daemon_.process().AwaitOutput("begins anew", 5s)) << daemon_.log();
  sinks_.server.Restart();
  Await("the stream", [&] { return daemon_.Status().at("callbacks").get<std::uint64_t>() > 0; });
  EXPECT_EQ(daemon_.process().pid(), pid);
  EXPECT_NE(daemon_.Ctl({"get", "input.gain"}).output.find("-6"), std::string::npos);
  // PortAudio prints a line for each poll of the dead device, at worst a million a second.
  EXPECT_EQ(daemon_.log().find("Expression '"), std::string::npos);
  EXPECT_LT(daemon_.log().size(), 4000U);
}

}  // namespace
}  // namespace auralis::test
