#include "ipc/server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <thread>

#include "ipc/client.h"
#include "tests/ipc/support/raw_client.h"
#include "tests/ipc/support/test_server.h"

namespace auralis::ipc {
namespace {

using std::chrono::milliseconds;
using test::RawClient;
using test::TestServer;

Error RefusalOf(Client& client, const Request& request) {
  return std::get<Error>(client.Call(request));
}

float ValueOf(Client& client, const std::string& key) {
  return client.Ask<Values>(Get{{key}}).values.at(0).value;
}

TEST(Server, AnswersStatusAndInfoFromTheBackend) {
  TestServer server;
  Client client(server.path(), "test");
  EXPECT_FALSE(client.daemon_version().empty());
  const auto status = client.Ask<Status>(GetStatus{});
  EXPECT_EQ(status.device, "virtual: nothing -> nowhere");
  EXPECT_EQ(status.xruns, 3U);
  EXPECT_EQ(status.clients, 1U);
  const auto info = client.Ask<Info>(GetInfo{});
  EXPECT_EQ(info.pid, 4242U);
  EXPECT_EQ(info.version, "9.8.7");
}

TEST(Server, DescribesEveryParameterOfTheTable) {
  TestServer server;
  Client client(server.path(), "test");
  const auto all = client.Ask<Parameters>(Describe{""});
  ASSERT_EQ(all.parameters.size(), ParamRegistry::size());
  for (std::size_t i = 0; i < all.parameters.size(); ++i) {
    const ParamSpec& spec = ParamRegistry::info(i).spec;
    EXPECT_EQ(all.parameters[i].doc, spec.doc);
    EXPECT_EQ(all.parameters[i].min, spec.min);
    EXPECT_EQ(all.parameters[i].max, spec.max);
    EXPECT_EQ(all.parameters[i].choices.size(), spec.choices.size());
    EXPECT_FALSE(all.parameters[i].allowed.empty());
  }
  const auto some = client.Ask<Parameters>(Describe{"input.*"});
  EXPECT_EQ(some.parameters.size(), 4U);
  EXPECT_EQ(some.parameters.at(1).key, "input.gain");
  EXPECT_EQ(some.parameters.at(1).unit, "dB");
}

TEST(Server, GetsKeysAndGlobsOnceEach) {
  TestServer server;
  Client client(server.path(), "test");
  const auto values = client.Ask<Values>(Get{{"input.gain", "input.*", "input.gain"}}).values;
  std::set<std::string> keys;
  for (const Value& one : values) keys.insert(one.key);
  EXPECT_EQ(values.size(), 4U);
  EXPECT_EQ(keys.size(), 4U);
  EXPECT_EQ(values[0].key, "input.gain");
  EXPECT_EQ(values[0].unit, "dB");
}

TEST(Server, SetsNumbersAndTexts) {
  TestServer server;
  Client client(server.path(), "test");
  const auto values = client.Ask<Values>(
      Set{{{"input.gain", "-3 dB"}, {"input.balance", -0.25}, {"master.bypass", "on"}}});
  ASSERT_EQ(values.values.size(), 3U);
  EXPECT_EQ(values.values[0].value, -3.0F);
  EXPECT_EQ(values.values[1].value, -0.25F);
  EXPECT_EQ(values.values[2].text, "on");
  EXPECT_EQ(values.revision, 1U);  // one change, whatever it holds
  EXPECT_EQ(ValueOf(client, "input.balance"), -0.25F);
  EXPECT_EQ(client.Ask<Status>(GetStatus{}).revision, 1U);
}

TEST(Server, ChangesNothingWhenOneOfSeveralValuesIsRefused) {
  TestServer server;
  Client client(server.path(), "test");
  const Error error = RefusalOf(client, Set{{{"input.gain", -3.0}, {"input.balance", 7.0}}});
  EXPECT_EQ(error.code, ErrorCode::kBadValue);
  EXPECT_EQ(error.key, "input.balance");
  EXPECT_NE(error.value.find('7'), std::string::npos);
  EXPECT_FALSE(error.allowed.empty());
  EXPECT_NE(error.message.find("input.balance"), std::string::npos);
  EXPECT_EQ(ValueOf(client, "input.gain"), 0.0F);
  EXPECT_EQ(client.Ask<Status>(GetStatus{}).revision, 0U);
}

TEST(Server, NamesKeysThatLookLikeAnUnknownOne) {
  TestServer server;
  Client client(server.path(), "test");
  for (const Request& request : {Request(Get{{"input.gian"}}), Request(Set{{{"input.gian", 1.0}}}),
                                 Request(Describe{"input.gian"})}) {
    const Error error = RefusalOf(client, request);
    EXPECT_EQ(error.code, ErrorCode::kUnknownKey);
    EXPECT_EQ(error.key, "input.gian");
    EXPECT_NE(error.allowed.find("input.gain"), std::string::npos) << error.allowed;
  }
  EXPECT_EQ(RefusalOf(client, Get{{"nothing.*"}}).code, ErrorCode::kUnknownKey);
}

TEST(Server, AnswersWithAnInternalErrorWhenTheDaemonFailsAtARequest) {
  TestServer server;
  Client client(server.path(), "test");
  server.FailWith("the engine is on fire");
  const Error error = RefusalOf(client, GetStatus{});
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_NE(error.message.find("the engine is on fire"), std::string::npos);
  client.Ask<Info>(GetInfo{});  // and lives on
}

TEST(Server, ShowsOneClientWhatAnotherSet) {
  TestServer server;
  Client one(server.path(), "one");
  Client two(server.path(), "two");
  one.Ask<Values>(Set{{{"input.gain", 2.0}}});
  EXPECT_EQ(ValueOf(two, "input.gain"), 2.0F);
  EXPECT_EQ(two.Ask<Status>(GetStatus{}).clients, 2U);
}

TEST(Server, AsksForHelloFirst) {
  TestServer server;
  RawClient client(server.path());
  client.Send(Encode(5, Request(GetStatus{})));
  EXPECT_EQ(client.ReceiveError().code, ErrorCode::kHelloFirst);
  client.Hello();  // the connection lives
}

TEST(Server, RefusesAnotherVersionAndStaysOpen) {
  TestServer server;
  RawClient client(server.path());
  client.Send(Encode(5, Request(Hello{kProtocolVersion + 1, "newer"})));
  const Error error = client.ReceiveError();
  EXPECT_EQ(error.code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(error.allowed, std::to_string(kProtocolVersion));
  client.Send(Encode(6, Request(GetStatus{})));
  EXPECT_EQ(client.ReceiveError().code, ErrorCode::kHelloFirst);
  client.Hello();
}

TEST(Server, AnswersARequestFromTheFutureWithAnErrorAndStaysOpen) {
  TestServer server;
  RawClient client(server.path());
  client.Hello();
  client.Send(test::FrameFromTheFuture(9));
  const DaemonMessage message = client.ReceiveMessage();
  EXPECT_EQ(message.id, 9U);
  EXPECT_EQ(std::get<Error>(std::get<Reply>(message.body)).code, ErrorCode::kUnknownRequest);
  client.Send(Encode(10, Request(GetInfo{})));
  EXPECT_EQ(client.ReceiveMessage().id, 10U);
}

// What the first release's client sent: Hello{1, "first"} and Get{"limiter.ceiling"}.
TEST(Server, UnderstandsRecordedBytesOfTheFirstClient) {
  const Frame hello = {0x44, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x41, 0x55, 0x52, 0x4c,
                       0x00, 0x00, 0x0a, 0x00, 0x10, 0x00, 0x08, 0x00, 0x07, 0x00, 0x0c, 0x00,
                       0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00,
                       0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x08, 0x00,
                       0x08, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
                       0x05, 0x00, 0x00, 0x00, 0x66, 0x69, 0x72, 0x73, 0x74, 0x00, 0x00, 0x00};
  const Frame get = {0x50, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x41, 0x55, 0x52, 0x4c,
                     0x00, 0x00, 0x0a, 0x00, 0x12, 0x00, 0x08, 0x00, 0x07, 0x00, 0x0c, 0x00,
                     0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x02, 0x00, 0x00, 0x00,
                     0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x08, 0x00, 0x04, 0x00,
                     0x06, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
                     0x04, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x6c, 0x69, 0x6d, 0x69,
                     0x74, 0x65, 0x72, 0x2e, 0x63, 0x65, 0x69, 0x6c, 0x69, 0x6e, 0x67, 0x00};
  TestServer server;
  RawClient client(server.path());
  client.Send(hello);
  EXPECT_TRUE(std::holds_alternative<Welcome>(std::get<Reply>(client.ReceiveMessage().body)));
  client.Send(get);
  const DaemonMessage message = client.ReceiveMessage();
  EXPECT_EQ(message.id, 2U);
  EXPECT_EQ(std::get<Values>(std::get<Reply>(message.body)).values.at(0).key, "limiter.ceiling");
}

TEST(Server, StreamsMetersAndSpectrumToSubscribersOnly) {
  TestServer server;
  Client listener(server.path(), "listener");
  Client other(server.path(), "other");
  const auto granted =
      listener.Ask<Subscribed>(Subscribe{{{Stream::kMeters, 120.0F}, {Stream::kSpectrum, 120.0F}}});
  EXPECT_EQ(granted.streams.size(), 2U);
  const AnalysisFrame frame = test::SomeFrame();
  server.Publish(frame);
  const auto meters = std::get<Meters>(listener.NextEvent(milliseconds(5000)).value());
  EXPECT_EQ(meters.position_frames, frame.position_frames);
  EXPECT_EQ(meters.input.peak_dbfs, frame.input.peak_dbfs);
  EXPECT_EQ(meters.input.rms_dbfs, frame.input.rms_dbfs);
  EXPECT_EQ(meters.input.short_term_lufs, frame.input.short_term_lufs);
  EXPECT_EQ(meters.output.true_peak_dbtp, frame.output.true_peak_dbtp);
  EXPECT_EQ(meters.output.momentary_lufs, frame.output.momentary_lufs);
  EXPECT_EQ(meters.output.integrated_lufs, frame.output.integrated_lufs);
  EXPECT_EQ(meters.limiter_gain_reduction_db, frame.gain_reductions_db.back());
  const auto spectrum = std::get<Spectrum>(listener.NextEvent(milliseconds(5000)).value());
  ASSERT_EQ(spectrum.output_dbfs.size(), kSpectrumBands);
  EXPECT_EQ(spectrum.input_dbfs[3], frame.input.spectrum_dbfs[3]);
  EXPECT_EQ(spectrum.output_dbfs[63], frame.output.spectrum_dbfs[63]);
  EXPECT_FALSE(other.NextEvent(milliseconds(50)).has_value());
}

TEST(Server, RefusesRatesOutOfRangeAndUnknownStreams) {
  TestServer server;
  Client client(server.path(), "test");
  for (const float rate_hz : {0.0F, -1.0F, 120.5F, std::numeric_limits<float>::quiet_NaN()}) {
    const Error error = RefusalOf(client, Subscribe{{{Stream::kMeters, rate_hz}}});
    EXPECT_EQ(error.code, ErrorCode::kBadValue);
    EXPECT_EQ(error.key, "rate_hz");
    EXPECT_EQ(error.allowed, "1 Hz to 120 Hz");
  }
  EXPECT_EQ(RefusalOf(client, Subscribe{{{static_cast<Stream>(9), 30.0F}}}).key, "stream");
  client.Ask<Subscribed>(Subscribe{{{Stream::kMeters, 1.0F}}});
}

TEST(Server, SaysGoodbyeAndTakesTheSocketAway) {
  TestServer server;
  Client client(server.path(), "test");
  server.Close("the device has gone");
  EXPECT_EQ(std::get<Bye>(client.NextEvent(milliseconds(5000)).value()).reason,
            "the device has gone");
  EXPECT_THROW(client.NextEvent(milliseconds(5000)), DaemonUnavailable);
  EXPECT_FALSE(std::filesystem::exists(server.path()));
  EXPECT_THROW(Client(server.path(), "late"), DaemonUnavailable);
}

TEST(Server, TakesSoManyClientsAndTellsTheNextOneWhy) {
  TestServer server;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < Server::kMaxClients; ++i) {
    clients.push_back(std::make_unique<Client>(server.path(), "one of many"));
  }
  try {
    const Client one_too_many(server.path(), "one too many");
    FAIL() << "the daemon took it";
  } catch (const RequestRefused& refused) {
    EXPECT_EQ(refused.error().code, ErrorCode::kTooManyClients);
    EXPECT_EQ(refused.error().allowed, "256");
  }
  clients.pop_back();
  // The daemon learns of the end when its loop gets there.
  while (server.OnLoop([](Server& s, ParamRegistry&) { return s.client_count(); }) ==
         Server::kMaxClients) {
  }
  const Client fits_again(server.path(), "fits again");
}

TEST(Server, AnswersWhatAClientSentBeforeItFinishedSending) {
  TestServer server;
  RawClient client(server.path());
  client.Hello();
  // More replies than the kernel holds, fewer than make the daemon stop reading.
  constexpr std::uint32_t kRequests = 250;
  for (std::uint32_t id = 1; id <= kRequests; ++id)
    client.Send(Encode(id, Request(Get{{"input.*"}})));
  client.FinishSending();
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_GT(server.OnLoop([](Server& s, ParamRegistry&) { return s.waiting_bytes(); }), 0U);
  for (std::uint32_t id = 1; id <= kRequests; ++id) ASSERT_EQ(client.ReceiveMessage().id, id);
  EXPECT_FALSE(client.Receive().has_value());
}

}  // namespace
}  // namespace auralis::ipc
