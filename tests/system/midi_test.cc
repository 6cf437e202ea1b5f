// Controllers played through real servers: jackd with its dummy driver, and PipeWire's JACK.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "ipc/client.h"
#include "tests/support/measure.h"
#include "tests/support/midi_controller.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// A box with a knob of every kind.
constexpr char kMap[] = R"(schema = 1
name = "Box"
ports = ["box:midi_out"]
[[control]]
source = "cc 16"
target = "input.gain"
from = "-12 dB"
to = "12 dB"
feedback = true
[[control]]
source = "cc 17"
target = "input.gain"
mode = "jump"
from = "-24 dB"
to = "0 dB"
[[control]]
source = "note 40"
target = "bypass"
feedback = { to = "note 41", low = 0, high = 1 }
[[control]]
source = "program any"
target = "presets"
presets = ["flat", "warm"]
[[control]]
source = "note 42"
target = "preset-next"
[[control]]
source = "note 43"
target = "undo"
[[control]]
source = "nrpn 300"
target = "output.gain"
mode = "jump"
from = "-24 dB"
to = "0 dB"
[[control]]
source = "cc 18"
target = "tone.air"
mode = "relative-twos"
ticks = 100
)";

// A server with the audio clients, a daemon between them, and the map in the user's folder.
struct Rig {
  explicit Rig(unsigned period_frames = 256, const std::string& settings = "")
      : server(period_frames, JackServer::Late::kWaits),
        audio(server.environment()),
        daemon(WithMap(server.environment()), ThroughJack("player", "recorder"), settings) {}

  static Environment WithMap(const Environment& environment) {
    const std::filesystem::path folder =
        std::filesystem::path(environment.at("XDG_CONFIG_HOME")) / "auralis/midi";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "box.toml") << kMap;
    return environment;
  }
  json Ports() const { return json::parse(daemon.Ctl({"midi", "ports", "--json"}).output); }
  bool Listens(const std::string& port) const {
    const json all = Ports();
    for (const json& one : all["ports"]) {
      if (one["name"] == port && one["present"].get<bool>() && one["controls"] > 0) return true;
    }
    return false;
  }
  double Value(const std::string& key) const {
    return json::parse(daemon.Ctl({"get", key, "--json"}).output)[key]["value"].get<double>();
  }
  void AwaitValue(const std::string& key, double value, double within) const {
    try {
      Await(
          key, [&] { return std::abs(Value(key) - value) <= within; }, 10s);
    } catch (const std::runtime_error&) {
      FAIL() << key << " is " << Value(key) << ", not " << value << "\n" << daemon.log();
    }
  }

  JackServer server;
  JackClient audio;
  Auralisd daemon;
};

// Its messages reach the daemon.
void AwaitConnected(const Environment& environment, const std::string& port) {
  Await(port + " to be connected", [&] {
    return RunProgram({"jack_lsp", "-c", port}, environment).output.find("   Auralis") !=
           std::string::npos;
  });
}

// Plugged in, and heard.
std::unique_ptr<MidiController> PlugIn(const Rig& rig, const std::string& name = "box") {
  auto controller = std::make_unique<MidiController>(rig.server.environment(), name);
  Await(name + " to be listened to", [&] { return rig.Listens(name + ":midi_out"); });
  AwaitConnected(rig.server.environment(), name + ":midi_out");
  return controller;
}

TEST(MidiThroughJackd, ControllersPluggedInAndOutMoveWhatTheirMapSays) {
  const Rig rig;
  EXPECT_EQ(rig.Ports()["api"], "JACK");
  auto box = PlugIn(rig);
  box->Send({0xB0, 17, 127});
  rig.AwaitValue("input.gain", 0.0, 1e-6);
  box->Send({0xB0, 17, 0});
  rig.AwaitValue("input.gain", -24.0, 1e-6);
  std::this_thread::sleep_for(150ms);  // what is sent back sooner is an echo
  // Pickup: -24 is below this knob's way, so its low end meets it.
  box->Send({0xB0, 16, 64});
  box->Send({0xB0, 16, 30});
  EXPECT_EQ(rig.Value("input.gain"), -24.0);
  box->Send({0xB0, 16, 0});
  rig.AwaitValue("input.gain", -12.0, 1e-6);
  // 14 bits.
  for (const auto& [number, value] : {std::pair{99, 2}, {98, 44}, {6, 64}, {38, 0}}) {
    box->Send({0xB0, number, value});
  }
  rig.AwaitValue("output.gain", -12.0, 1e-4);
  box->Send({0xB0, 18, 25});
  rig.AwaitValue("tone.air", 0.25, 1e-5);
  box->Send({0xB0, 18, 123});
  rig.AwaitValue("tone.air", 0.20, 1e-5);

  // Away in the middle of a sweep, and back: it must be picked up again.
  box->Send({0xB0, 16, 64});
  rig.AwaitValue("input.gain", 0.0, 1e-6);
  box.reset();
  Await("box to be gone", [&] { return !rig.Listens("box:midi_out"); });
  box = PlugIn(rig);
  box->Send({0xB0, 16, 100});
  box->Send({0xB0, 16, 90});
  box->Send({0xB0, 17, 64});  // somebody else's change, to wait for
  rig.AwaitValue("input.gain", -12.0, 1e-6);
}

TEST(MidiThroughJackd, RunningStatusSystemExclusiveAndGarbageDoNoHarm) {
  const Rig rig;
  const auto box = PlugIn(rig);
  for (const auto& bytes : std::vector<std::vector<int>>{{0xF0, 0x42, 0x40, 17, 100, 0xF7},
                                                         {17, 100},
                                                         {0xFF},
                                                         {0xF8},
                                                         {0xFE},
                                                         {0xF4},
                                                         {0xB0},
                                                         {0xB0, 17},
                                                         {0xC0},
                                                         {0xF0, 17, 17},
                                                         {17, 0xF7}}) {
    box->Send(bytes);  // RtMidi takes what follows an 0xF0 for its rest, until there is an 0xF7
  }
  box->Send({0xB0, 17, 5, 17, 127, 17, 0});  // running status
  rig.AwaitValue("input.gain", -24.0, 1e-6);
  EXPECT_EQ(rig.daemon.log().find("error"), std::string::npos) << rig.daemon.log();
}

TEST(MidiThroughJackd, NotesAndProgramsBypassLoadPresetsAndUndo) {
  const Rig rig;
  const auto box = PlugIn(rig);
  box->AwaitHeard("90 29 00");  // the lamp
  box->Send({0x90, 40, 100});
  box->Send({0x80, 40, 0});
  rig.AwaitValue("master.bypass", 1.0, 0.0);
  box->AwaitHeard("90 29 01");
  box->Send({0xC0, 1});
  Await("warm", [&] { return rig.daemon.Status()["preset"] == "warm"; });
  box->Send({0x90, 42, 1});
  Await("the one after warm", [&] { return rig.daemon.Status()["preset"] == "adaptive"; });
  box->Send({0xB0, 17, 127});
  box->Send({0xB0, 17, 0});
  rig.AwaitValue("input.gain", -24.0, 1e-6);
  box->Send({0x90, 43, 1});
  rig.AwaitValue("input.gain", 0.0, 1e-6);
}

// Of a sweep the history has one step; it is pinned, and others hear of it.
TEST(MidiThroughJackd, ASweepIsOneStepThatEveryClientSees) {
  const Rig rig;
  const auto box = PlugIn(rig);
  ipc::Client watcher(std::filesystem::path(rig.server.environment().at("XDG_RUNTIME_DIR")) /
                          "auralis/control.sock",
                      "watcher");
  watcher.Ask<ipc::Subscribed>(ipc::Subscribe{{{ipc::Stream::kParameters, 60.0F}}});
  rig.daemon.Set({"output.gain", "-3"});
  box->Sweep(17, 100, 200.0);  // half a second
  const double end = -24.0 + 24.0 * 0.5 * (1.0 + 35.0 / 63.0);
  rig.AwaitValue("input.gain", end, 1e-4);
  bool seen = false;
  Await("the event", [&] {
    const auto event = watcher.NextEvent(100ms);
    const auto* changed = event ? std::get_if<ipc::ParametersChanged>(&*event) : nullptr;
    if (changed == nullptr || changed->snapshot) return false;
    seen = std::any_of(changed->values.begin(), changed->values.end(),
                       [&](const ipc::Value& one) { return one.key == "input.gain"; });
    return seen;
  });
  rig.daemon.Ctl({"undo"});
  EXPECT_EQ(rig.Value("input.gain"), 0.0);
  EXPECT_EQ(rig.Value("output.gain"), -3.0);
  rig.daemon.Ctl({"redo"});
  EXPECT_NEAR(rig.Value("input.gain"), end, 1e-4);
}

// Our port that is connected to `port`; "" for none.
std::string OursAt(const std::string& port, const Environment& environment) {
  const std::string all = RunProgram({"jack_lsp", "-c", port}, environment).output;
  const std::size_t at = all.find("Auralis");
  return at == std::string::npos ? "" : all.substr(at, all.find('\n', at) - at);
}

TEST(MidiThroughJackd, WhoeverIsConnectedLaterIsToldAllThatIs) {
  const Rig rig;
  const auto box = PlugIn(rig);
  box->AwaitHeard("b0 10 40");
  const Environment& environment = rig.server.environment();
  const std::string source = OursAt("box:midi_in", environment);
  ASSERT_EQ(RunProgram({"jack_disconnect", source, "box:midi_in"}, environment).exit_code, 0);
  rig.daemon.Set({"input.gain", "12"});
  std::this_thread::sleep_for(300ms);
  box->ForgetHeard();
  ASSERT_EQ(RunProgram({"jack_connect", source, "box:midi_in"}, environment).exit_code, 0);
  box->AwaitHeard("b0 10 7f");
}

TEST(MidiThroughJackd, FeedbackFollowsWhoeverMovedItAndMakesNoLoop) {
  const Rig rig;
  const auto box = PlugIn(rig);
  box->AwaitHeard("b0 10 40");  // 0 dB is the middle
  rig.daemon.Set({"input.gain", "12"});
  box->AwaitHeard("b0 10 7f");
  rig.daemon.Set({"input.gain", "-12"});
  box->AwaitHeard("b0 10 00");
  std::this_thread::sleep_for(500ms);  // all is told again to whoever was connected
  box->ForgetHeard();
  // It takes hold at the low end; what the hand does is not said to the hand.
  for (const int value : {0, 5, 10, 20, 40}) box->Send({0xB0, 16, value});
  rig.AwaitValue("input.gain", -12.0 + 24.0 * 40.0 / 128.0, 1e-4);
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(box->Heard().empty()) << box->Heard().front();
  // A cable from what it is told to what it tells.
  const Environment& environment = rig.server.environment();
  const std::string source = OursAt("box:midi_in", environment);
  const std::string sink = OursAt("box:midi_out", environment);
  ASSERT_EQ(RunProgram({"jack_connect", source, sink}, environment).exit_code, 0);
  rig.daemon.Set({"input.gain", "3.3"});
  box->AwaitHeard("b0 10 51");
  rig.daemon.Set({"master.bypass", "on"});
  box->AwaitHeard("90 29 01");
  std::this_thread::sleep_for(300ms);
  EXPECT_NEAR(rig.Value("input.gain"), 3.3, 1e-6);
  EXPECT_EQ(rig.Value("master.bypass"), 1.0);
  EXPECT_LT(box->Heard().size(), 10U);
}

TEST(MidiThroughJackd, LearnsEachKind) {
  const Rig rig;
  const auto knobs = std::make_unique<MidiController>(rig.server.environment(), "knobs");
  const auto learn = [&](const std::string& target, const std::function<void()>& move) {
    Process asked({AURALISCTL, "midi", "learn", target, "--json", "--timeout", "20"},
                  rig.server.environment());
    Await("learning", [&] { return rig.Ports()["learning"]["state"] == "waiting"; });
    AwaitConnected(rig.server.environment(), "knobs:midi_out");
    move();
    EXPECT_EQ(asked.WaitFor(25s), 0) << asked.errors();
    return json::parse(asked.output());
  };
  json learnt = learn("stereo.width", [&] {
    for (int i = 30; i < 45; ++i) knobs->Send({0xB2, 20, i});
  });
  EXPECT_EQ(learnt["state"], "done");
  EXPECT_EQ(learnt["control"]["source"], "cc 20 channel 3");
  EXPECT_EQ(learnt["control"]["mode"], "pickup");
  EXPECT_EQ(learnt["port"], "knobs:midi_out");
  learnt = learn("tone.bass", [&] {
    for (int i = 0; i < 6; ++i) knobs->Send({0xB2, 21, 1});
    for (int i = 0; i < 3; ++i) knobs->Send({0xB2, 21, 127});
  });
  EXPECT_EQ(learnt["control"]["mode"], "relative-twos");
  learnt = learn("input.gain", [&] {
    for (int i = 0; i < 8; ++i) {
      knobs->Send({0xB2, 5, 60});
      knobs->Send({0xB2, 37, i * 9});
    }
  });
  EXPECT_EQ(learnt["control"]["source"], "cc14 5 channel 3");
  learnt = learn("crossfeed.enabled", [&] {
    knobs->Send({0xB2, 70, 127});
    knobs->Send({0xB2, 70, 0});
  });
  EXPECT_EQ(learnt["control"]["mode"], "toggle");
  learnt = learn("preset:warm", [&] { knobs->Send({0x92, 60, 1}); });
  EXPECT_EQ(learnt["control"]["source"], "note 60 channel 3");
  // It works at once, and is a file of the user's.
  knobs->Send({0xB2, 70, 127});
  rig.AwaitValue("crossfeed.enabled", 1.0, 0.0);
  knobs->Send({0xB2, 21, 10});
  rig.AwaitValue("tone.bass", 10.0 / 128.0, 1e-4);
  EXPECT_TRUE(std::filesystem::exists(learnt["file"].get<std::string>()));
  EXPECT_EQ(rig.daemon.Ctl({"midi", "unmap", "tone.bass"}).exit_code, 0);
  EXPECT_EQ(rig.daemon.Ctl({"midi", "map"}).output.find("tone.bass"), std::string::npos);
  EXPECT_NE(rig.daemon.Ctl({"midi", "map"}).output.find("stereo.width"), std::string::npos);
}

TEST(MidiThroughJackd, TenThousandMessagesASecondEndAtTheLastValueAndLoseNoSound) {
  Rig rig(256);
  const auto box = PlugIn(rig);
  const json before = rig.daemon.Status();
  constexpr std::size_t kCount = 20000;
  const Recording heard =
      PlayThrough(rig.audio, TonePair(997.0, 0.05, 3.0), [&] { box->Sweep(17, kCount, 10000.0); });
  const int last = (kCount - 1) % 128;
  const double position = last <= 64 ? last / 128.0 : 0.5 + (last - 64) / 126.0;
  rig.AwaitValue("input.gain", -24.0 + 24.0 * position, 1e-4);
  const json after = rig.daemon.Status();
  EXPECT_EQ(rig.Ports()["lost"], 0);
  std::cout << "revisions: " << after["revision"].get<int>() - before["revision"].get<int>()
            << " for " << kCount << " messages; overloads: " << after["overloads"]
            << ", lost by the server: " << heard.xruns << "\n";
  EXPECT_LT(after["revision"].get<int>() - before["revision"].get<int>(), 2000);
}

// From the cycle that took the knob's message to the first frame that is another: 10 ms, a block,
// and what the limiter looks ahead. A busy machine may be late, so the best of six counts.
TEST(MidiThroughJackd, AKnobIsHeardWithinTenMillisecondsAndABlock) {
  constexpr unsigned kPeriod = 64;
  Rig rig(kPeriod);
  const auto box = PlugIn(rig);
  const StereoSignal tone = TonePair(1000.0, 0.2, 1.0);
  double best_ms = 1e9;
  for (int i = 0; i < 6; ++i) {
    box->Send({0xB0, 17, 127});
    rig.AwaitValue("input.gain", 0.0, 1e-6);
    std::int64_t sent_ns = 0;
    const Recording heard = rig.audio.Play(tone, [&] {
      std::this_thread::sleep_for(500ms);
      sent_ns = box->Send({0xB0, 17, 40});
    });
    const std::size_t latency = rig.daemon.LatencyFrames();
    for (std::size_t n = 12000; n < heard.audio.left.size(); ++n) {
      if (std::abs(heard.audio.left[n] - tone.left[n - latency]) < 2e-4F) continue;
      const double after_ms = static_cast<double>(heard.ArrivalNs(n) - sent_ns) / 1e6;
      if (heard.xruns == 0) best_ms = std::min(best_ms, after_ms);
      break;
    }
  }
  const double own_ms =
      1000.0 * static_cast<double>(rig.daemon.LatencyFrames() + kPeriod) / kRateHz;
  std::cout << "heard " << best_ms << " ms after the knob, of which " << own_ms
            << " are the period and the look-ahead\n";
  EXPECT_GT(best_ms, 0.0);
  EXPECT_LT(best_ms, 10.0 + own_ms);
}

// A sweep over 24 dB in half a second: what is beside the tone is what a ramp of the gain makes,
// and no steps. Of 7 bits each is 0.19 dB, unsmoothed a click of 2 % of the tone.
TEST(MidiThroughJackd, ASweptKnobMakesNoZipperNoise) {
  Rig rig(256);
  const auto box = PlugIn(rig);
  box->Send({0xB0, 17, 0});
  rig.AwaitValue("input.gain", -24.0, 1e-6);
  const double amplitude = 0.2;
  const Recording heard = PlayThrough(rig.audio, TonePair(100.0, amplitude, 2.0), [&] {
    std::this_thread::sleep_for(600ms);
    box->Sweep(17, 128, 256.0);
  });
  ASSERT_EQ(heard.xruns, 0U);
  // The second difference of a tone is its square of the frequency; a step of the gain adds itself.
  double largest = 0.0;
  const double omega = 2.0 * M_PI * 100.0 / kRateHz;
  for (std::size_t i = 24000; i + 1 < heard.audio.left.size(); ++i) {
    const auto at = [&](std::size_t n) { return static_cast<double>(heard.audio.left[n]); };
    largest = std::max(largest, std::abs(at(i + 1) - 2.0 * at(i) + at(i - 1)));
  }
  std::cout << "largest second difference " << largest << ", of the tone alone "
            << amplitude * omega * omega << "\n";
  EXPECT_LT(largest, 2.0 * amplitude * omega * omega);
}

TEST(MidiThroughJackd, AServerThatDiesTakesNothingWithIt) {
  Rig rig(256);
  const auto box = PlugIn(rig);
  box->Send({0xB0, 17, 127});
  const auto killed = std::chrono::steady_clock::now();
  rig.server.Kill();
  ASSERT_TRUE(rig.daemon.process().AwaitOutput("begins anew", 6s)) << rig.daemon.log();
  EXPECT_EQ(rig.daemon.Ctl({"midi", "ports"}).exit_code, 0) << rig.daemon.log();
  std::cout << (std::chrono::steady_clock::now() - killed) / 1ms << " ms\n";
}

// libjack frees what the daemon has at the dead server, in opening the client that RtMidi wants.
TEST(MidiThroughJackd, AServerThatDiesWhileAPortIsOpenedTakesNothingWithIt) {
  for (int i = 0; i < 3; ++i) {
    JackServer server(256);
    const JackClient client(server.environment());
    server.SignalBefore("jack_client_open-Auralis MIDI", "KILL");
    Auralisd daemon(server.FaultyEnvironment(), ThroughJack("player", "recorder"));
    ASSERT_TRUE(daemon.process().AwaitOutput("begins anew", 6s)) << daemon.log();
    Await("the daemon to wait for a server", [&] {
      const auto device = daemon.Status().at("device").get<std::string>();
      return device.find("nothing yet") != std::string::npos;
    });
    EXPECT_TRUE(daemon.process().IsRunning()) << daemon.log();
  }
}

TEST(MidiThroughPipeWire, AControllerMovesAParameterAndIsTold) {
  PipeWireServer server(256);
  server.MakeNullSink("Auralis", "Auralis");
  server.MakeNullSink("Speakers", "Speakers");
  Auralisd daemon(Rig::WithMap(server.environment()),
                  {"--device", "portaudio", "--host-api", "jack", "--input", "Auralis", "--output",
                   "Speakers"});
  MidiController box(server.environment(), "box");
  const auto value = [&] {
    return json::parse(daemon.Ctl({"get", "input.gain", "--json"}).output)["input.gain"]["value"]
        .get<double>();
  };
  try {
    box.AwaitHeard("b0 10 40");
  } catch (const std::runtime_error& e) {
    FAIL() << e.what() << "\n"
           << RunProgram({"jack_lsp", "-c"}, server.environment()).output << daemon.log()
           << server.log();
  }
  box.Send({0xB0, 17, 127});
  box.Send({0xB0, 17, 0});
  Await("the knob", [&] { return value() == -24.0; });
  box.AwaitHeard("b0 10 00");
}

}  // namespace
}  // namespace auralis::test
