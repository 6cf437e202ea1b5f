// jackd with its dummy driver: player -> auralisd -> recorder in one cycle, exact to the frame.

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include "ipc/client.h"
#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/support/tone_probe.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

// One server, the two clients, and the daemon between them. PortAudio links its ports itself.
struct Rig {
  explicit Rig(unsigned period_frames, const std::string& settings = "")
      : server(period_frames, JackServer::Late::kWaits),
        client(server.environment()),
        daemon(server.environment(), ThroughJack("player", "recorder"), settings) {}

  JackServer server;
  JackClient client;
  Auralisd daemon;
};

TEST(ThroughJackd, ComesOutExactlyTheDeclaredLatencyLater) {
  for (const unsigned period : {64U, 104U, 256U}) {  // 104 is no multiple of a block
    SCOPED_TRACE(period);
    Rig rig(period);
    const StereoSignal noise = NoisePair(0.1, 1.0);
    const Recording heard = PlayThrough(rig.client, noise);
    ASSERT_EQ(heard.xruns, 0U);
    const std::size_t declared = rig.daemon.LatencyFrames();
    EXPECT_EQ(DelayBetween(noise.left, heard.audio.left, 4096), declared);
    EXPECT_EQ(DelayBetween(noise.right, heard.audio.right, 4096), declared);
    std::cout << "period " << period << ": " << declared << " frames of latency\n";
  }
}

TEST(ThroughJackd, BypassReturnsWhatWasPlayedBitForBit) {
  Rig rig(256, "[master]\nbypass = true\n[equalizer.band6]\ngain = 12\n");
  const StereoSignal noise = NoisePair(0.9, 1.0);
  const Recording heard = PlayThrough(rig.client, noise);
  ASSERT_EQ(heard.xruns, 0U);
  EXPECT_EQ(LargestError(noise, heard.audio, rig.daemon.LatencyFrames(), 0.2, 1.0), 0.0);
  EXPECT_TRUE(rig.daemon.Status().at("bypass").get<bool>());
}

TEST(ThroughJackd, FlatSettingsKeepLevelPhaseAndChannels) {
  Rig rig(256);
  const double amplitude = 0.1;
  const StereoSignal tone = TonePair(997.0, amplitude, 2.0);
  const Recording heard = PlayThrough(rig.client, tone);
  ASSERT_EQ(heard.xruns, 0U);
  for (const Signal StereoSignal::*side : {&StereoSignal::left, &StereoSignal::right}) {
    const Signal steady = Cut(heard.audio.*side, 0.5, 1.9);
    EXPECT_NEAR(Db(ToneAmplitude(steady, 997.0, kRateHz) / amplitude), 0.0, 0.01);
    // One lost or doubled frame leaves far more: 0.1 * 2 sin(pi 997 / 48000) is -38 dB.
    EXPECT_LT(Db(ResidualRms(steady, 997.0, kRateHz) / amplitude), -100.0);
  }
  // 20 degrees apart when played, so sides that are mixed or swapped show.
  EXPECT_LT(LargestError(tone, heard.audio, rig.daemon.LatencyFrames(), 0.5, 1.9), 1e-3);
}

TEST(ThroughJackd, EqualizerBandRaisesItsOwnFrequency) {
  Rig rig(256);
  rig.daemon.Set({"equalizer.band6.frequency", "1000", "equalizer.band6.gain", "6"});
  for (const auto& [frequency_hz, expected_db, tolerance_db] :
       {std::tuple{1000.0, 6.0, 0.05}, std::tuple{40.0, 0.0, 0.05},
        std::tuple{16000.0, 0.0, 0.05}}) {
    SCOPED_TRACE(frequency_hz);
    const Recording heard = PlayThrough(rig.client, TonePair(frequency_hz, 0.1, 1.5));
    ASSERT_EQ(heard.xruns, 0U);
    const Signal steady = Cut(heard.audio.left, 0.5, 1.4);
    EXPECT_NEAR(Db(ToneAmplitude(steady, frequency_hz, kRateHz) / 0.1), expected_db, tolerance_db);
  }
}

TEST(ThroughJackd, LiveSetIsHeardWithin50MsAndDoesNotClick) {
  Rig rig(256);
  const StereoSignal tone = TonePair(1000.0, 0.1, 2.0);
  std::int64_t sent_ns = 0;
  const Recording heard = PlayThrough(rig.client, tone, [&] {
    rig.daemon.Set({"input.gain", "0"});
    std::this_thread::sleep_for(800ms);
    sent_ns = SteadyNs();
    rig.daemon.Set({"input.gain", "-6"});
  });
  ASSERT_EQ(heard.xruns, 0U);
  const double after_ms = HeardAfterMs(heard, 0.1, 0.1 * std::pow(10.0, -6.0 / 20.0), sent_ns);
  std::cout << "heard " << after_ms << " ms after auralisctl was started\n";
  EXPECT_LT(after_ms, 50.0);
  // No step: the tone's own slope is 0.1 * 2 pi 1000 / 48000 a frame.
  double steepest = 0.0;
  for (std::size_t i = 24000; i + 1 < heard.audio.left.size(); ++i) {
    steepest = std::max(steepest, std::abs(static_cast<double>(heard.audio.left[i + 1]) -
                                           static_cast<double>(heard.audio.left[i])));
  }
  EXPECT_LT(steepest, 0.1 * 2.0 * M_PI * 1000.0 / kRateHz * 1.02);
}

// From the client's call to the first frame that is another: a block and 5 ms, and what the limiter
// looks ahead. A busy machine may be late, so the best of four counts.
TEST(ThroughJackd, ASetIsHeardWithinABlockAndFiveMilliseconds) {
  constexpr unsigned kPeriod = 64;
  Rig rig(kPeriod);
  ipc::Client control(std::filesystem::path(rig.server.environment().at("XDG_RUNTIME_DIR")) /
                          "auralis/control.sock",
                      "test");
  const StereoSignal tone = TonePair(1000.0, 0.2, 1.0);
  const double delay_ms =
      1000.0 * static_cast<double>(rig.daemon.LatencyFrames() + kPeriod) / kRateHz;
  double best_ms = 1e9;
  for (int i = 0; i < 4; ++i) {
    control.Ask<ipc::Values>(ipc::Set{{{"input.gain", 0.0}}});
    std::int64_t sent_ns = 0;
    const Recording heard = rig.client.Play(tone, [&] {
      std::this_thread::sleep_for(500ms);
      sent_ns = SteadyNs();
      control.Ask<ipc::Values>(ipc::Set{{{"input.gain", -12.0}}});
    });
    const std::size_t latency = rig.daemon.LatencyFrames();
    for (std::size_t n = 12000; n < heard.audio.left.size(); ++n) {
      if (std::abs(heard.audio.left[n] - tone.left[n - latency]) < 2e-4F) continue;
      const double after_ms = static_cast<double>(heard.ArrivalNs(n) - sent_ns) / 1e6;
      if (heard.xruns == 0) best_ms = std::min(best_ms, after_ms);
      break;
    }
  }
  std::cout << "heard " << best_ms << " ms after the call, of which " << delay_ms
            << " are the period and the look-ahead\n";
  EXPECT_GT(best_ms, 0.0);
  EXPECT_LT(best_ms, delay_ms + 5.0);
}

TEST(ThroughJackd, LimiterHoldsItsCeiling) {
  Rig rig(256, "[limiter]\nceiling = -3.0\n[input]\ngain = 12\n");
  const Recording heard = PlayThrough(rig.client, NoisePair(0.9, 1.5));
  ASSERT_EQ(heard.xruns, 0U);
  const double ceiling = std::pow(10.0, -3.0 / 20.0);
  EXPECT_LE(PeakOf(heard.audio.left), ceiling + 1e-6);
  EXPECT_LE(PeakOf(heard.audio.right), ceiling + 1e-6);
  EXPECT_GT(PeakOf(Cut(heard.audio.left, 0.5, 1.5)), 0.5 * ceiling);  // it limits, not mutes
}

// A sink without PipeWire: programs connect to it, what it plays to may go and come back, and its
// own ports add no time.
TEST(ThroughJackd, HasPortsThatProgramsConnectToAndKeepsItsLinks) {
  const JackServer server(256, JackServer::Late::kWaits);
  auto client = std::make_unique<JackClient>(server.environment());
  Auralisd daemon(server.environment(),
                  {"--device", "portaudio", "--host-api", "jack", "--output", "recorder"});
  const auto play = [&] {
    for (const auto& [from, to] : {std::pair("player:out_1", "Auralis:playback_1"),
                                   std::pair("player:out_2", "Auralis:playback_2")}) {
      const Finished linked = RunProgram({"jack_connect", from, to}, server.environment());
      ASSERT_EQ(linked.exit_code, 0) << linked.errors << linked.output;
    }
    const StereoSignal noise = NoisePair(0.1, 1.0);
    const Recording heard = PlayThrough(*client, noise);
    ASSERT_EQ(heard.xruns, 0U);
    const std::size_t declared = daemon.LatencyFrames();
    EXPECT_EQ(DelayBetween(noise.left, heard.audio.left, 4096), declared);
    EXPECT_EQ(DelayBetween(noise.right, heard.audio.right, 4096), declared);
  };
  play();
  client.reset();
  client = std::make_unique<JackClient>(server.environment());
  Await("the links to the recorder", [&] {
    const std::string ports =
        RunProgram({"jack_lsp", "-c", "recorder"}, server.environment()).output;
    return ports.find("in_1\n   auralis:out_0") != std::string::npos &&
           ports.find("in_2\n   auralis:out_1") != std::string::npos;
  });
  play();
}

// Programs remember ports by name, so MIDI may not take it, though it may be there first.
TEST(ThroughJackd, PortsForSoundKeepTheirNameBesideMidi) {
  const JackServer server(256);
  const JackClient client(server.environment());
  const Auralisd daemon(server.environment(),
                        {"--device", "portaudio", "--host-api", "jack", "--output", "recorder"});
  std::string ports;
  Await("the MIDI port", [&] {
    ports = RunProgram({"jack_lsp"}, server.environment()).output;
    return ports.find("Auralis MIDI:Auralis\n") != std::string::npos;
  });
  EXPECT_NE(ports.find("Auralis:playback_1\n"), std::string::npos) << ports;
  EXPECT_EQ(ports.find("Auralis-01:"), std::string::npos) << ports;
}

// PortAudio hangs for ten minutes when it is to let go of a dead server: the daemon begins anew in
// its place. It answers all the while, and is back with its settings when the server is, at
// whatever rate.
TEST(ThroughJackd, BeginsAnewInItsPlaceWhenTheServerWasKilled) {
  JackServer server(256, JackServer::Late::kWaits);
  auto client = std::make_unique<JackClient>(server.environment());
  Auralisd daemon(server.environment(), ThroughJack("player", "recorder"));
  const pid_t pid = daemon.process().pid();
  daemon.Set({"input.gain", "-6"});
  Process watch({AURALISCTL, "watch", "events"}, server.environment());
  ASSERT_TRUE(watch.AwaitOutput("JACK: player", 5s));
  server.Kill();
  const double killed_s = SteadySeconds();
  Await("the daemon to wait for a server", [&] {
    return daemon.Status().at("device").get<std::string>().find("nothing yet") != std::string::npos;
  });
  std::cout << "answers again " << std::lround((SteadySeconds() - killed_s) * 1e3)
            << " ms after the kill\n";
  // Where libjack does not tell of its server's death, it is noticed after two seconds without a
  // callback.
  EXPECT_LT(SteadySeconds() - killed_s, 5.0);
  client.reset();
  server.Restart(44100);
  client = std::make_unique<JackClient>(server.environment());
  const double back_s = SteadySeconds();
  Await("sound at the new rate", [&] {
    const auto status = daemon.Status();
    return status.at("sample_rate_hz").get<double>() == 44100.0 &&
           status.at("callbacks").get<std::uint64_t>() > 0;
  });
  const double took_s = SteadySeconds() - back_s;
  std::cout << "streams " << std::lround(took_s * 1e3) << " ms after server and players are back\n";
  EXPECT_LT(took_s, 2.0);
  EXPECT_EQ(daemon.process().pid(), pid);
  const Recording heard = PlayThrough(*client, TonePair(997.0, 0.1, 2.0));
  ASSERT_EQ(heard.xruns, 0U);
  const Signal steady = Cut(heard.audio.left, 0.5, 1.8);
  EXPECT_NEAR(Db(ToneAmplitude(steady, 997.0, kRateHz) / 0.1), -6.0, 0.02);
  EXPECT_TRUE(watch.AwaitOutput("the sound server is back", 5s)) << watch.output();
  EXPECT_TRUE(watch.IsRunning());
}

// Signals wait while the daemon starts, so a start must not wait without end.
TEST(ThroughJackd, AServerThatHangsIsAnErrorAndNoHang) {
  JackServer server(256);
  server.Hang();
  const Finished refused = RunAuralisd(server.environment(), ThroughJack("player", "recorder"));
  server.GoOn();
  EXPECT_EQ(refused.exit_code, 69);
  EXPECT_NE(refused.errors.find("does not answer"), std::string::npos) << refused.errors;
}

// PortAudio waits ten minutes for the first call.
TEST(ThroughJackd, AServerThatHangsWhileAStreamIsOpenedIsWaitedFor) {
  JackServer server(256);
  auto client = std::make_unique<JackClient>(server.environment());
  Auralisd daemon(server.FaultyEnvironment(), ThroughJack("player", "recorder"));
  daemon.Set({"input.gain", "-6"});
  server.Kill();
  server.SignalBefore("Pa_OpenStream", "STOP");
  client.reset();
  server.Restart();
  client = std::make_unique<JackClient>(server.environment());
  ASSERT_TRUE(daemon.process().AwaitOutput("does not ask for audio", 40s)) << daemon.log();
  server.GoOn();
  Await(
      "sound", [&] { return daemon.Status().at("callbacks").get<std::uint64_t>() > 1; }, 20s);
  EXPECT_EQ(daemon.Ctl({"get", "input.gain"}).output, "input.gain = -6.0 dB\n");
}

// The unit is PipeWire's until `auralisctl setup` sees another server, and again when it is back.
TEST(ThroughJackd, SetupTellsTheServiceWhichServerThereIs) {
  const TempDir config;
  const std::filesystem::path drop_in =
      config.path() / "systemd/user/auralisd.service.d/sound-server.conf";
  const auto set_up = [&](Environment environment) {
    environment["XDG_CONFIG_HOME"] = config.path();
    return RunProgram({AURALISCTL, "setup"}, environment).output;
  };
  {
    const JackServer server(256);
    EXPECT_NE(set_up(server.environment()).find("plays through JACK"), std::string::npos);
    std::stringstream text;
    text << std::ifstream(drop_in).rdbuf();
    EXPECT_NE(text.str().find(" --device portaudio --host-api jack\n"), std::string::npos)
        << text.str();
    // Whoever else answers: what plays through JACK is no other server's default.
    auto environment = server.environment();
    environment["XDG_CONFIG_HOME"] = config.path();
    const Finished asked = RunProgram({AURALISCTL, "setup", "--default"}, environment);
    EXPECT_NE(asked.exit_code, 0);
    EXPECT_NE(asked.output.find("JACK has no default sink"), std::string::npos) << asked.output;
  }
  const PipeWireServer server(256);
  EXPECT_NE(set_up(server.environment()).find("done: remove"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(drop_in));
}

TEST(ThroughJackd, OtherRateThanTheServersIsRefusedWithTheOnlyOneAllowed) {
  const JackServer server(256);
  const JackClient client(server.environment());
  std::vector<std::string> options = ThroughJack("player", "recorder");
  options.insert(options.end(), {"--rate", "44100"});
  const Finished refused = RunAuralisd(server.environment(), options);
  EXPECT_EQ(refused.exit_code, 69);
  EXPECT_NE(refused.errors.find("48000"), std::string::npos) << refused.errors;
}

TEST(ThroughJackd, SameNodeAsInputAndOutputIsRefused) {
  const JackServer server(256);
  const Finished refused = RunAuralisd(
      server.environment(),
      {"--device", "portaudio", "--host-api", "jack", "--input", "system", "--output", "system"});
  EXPECT_EQ(refused.exit_code, 69);
  EXPECT_NE(refused.errors.find("feed back"), std::string::npos) << refused.errors;
}

}  // namespace
}  // namespace auralis::test
