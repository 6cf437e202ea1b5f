// MIDI over the socket: the wire, and what auralisctl makes of it.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ipc/client.h"
#include "ipc/codec.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"

namespace auralis::ipc {
namespace {

using nlohmann::json;
using test::Finished;
using test::TestServer;

Finished Ctl(const TestServer& server, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {AURALISCTL, "--socket", server.path()});
  return test::RunProgram(arguments);
}

// What is read is what was written, field by field, if writing it again makes the same bytes; a
// field that is lost would be its default then.
TEST(MidiMessages, GoOverTheWireWhole) {
  const auto state = std::get<MidiState>(test::FixedBackend().Answer(GetMidi{}));
  const Frame frame = Encode(7, Reply(state));
  const DaemonMessage read = DecodeDaemonMessage(frame);
  EXPECT_EQ(Encode(7, std::get<Reply>(read.body)), frame);
  const auto& copy = std::get<MidiState>(std::get<Reply>(read.body));
  EXPECT_EQ(copy.api, "JACK");
  EXPECT_EQ(copy.lost, 5U);
  ASSERT_EQ(copy.ports.size(), 1U);
  EXPECT_EQ(copy.ports[0].name, "box:midi_out");
  EXPECT_EQ(copy.ports[0].messages, 77U);
  EXPECT_TRUE(copy.ports[0].map_shipped);
  ASSERT_EQ(copy.controls.size(), 1U);
  EXPECT_EQ(copy.controls[0].text, "-3.0 dB");
  const MidiControl& control = copy.controls[0].control;
  EXPECT_EQ(control.source, "cc 16 channel 3");
  EXPECT_EQ(control.feedback_high, "13");
  EXPECT_EQ(control.presets, (std::vector<std::string>{"flat", "warm"}));
  EXPECT_TRUE(control.invert);
  EXPECT_EQ(copy.learning.saw, "a knob");
  EXPECT_EQ(copy.learning.control.label, "knob 1");
  EXPECT_EQ(copy.problems, std::vector<std::string>{"bad.toml:3: no"});

  for (const Request& request :
       {Request(GetMidi{}), Request(MapMidi{.port = "box", .control = control}),
        Request(UnmapMidi{.port = "box", .what = "cc 3"}),
        Request(LearnMidi{.port = "box", .control = control, .timeout_s = 3.5F, .cancel = true})}) {
    const Frame sent = Encode(9, request);
    const RequestMessage received = DecodeRequest(sent);
    EXPECT_EQ(Encode(9, std::get<Request>(received.body)), sent);
    EXPECT_EQ(std::get<Request>(received.body).index(), request.index());
  }
}

TEST(MidiMessages, OverTheirLimitsAreTooLarge) {
  const auto code = [](const Request& request) {
    const RequestMessage message = DecodeRequest(Encode(1, request));
    const auto* error = std::get_if<Error>(&message.body);
    return error == nullptr ? ErrorCode::kInternal : error->code;
  };
  EXPECT_EQ(code(MapMidi{.port = "", .control = {.source = std::string(kMaxTextBytes + 1, 'x')}}),
            ErrorCode::kTooLarge);
  EXPECT_EQ(code(UnmapMidi{.port = "", .what = std::string(kMaxTextBytes + 1, 'x')}),
            ErrorCode::kTooLarge);
  EXPECT_EQ(code(LearnMidi{.port = std::string(kMaxPathBytes + 1, 'x')}), ErrorCode::kTooLarge);
  EXPECT_EQ(code(LearnMidi{.control = {.presets = std::vector<std::string>(129, "a")}}),
            ErrorCode::kTooLarge);
}

TEST(AuralisctlMidi, ShowsPortsAndMaps) {
  const TestServer server;
  const Finished ports = Ctl(server, {"midi", "ports"});
  EXPECT_EQ(ports.exit_code, 0) << ports.errors;
  EXPECT_NE(ports.output.find("over JACK"), std::string::npos);
  EXPECT_NE(ports.output.find("box:midi_out"), std::string::npos);
  EXPECT_NE(ports.output.find("bad.toml:3: no"), std::string::npos);
  const json machine = json::parse(Ctl(server, {"midi", "ports", "--json"}).output);
  EXPECT_EQ(machine["ports"][0]["map"], "Box");
  EXPECT_EQ(machine["lost"], 5);
  const Finished map = Ctl(server, {"midi", "map"});
  for (const char* part : {"knob 1", "cc 16 channel 3", "input.gain", "-3.0 dB", "Box"}) {
    EXPECT_NE(map.output.find(part), std::string::npos) << part << "\n" << map.output;
  }
  EXPECT_EQ(json::parse(Ctl(server, {"midi", "map", "--json"}).output)[0]["target"], "input.gain");
}

TEST(AuralisctlMidi, SendsWhatIsToBeMapped) {
  const TestServer server;
  const Finished mapped =
      Ctl(server, {"midi", "map", "stereo.width", "--control", "cc 3", "--port", "box", "--from",
                   "-3", "--to", "2", "--invert", "--mode", "jump", "--json"});
  EXPECT_EQ(mapped.exit_code, 0) << mapped.errors;
  const json control = json::parse(mapped.output)[1];
  EXPECT_EQ(control["source"], "cc 3");
  EXPECT_EQ(control["target"], "stereo.width");
  EXPECT_EQ(control["from"], "-3");
  EXPECT_EQ(control["mode"], "jump");
  EXPECT_EQ(control["port"], "box");
  EXPECT_EQ(Ctl(server, {"midi", "map", "stereo.width"}).exit_code, 64);
  EXPECT_EQ(
      Ctl(server, {"midi", "map", "stereo.width", "--control", "cc 3", "--mode", "x"}).exit_code,
      64);
  EXPECT_EQ(Ctl(server, {"midi", "unmap", "input.gain"}).exit_code, 0);
  EXPECT_EQ(Ctl(server, {"midi", "unmap", "tone.air"}).exit_code, 65);
  const Finished learnt = Ctl(server, {"midi", "learn", "tone.air", "--timeout", "2.5"});
  EXPECT_EQ(learnt.exit_code, 0) << learnt.errors;
  EXPECT_NE(learnt.output.find("a knob on box:midi_out"), std::string::npos) << learnt.output;
  const json learning =
      json::parse(Ctl(server, {"midi", "learn", "tone.air", "--timeout", "2.5", "--json"}).output);
  EXPECT_EQ(learning["control"]["target"], "tone.air");
  EXPECT_EQ(learning["hint"], "2.5");
  const Finished nowhere = Ctl(server, {"midi", "learn", "tone.air", "--port", "nothing"});
  EXPECT_EQ(nowhere.exit_code, 65);
  EXPECT_NE(nowhere.errors.find("nothing"), std::string::npos);
}

}  // namespace
}  // namespace auralis::ipc
