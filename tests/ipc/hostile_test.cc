// Clients that break the rules: each gets what it deserves, and nobody else notices.

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "ipc/client.h"
#include "ipc/session.h"
#include "tests/ipc/support/raw_client.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"
#include "tests/support/rt_guard.h"

namespace auralis::ipc {
namespace {

using std::chrono::milliseconds;
using test::RawClient;
using test::TestServer;

void ExpectErrorThenEnd(RawClient& client, ErrorCode code) {
  EXPECT_EQ(client.ReceiveError().code, code);
  EXPECT_FALSE(client.Receive().has_value());
}

// A newcomer and whoever was there before are served.
void ExpectAlive(const TestServer& server) {
  Client newcomer(server.path(), "newcomer");
  EXPECT_EQ(newcomer.Ask<Info>(GetInfo{}).pid, 4242U);
}

TEST(HostileClient, IsThrownOutForAnOversizedPrefix) {
  TestServer server;
  for (const std::uint32_t bytes :
       {std::uint32_t{kMaxRequestBytes + 1}, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    RawClient client(server.path());
    client.Hello();
    client.Send(Frame{static_cast<std::uint8_t>(bytes), static_cast<std::uint8_t>(bytes >> 8U),
                      static_cast<std::uint8_t>(bytes >> 16U),
                      static_cast<std::uint8_t>(bytes >> 24U)});
    ExpectErrorThenEnd(client, ErrorCode::kTooLarge);
  }
  ExpectAlive(server);
}

TEST(HostileClient, IsThrownOutForAnEmptyFrame) {
  TestServer server;
  RawClient client(server.path());
  client.Hello();
  client.Send(Frame(kPrefixBytes, 0));
  ExpectErrorThenEnd(client, ErrorCode::kMalformed);
  ExpectAlive(server);
}

TEST(HostileClient, IsThrownOutForTheLargestFrameOfNonsense) {
  TestServer server;
  RawClient client(server.path());
  Frame frame(kPrefixBytes + kMaxRequestBytes, 0xA5);
  frame[0] = frame[1] = frame[3] = 0;
  frame[2] = kMaxRequestBytes >> 16U;
  client.Send(frame);
  ExpectErrorThenEnd(client, ErrorCode::kMalformed);
  ExpectAlive(server);
}

TEST(HostileClient, IsThrownOutForARequestOverTheLimit) {
  TestServer server;
  RawClient client(server.path());
  client.Hello();
  client.Send(Encode(2, Request(Get{std::vector<std::string>(kMaxItems + 1, "input.gain")})));
  ExpectErrorThenEnd(client, ErrorCode::kTooLarge);
  RawClient globber(server.path());
  globber.Hello();
  globber.Send(Encode(2, Request(Get{std::vector<std::string>(Dispatcher::kMaxGlobs + 1, "*")})));
  ExpectErrorThenEnd(globber, ErrorCode::kTooLarge);
  ExpectAlive(server);
}

TEST(HostileClient, MayDribbleByteByByte) {
  TestServer server;
  RawClient slow(server.path());
  Client other(server.path(), "other");
  Frame bytes = Encode(1, Request(Hello{kProtocolVersion, "slow"}));
  const Frame second = Encode(2, Request(Get{{"input.gain"}}));
  bytes.insert(bytes.end(), second.begin(), second.end());
  for (const std::uint8_t byte : bytes) {
    slow.Send({&byte, 1});
    other.Ask<Status>(GetStatus{});  // the daemon waits for no one
  }
  EXPECT_EQ(slow.ReceiveMessage().id, 1U);
  EXPECT_EQ(slow.ReceiveMessage().id, 2U);
}

TEST(HostileClient, LeavesNothingBehindWhenItGoesInTheMiddleOfAFrame) {
  TestServer server;
  const Frame frame = Encode(1, Request(Hello{kProtocolVersion, "gone"}));
  for (std::size_t bytes = 0; bytes < frame.size(); ++bytes) {
    RawClient client(server.path());
    client.Send(std::span(frame).first(bytes));
  }
  ExpectAlive(server);
}

TEST(HostileClient, CannotBringTheDaemonDownWithFlippedBits) {
  TestServer server;
  const std::vector<Frame> originals = {
      Encode(2, Request(Hello{1, "a client"})),
      Encode(3, Request(Get{{"limiter.ceiling", "input.*"}})),
      Encode(4, Request(Set{{{"limiter.ceiling", "-3 dB"}, {"input.gain", -1.0}}})),
      Encode(5, Request(Subscribe{{{Stream::kMeters, 30.0F}}})),
  };
  std::mt19937 random(7);
  std::optional<RawClient> client;
  const Frame probe = Encode(99, Request(GetInfo{}));
  std::size_t thrown_out = 0;
  constexpr int kRounds = 10000;
  for (int round = 0; round < kRounds; ++round) {
    if (!client) {
      client.emplace(server.path());
      client->Hello();
    }
    Frame frame = originals[random() % originals.size()];
    const std::size_t bit = random() % ((frame.size() - kPrefixBytes) * 8);
    frame[kPrefixBytes + bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8U));
    client->Send(frame);
    client->Send(probe);
    // Replies to whatever it was, until the probe's: or the end.
    for (;;) {
      const auto reply = client->Receive();
      if (!reply) {
        ++thrown_out;
        client.reset();
        break;
      }
      if (DecodeDaemonMessage(*reply).id == 99) break;
    }
  }
  EXPECT_GT(thrown_out, 100U);
  EXPECT_LT(thrown_out, static_cast<std::size_t>(kRounds));
  ExpectAlive(server);
}

TEST(SlowClient, LosesTelemetryAndLearnsHowMuchWhileOthersLoseNothing) {
  TestServer server;
  RawClient slow(server.path());
  slow.Hello();
  slow.Send(
      Encode(2, Request(Subscribe{{{Stream::kMeters, 120.0F}, {Stream::kSpectrum, 120.0F}}})));
  EXPECT_EQ(slow.ReceiveMessage().id, 2U);
  Client other(server.path(), "other");
  other.Ask<Subscribed>(Subscribe{{{Stream::kMeters, 120.0F}}});

  constexpr std::size_t kFrames = 250;
  std::size_t others = 0;
  for (std::size_t i = 0; i < kFrames; ++i) {
    std::this_thread::sleep_for(milliseconds(9));  // slower than 120 Hz: each is due
    server.Publish(test::SomeFrame());
    others += other.NextEvent(milliseconds(5000)).has_value() ? 1U : 0U;
  }
  EXPECT_EQ(others, kFrames);
  const auto status = other.Ask<Status>(GetStatus{});
  ASSERT_GT(status.lost_telemetry, 100U);  // the kernel's buffer is small, ours is one event

  // What is there for it is what was not lost, and then it is told.
  std::size_t received = 0;
  while (received + status.lost_telemetry < 2 * kFrames) {
    const DaemonMessage message = slow.ReceiveMessage();
    ASSERT_TRUE(std::holds_alternative<Event>(message.body));
    ++received;
  }
  std::this_thread::sleep_for(milliseconds(9));
  server.Publish(test::SomeFrame());
  const auto meters = std::get<Meters>(std::get<Event>(slow.ReceiveMessage().body));
  EXPECT_EQ(meters.lost, status.lost_telemetry);
}

TEST(SlowClient, IsNotReadWhileItFetchesNoReplies) {
  TestServer server;
  RawClient greedy(server.path());
  greedy.Hello();
  const Frame request = Encode(2, Request(Describe{""}));
  // Requests go in until the daemon stops reading them: its queue, not its memory, is full.
  constexpr std::size_t kFarTooMany = 100000;
  std::size_t sent = 0;
  int refusals = 0;
  std::size_t offset = 0;
  while (sent < kFarTooMany && refusals < 50) {
    const std::size_t some = greedy.SendSome(std::span(request).subspan(offset));
    if (some == 0) {
      ++refusals;
      std::this_thread::sleep_for(milliseconds(2));
      continue;
    }
    refusals = 0;
    offset = (offset + some) % request.size();
    if (offset == 0) ++sent;
  }
  ASSERT_LT(sent, kFarTooMany);
  EXPECT_LE(server.OnLoop([](Server& s, ParamRegistry&) { return s.waiting_bytes(); }),
            Session::kPauseBytes + kMaxReplyBytes);
  ExpectAlive(server);
  // Once it reads again, every request is answered.
  greedy.Send(std::span(request).subspan(offset == 0 ? request.size() : offset));
  const std::size_t whole = sent + (offset == 0 ? 0U : 1U);
  for (std::size_t i = 0; i < whole; ++i) ASSERT_EQ(greedy.ReceiveMessage().id, 2U);
}

TEST(ManyClients, LeaveNoDescriptorBehind) {
  TestServer server;
  const std::size_t before = test::OpenDescriptors();
  for (int i = 0; i < 10000; ++i) {
    if (i % 2 == 0) {
      const Client polite(server.path(), "polite");
    } else {
      const RawClient rude(server.path());
    }
  }
  // The daemon's ends close when its loop gets there.
  test::Await("no more descriptors than before", [&] { return test::OpenDescriptors() == before; });
}

// Half of them never read. What waits for them is bounded by what the kernel takes and one event
// each.
TEST(ManyClients, ThatSubscribeAndNeverReadCostABoundedMemory) {
  TestServer server;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<Client>(server.path(), "subscriber"));
    clients.back()->Ask<Subscribed>(Subscribe{{{Stream::kMeters, 120.0F},
                                               {Stream::kSpectrum, 120.0F},
                                               {Stream::kParameters, 120.0F},
                                               {Stream::kAdaptation, 120.0F}}});
  }
  const auto publish = [&](int frames) {
    for (int i = 0; i < frames; ++i) {
      server.Publish(test::SomeFrame(static_cast<float>(i % 10)));
      server.OnLoop([&](Server&, ParamRegistry& registry) {
        return registry.Apply(std::vector<Assignment>{{"input.gain", -0.01 * (i % 100)}});
      });
      std::this_thread::sleep_for(milliseconds(9));  // each is due
      for (std::size_t reader = 0; reader < clients.size(); reader += 2) {
        while (clients[reader]->NextEvent(milliseconds(0))) {
        }
      }
    }
  };
  const auto waiting = [&] {
    return server.OnLoop([](Server& s, ParamRegistry&) { return s.waiting_bytes(); });
  };
  publish(100);  // until every pipe is full
  const std::size_t before = test::ResidentBytes();
  publish(200);
  const std::size_t after = test::ResidentBytes();
  const std::size_t grown = after > before ? after - before : 0;
  std::cout << "waits in the daemon: " << waiting() / 1024 << " KiB, grown by " << grown / 1024
            << " KiB\n";
  EXPECT_LE(waiting(), clients.size() * Session::kPauseBytes);
  if (test::RtGuard::active()) {  // the sanitizers keep what was freed
    EXPECT_LT(grown, std::size_t{4} << 20U);
  }
  ExpectAlive(server);
}

}  // namespace
}  // namespace auralis::ipc
