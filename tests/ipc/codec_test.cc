#include "ipc/codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "ipc/auralisctl_json.h"
#include "tests/ipc/support/raw_client.h"
#include "tests/ipc/support/test_server.h"

namespace auralis::ipc {
namespace {

constexpr float kSilence = -std::numeric_limits<float>::infinity();

template <class Message>
Message RequestThroughWire(const Message& sent) {
  const RequestMessage received = DecodeRequest(Encode(77, Request(sent)));
  EXPECT_EQ(received.id, 77U);
  return std::get<Message>(std::get<Request>(received.body));
}

template <class Message>
Message ReplyThroughWire(const Message& sent) {
  const DaemonMessage received = DecodeDaemonMessage(Encode(78, Reply(sent)));
  EXPECT_EQ(received.id, 78U);
  return std::get<Message>(std::get<Reply>(received.body));
}

template <class Message>
Message EventThroughWire(const Message& sent) {
  const DaemonMessage received = DecodeDaemonMessage(Encode(Event(sent)));
  EXPECT_EQ(received.id, 0U);
  return std::get<Message>(std::get<Event>(received.body));
}

TEST(Codec, CarriesEveryRequest) {
  const Hello hello = RequestThroughWire(Hello{5, "a client"});
  EXPECT_EQ(hello.protocol_version, 5U);
  EXPECT_EQ(hello.client_name, "a client");
  RequestThroughWire(GetStatus{});
  RequestThroughWire(GetInfo{});
  EXPECT_EQ(RequestThroughWire(Describe{"input.*"}).glob, "input.*");
  EXPECT_EQ(RequestThroughWire(Get{{"a.b", "c.*"}}).keys, (std::vector<std::string>{"a.b", "c.*"}));
  const Set set = RequestThroughWire(Set{{{"a.b", -0.5}, {"c.d", "-3 dB"}, {"e.f", ""}}});
  ASSERT_EQ(set.assignments.size(), 3U);
  EXPECT_EQ(set.assignments[0].key, "a.b");
  EXPECT_EQ(std::get<double>(set.assignments[0].value), -0.5);
  EXPECT_EQ(std::get<std::string>(set.assignments[1].value), "-3 dB");
  EXPECT_EQ(std::get<std::string>(set.assignments[2].value), "");
  EXPECT_EQ(set.preset, "");
  EXPECT_EQ(RequestThroughWire(Set{{{"a.b", 1.0}}, "warm"}).preset, "warm");
  const Subscribe subscribe =
      RequestThroughWire(Subscribe{{{Stream::kSpectrum, 12.5F}, {Stream::kMeters, 60.0F}}});
  ASSERT_EQ(subscribe.streams.size(), 2U);
  EXPECT_EQ(subscribe.streams[0].stream, Stream::kSpectrum);
  EXPECT_EQ(subscribe.streams[0].rate_hz, 12.5F);
  EXPECT_EQ(subscribe.streams[1].stream, Stream::kMeters);
}

TEST(Codec, CarriesResponses) {
  EXPECT_EQ(RequestThroughWire(LoadResponse{"/rooms/hall.wav"}).path, "/rooms/hall.wav");
  const auto loaded = ReplyThroughWire(ResponseLoaded{"/hall.wav", 4, 44100.0, 96000, 1152000});
  EXPECT_EQ(loaded.path, "/hall.wav");
  EXPECT_EQ(loaded.channels, 4U);
  EXPECT_EQ(loaded.file_rate_hz, 44100.0);
  EXPECT_EQ(loaded.frames, 96000U);
  EXPECT_EQ(loaded.memory_bytes, 1152000U);
  EXPECT_EQ(RequestThroughWire(LoadResponse{std::string(kMaxPathBytes, 'x')}).path.size(),
            kMaxPathBytes);
  const auto refused = DecodeRequest(Encode(7, LoadResponse{std::string(kMaxPathBytes + 1, 'x')}));
  ASSERT_TRUE(std::holds_alternative<Error>(refused.body));
  EXPECT_EQ(std::get<Error>(refused.body).code, ErrorCode::kTooLarge);
}

TEST(Codec, CarriesErrors) {
  const Error error = ReplyThroughWire(
      Error{ErrorCode::kBadValue, "a.b", "9", "is above the maximum", "0 to 1", "all of it"});
  EXPECT_EQ(error.code, ErrorCode::kBadValue);
  EXPECT_EQ(error.key, "a.b");
  EXPECT_EQ(error.value, "9");
  EXPECT_EQ(error.reason, "is above the maximum");
  EXPECT_EQ(error.allowed, "0 to 1");
  EXPECT_EQ(error.message, "all of it");
}

TEST(Codec, CarriesStatus) {
  constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
  const Status status = ReplyThroughWire(Status{.state = "stopping",
                                                .device = "JACK: a -> b",
                                                .sample_rate_hz = 44100.5,
                                                .block_frames = 1,
                                                .host_frames = 2,
                                                .latency_frames = 3,
                                                .uptime_s = 4.25,
                                                .callbacks = 5,
                                                .frames = kHuge,
                                                .xruns = 7,
                                                .non_finite_frames = 8,
                                                .dropped_taps = 9,
                                                .bypass = true,
                                                .clients = 10,
                                                .lost_telemetry = 11,
                                                .revision = 12});
  EXPECT_EQ(status.state, "stopping");
  EXPECT_EQ(status.device, "JACK: a -> b");
  EXPECT_EQ(status.sample_rate_hz, 44100.5);
  EXPECT_EQ(status.block_frames, 1U);
  EXPECT_EQ(status.host_frames, 2U);
  EXPECT_EQ(status.latency_frames, 3U);
  EXPECT_EQ(status.uptime_s, 4.25);
  EXPECT_EQ(status.callbacks, 5U);
  EXPECT_EQ(status.frames, kHuge);
  EXPECT_EQ(status.xruns, 7U);
  EXPECT_EQ(status.non_finite_frames, 8U);
  EXPECT_EQ(status.dropped_taps, 9U);
  EXPECT_TRUE(status.bypass);
  EXPECT_EQ(status.clients, 10U);
  EXPECT_EQ(status.lost_telemetry, 11U);
  EXPECT_EQ(status.revision, 12U);
}

TEST(Codec, CarriesWelcomeAndInfo) {
  const Welcome welcome = ReplyThroughWire(Welcome{3, "1.2.3"});
  EXPECT_EQ(welcome.protocol_version, 3U);
  EXPECT_EQ(welcome.daemon_version, "1.2.3");
  const Info info = ReplyThroughWire(Info{"1.2.3", 4, 5, "AVX2", "GPL", "/a.toml", "/b.sock"});
  EXPECT_EQ(info.version, "1.2.3");
  EXPECT_EQ(info.protocol_version, 4U);
  EXPECT_EQ(info.pid, 5U);
  EXPECT_EQ(info.simd_target, "AVX2");
  EXPECT_EQ(info.licence, "GPL");
  EXPECT_EQ(info.settings_path, "/a.toml");
  EXPECT_EQ(info.socket_path, "/b.sock");
}

TEST(Codec, CarriesParametersAndValues) {
  const Parameters parameters = ReplyThroughWire(Parameters{9,
                                                            {{"a.b",
                                                              "B",
                                                              "dB",
                                                              "choice",
                                                              -1.0F,
                                                              2.0F,
                                                              0.5F,
                                                              20.0F,
                                                              {"x", "y"},
                                                              "x or y",
                                                              "Does.",
                                                              1.0F,
                                                              "y",
                                                              "x"},
                                                             {.key = "c.d"}}});
  EXPECT_EQ(parameters.revision, 9U);
  ASSERT_EQ(parameters.parameters.size(), 2U);
  const Parameter& one = parameters.parameters[0];
  EXPECT_EQ(one.key, "a.b");
  EXPECT_EQ(one.name, "B");
  EXPECT_EQ(one.unit, "dB");
  EXPECT_EQ(one.scale, "choice");
  EXPECT_EQ(one.min, -1.0F);
  EXPECT_EQ(one.max, 2.0F);
  EXPECT_EQ(one.default_value, 0.5F);
  EXPECT_EQ(one.smoothing_ms, 20.0F);
  EXPECT_EQ(one.choices, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(one.allowed, "x or y");
  EXPECT_EQ(one.doc, "Does.");
  EXPECT_EQ(one.value, 1.0F);
  EXPECT_EQ(one.text, "y");
  EXPECT_EQ(one.default_text, "x");
  EXPECT_EQ(parameters.parameters[1].key, "c.d");

  const Values values = ReplyThroughWire(Values{10, {{"a.b", -1.5F, "-1.5 dB", "dB"}}});
  EXPECT_EQ(values.revision, 10U);
  ASSERT_EQ(values.values.size(), 1U);
  EXPECT_EQ(values.values[0].key, "a.b");
  EXPECT_EQ(values.values[0].value, -1.5F);
  EXPECT_EQ(values.values[0].text, "-1.5 dB");
  EXPECT_EQ(values.values[0].unit, "dB");
}

TEST(Codec, CarriesEventsAndSilence) {
  const Levels input{{1.0F, kSilence}, {3.0F, 4.0F}, {5.0F, 6.0F}, kSilence, 8.0F, 9.0F};
  const Levels output{{-1.0F, -2.0F}, {-3.0F, -4.0F}, {-5.0F, -6.0F}, -7.0F, -8.0F, -9.0F};
  const Meters meters = EventThroughWire(Meters{
      1234567890123, input, output, 1.5F, 42, {{"gate", 3.5F}, {"multiband.band2", 0.25F}}, -6.5F});
  EXPECT_EQ(meters.position_frames, 1234567890123U);
  EXPECT_EQ(meters.input.peak_dbfs, input.peak_dbfs);
  EXPECT_EQ(meters.input.rms_dbfs, input.rms_dbfs);
  EXPECT_EQ(meters.input.true_peak_dbtp, input.true_peak_dbtp);
  EXPECT_EQ(meters.input.momentary_lufs, kSilence);
  EXPECT_EQ(meters.output.true_peak_dbtp, output.true_peak_dbtp);
  EXPECT_EQ(meters.output.momentary_lufs, -7.0F);
  EXPECT_EQ(meters.output.short_term_lufs, -8.0F);
  EXPECT_EQ(meters.output.integrated_lufs, -9.0F);
  EXPECT_EQ(meters.limiter_gain_reduction_db, 1.5F);
  EXPECT_EQ(meters.lost, 42U);
  ASSERT_EQ(meters.gain_reductions.size(), 2U);
  EXPECT_EQ(meters.gain_reductions[1].stage, "multiband.band2");
  EXPECT_EQ(meters.gain_reductions[1].db, 0.25F);
  EXPECT_EQ(meters.leveler_gain_db, -6.5F);

  const Spectrum spectrum =
      EventThroughWire(Spectrum{5, 20.0F, 20000.0F, {1.0F, 2.0F}, {3.0F, kSilence}, 6});
  EXPECT_EQ(spectrum.position_frames, 5U);
  EXPECT_EQ(spectrum.low_hz, 20.0F);
  EXPECT_EQ(spectrum.high_hz, 20000.0F);
  EXPECT_EQ(spectrum.input_dbfs, (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(spectrum.output_dbfs, (std::vector<float>{3.0F, kSilence}));
  EXPECT_EQ(spectrum.lost, 6U);
  EXPECT_EQ(EventThroughWire(Bye{"restarting"}).reason, "restarting");
}

TEST(Codec, CarriesAdaptation) {
  RequestThroughWire(GetAdaptation{});
  const Adapt adapt =
      RequestThroughWire(Adapt{.action = Adapt::Action::kRelease, .text = "stereo.*"});
  EXPECT_EQ(adapt.action, Adapt::Action::kRelease);
  EXPECT_EQ(adapt.text, "stereo.*");
  const Adaptation sent = test::FixedBackend().adaptation();
  const Adaptation received = ReplyThroughWire(sent);
  // As text, in which every field stands by its name.
  EXPECT_EQ(ctl::ToJson(received), ctl::ToJson(sent));
  EXPECT_EQ(ctl::ToJson(received).at("features").at("crest_db"), 13.5);
  EXPECT_EQ(ctl::ToJson(received).at("parameters").at("stereo.width").at("value"), 0.5625);
  EXPECT_EQ(ctl::ToJson(received).at("study").at("skipped"), 1);
}

TEST(Codec, CarriesPresets) {
  RequestThroughWire(GetPresets{});
  const LoadPreset load = RequestThroughWire(
      LoadPreset{.name = "warm", .device = "hd600", .route = "none", .step = -1});
  EXPECT_EQ(load.name, "warm");
  EXPECT_EQ(load.device, "hd600");
  EXPECT_EQ(load.route, "none");
  EXPECT_EQ(load.step, -1);
  const PresetState sent = test::FixedBackend().Presets();
  EXPECT_EQ(ctl::ToJson(ReplyThroughWire(sent)), ctl::ToJson(sent));
  EXPECT_EQ(ctl::ToJson(sent).at("rules").at(0).at("chosen"), true);
}

TEST(Codec, NamesARequestFromANewerClientAsUnknown) {
  const RequestMessage message = DecodeRequest(test::FrameFromTheFuture(7));
  EXPECT_EQ(message.id, 7U);
  EXPECT_EQ(std::get<Error>(message.body).code, ErrorCode::kUnknownRequest);
  const DaemonMessage unknown = DecodeDaemonMessage(test::FrameFromTheFuture(7));
  EXPECT_TRUE(std::holds_alternative<UnknownMessage>(unknown.body));
}

TEST(Codec, TakesAReplyForNoRequest) {
  const RequestMessage message = DecodeRequest(Encode(3, Reply(Welcome{})));
  EXPECT_EQ(std::get<Error>(message.body).code, ErrorCode::kUnknownRequest);
}

TEST(Codec, RefusesListsAndTextsOverTheirLimits) {
  const auto code_of = [](const Request& request) {
    const RequestMessage message = DecodeRequest(Encode(1, request));
    const auto* error = std::get_if<Error>(&message.body);
    return error == nullptr ? ErrorCode::kInternal : error->code;
  };
  const std::string longest(kMaxTextBytes, 'x');
  const std::string too_long = longest + "x";
  EXPECT_EQ(code_of(Get{std::vector<std::string>(kMaxItems, longest)}), ErrorCode::kInternal);
  EXPECT_EQ(code_of(Get{std::vector<std::string>(kMaxItems + 1, "a")}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Get{{"a", too_long}}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Set{std::vector<Assignment>(kMaxItems, {"a", 1.0})}), ErrorCode::kInternal);
  EXPECT_EQ(code_of(Set{std::vector<Assignment>(kMaxItems + 1, {"a", 1.0})}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Set{{{"a", too_long}}}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Set{{{too_long, 1.0}}}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Describe{too_long}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Hello{1, too_long}), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(Subscribe{std::vector<StreamRate>(kMaxItems + 1)}), ErrorCode::kTooLarge);
}

TEST(Codec, FindsEveryTruncatedFrameMalformed) {
  const Frame whole = Encode(1, Request(Set{{{"limiter.ceiling", "-3 dB"}, {"input.gain", -1.0}}}));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Frame part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
    const RequestMessage as_cut = DecodeRequest(part);
    EXPECT_EQ(std::get<Error>(as_cut.body).code, ErrorCode::kMalformed) << bytes;
    EXPECT_THROW(DecodeDaemonMessage(part), IpcError) << bytes;
    if (bytes < kPrefixBytes) continue;
    part[0] = static_cast<std::uint8_t>(bytes - kPrefixBytes);  // a prefix that agrees: no escape
    DecodeRequest(part);
  }
}

// What is wrong with a frame must end as an error or as another valid message: the sanitizers see
// every read outside of it.
TEST(Codec, SurvivesFlippedBits) {
  const std::vector<Frame> originals = {
      Encode(1, Request(Hello{1, "a client"})),
      Encode(2, Request(Get{{"limiter.ceiling", "input.*"}})),
      Encode(3, Request(Set{{{"limiter.ceiling", "-3 dB"}, {"input.gain", -1.0}}})),
      Encode(4, Request(Subscribe{{{Stream::kMeters, 30.0F}, {Stream::kSpectrum, 10.0F}}})),
      Encode(5, Reply(Parameters{1, {{.key = "a.b", .choices = {"x", "y"}}, {.key = "c"}}})),
      Encode(Event(Meters{})),
      Encode(Event(Spectrum{1, 20.0F, 2e4F, {1.0F, 2.0F}, {3.0F}, 0})),
  };
  std::mt19937 random(20240229);
  std::size_t refused = 0;
  constexpr std::size_t kRounds = 10000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    Frame frame = originals[round % originals.size()];
    const std::size_t flips = 1 + random() % 4;
    for (std::size_t flip = 0; flip < flips; ++flip) {
      frame[random() % frame.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8U));
    }
    refused += std::holds_alternative<Error>(DecodeRequest(frame).body) ? 1U : 0U;
    try {
      DecodeDaemonMessage(frame);
    } catch (const IpcError&) {
      continue;
    }
  }
  EXPECT_GT(refused, kRounds / 4);
  EXPECT_LT(refused, kRounds);
}

TEST(Codec, CarriesComparisons) {
  RequestThroughWire(GetComparison{});
  const Compare compare = RequestThroughWire(Compare{"warm", "/a/night.toml"});
  EXPECT_EQ(compare.a, "warm");
  EXPECT_EQ(compare.b, "/a/night.toml");
  EXPECT_EQ(RequestThroughWire(SteerComparison{SteerComparison::Action::kEnd}).action,
            SteerComparison::Action::kEnd);
  const auto sent = std::get<Comparison>(test::FixedBackend().Answer(GetComparison{}));
  EXPECT_EQ(ctl::ToJson(ReplyThroughWire(sent)), ctl::ToJson(sent));
  EXPECT_EQ(EventThroughWire(Notice{.kind = NoticeKind::kComparison, .text = "A/B"}).kind,
            NoticeKind::kComparison);
  const RequestMessage huge =
      DecodeRequest(Encode(1, Request(Compare{"", std::string(kMaxPathBytes + 1, 'x')})));
  EXPECT_EQ(std::get<Error>(huge.body).code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace auralis::ipc
