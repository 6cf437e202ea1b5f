// Changes and what observers hear of them, over the real socket.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "ipc/client.h"
#include "tests/ipc/support/raw_client.h"
#include "tests/ipc/support/test_server.h"

namespace auralis::ipc {
namespace {

using std::chrono::milliseconds;
using test::TestServer;

constexpr milliseconds kPatience{5000};

template <class E>
E Next(Client& client) {
  return std::get<E>(client.NextEvent(kPatience).value());
}

float ValueIn(const std::vector<Value>& values, const std::string& key) {
  for (const Value& one : values) {
    if (one.key == key) return one.value;
  }
  throw std::runtime_error(key + " is not there");
}

TEST(Changes, ComeAsASnapshotAndThenAsWhatBecameAnother) {
  TestServer server;
  Client setter(server.path(), "setter");
  Client watcher(server.path(), "watcher");
  setter.Ask<Values>(Set{{{"input.gain", -3.0}}});
  watcher.Ask<Subscribed>(Subscribe{{{Stream::kParameters, 120.0F}}});
  const auto all = Next<ParametersChanged>(watcher);
  EXPECT_TRUE(all.snapshot);
  EXPECT_EQ(all.revision, 1U);
  EXPECT_EQ(all.values.size(), ParamRegistry::size());
  EXPECT_EQ(ValueIn(all.values, "input.gain"), -3.0F);
  std::this_thread::sleep_for(milliseconds(20));  // its rate
  setter.Ask<Values>(Set{{{"input.gain", -6.0}, {"input.balance", 0.5}}});
  const auto changed = Next<ParametersChanged>(watcher);
  EXPECT_FALSE(changed.snapshot);
  EXPECT_EQ(changed.revision, 2U);
  ASSERT_EQ(changed.values.size(), 2U);
  EXPECT_EQ(ValueIn(changed.values, "input.gain"), -6.0F);
  EXPECT_EQ(ValueIn(changed.values, "input.balance"), 0.5F);
}

TEST(Changes, AreNotToldToTheirSender) {
  TestServer server;
  Client sender(server.path(), "sender");
  Client other(server.path(), "other");
  sender.Ask<Subscribed>(Subscribe{{{Stream::kParameters, 120.0F}}});
  EXPECT_TRUE(Next<ParametersChanged>(sender).snapshot);
  std::this_thread::sleep_for(milliseconds(20));
  sender.Ask<Values>(Set{{{"input.gain", -6.0}}});
  sender.Ask<Values>(Reset{"input.*"});
  sender.Ask<Values>(Undo{});
  sender.Ask<Values>(Redo{});
  EXPECT_FALSE(sender.NextEvent(milliseconds(50)).has_value());
  other.Ask<Values>(Set{{{"input.balance", 0.5}}});
  EXPECT_EQ(ValueIn(Next<ParametersChanged>(sender).values, "input.balance"), 0.5F);
}

TEST(Changes, ThatComeFasterThanTheRateArriveTogether) {
  TestServer server;
  Client setter(server.path(), "setter");
  Client watcher(server.path(), "watcher");
  watcher.Ask<Subscribed>(Subscribe{{{Stream::kParameters, 2.0F}}});
  Next<ParametersChanged>(watcher);
  for (int i = 1; i <= 20; ++i) setter.Ask<Values>(Set{{{"input.gain", -0.5 * i}}});
  std::this_thread::sleep_for(milliseconds(520));
  server.Publish(test::SomeFrame());
  const auto changed = Next<ParametersChanged>(watcher);
  EXPECT_EQ(changed.revision, 20U);
  ASSERT_EQ(changed.values.size(), 1U);
  EXPECT_EQ(changed.values[0].value, -10.0F);
}

TEST(Changes, UndoResetAndRedoAnswerWithWhatChanged) {
  TestServer server;
  Client client(server.path(), "test");
  EXPECT_EQ(std::get<Error>(client.Call(Undo{})).code, ErrorCode::kNothingToUndo);
  client.Ask<Values>(Set{{{"input.gain", -6.0}, {"input.balance", 0.5}}});
  EXPECT_EQ(client.Ask<Values>(Reset{"input.gain"}).values.size(), 1U);
  EXPECT_EQ(ValueIn(client.Ask<Values>(Undo{}).values, "input.gain"), -6.0F);
  EXPECT_EQ(client.Ask<Values>(Undo{}).values.size(), 2U);
  EXPECT_EQ(ValueIn(client.Ask<Values>(Redo{}).values, "input.balance"), 0.5F);
  EXPECT_EQ(std::get<Error>(client.Call(Reset{"nothing.*"})).code, ErrorCode::kUnknownKey);
}

TEST(Changes, ChainDevicesAndQuit) {
  TestServer server;
  Client client(server.path(), "test");
  client.Ask<Values>(Set{{{"equalizer.enabled", "off"}}});
  const auto chain = client.Ask<ChainState>(GetChain{});
  ASSERT_EQ(chain.stages.size(), 19U);
  EXPECT_EQ(chain.stages.front().stage, "input");
  EXPECT_EQ(chain.stages[2].stage, "equalizer");
  EXPECT_FALSE(chain.stages[2].enabled);
  EXPECT_EQ(chain.stages[17].stage, "limiter");
  EXPECT_TRUE(chain.stages[17].enabled);
  EXPECT_FALSE(chain.stages[17].switchable);
  const auto devices = client.Ask<DeviceList>(ListDevices{});
  ASSERT_EQ(devices.devices.size(), 1U);
  EXPECT_EQ(devices.devices[0].sample_rate_hz, 44100.0);
  EXPECT_TRUE(devices.devices[0].is_default_output);
  client.Ask<Quitting>(Quit{});
  EXPECT_TRUE(server.has_quit());
}

TEST(Events, BeginWithDeviceAndXrunsAndTellOfClients) {
  TestServer server;
  Client watcher(server.path(), "watcher");
  watcher.Ask<Subscribed>(Subscribe{{{Stream::kEvents, 120.0F}}});
  EXPECT_EQ(Next<Notice>(watcher).text, "virtual: nothing -> nowhere");
  const auto xruns = Next<Notice>(watcher);
  EXPECT_EQ(xruns.kind, NoticeKind::kXrun);
  EXPECT_EQ(xruns.count, 3U);
  std::this_thread::sleep_for(milliseconds(20));
  const Client other(server.path(), "other");
  const auto came = Next<Notice>(watcher);
  EXPECT_EQ(came.kind, NoticeKind::kClient);
  EXPECT_EQ(came.count, 2U);
}

// Sets both to one value, again and again, and finds them equal in whatever it is told.
TEST(Changes, OfRacingClientsShowOneOrderToEveryObserver) {
  TestServer server;
  std::vector<std::unique_ptr<Client>> watchers;
  for (int i = 0; i < 3; ++i) {
    watchers.push_back(std::make_unique<Client>(server.path(), "watcher"));
    watchers.back()->Ask<Subscribed>(Subscribe{{{Stream::kParameters, 120.0F}}});
  }
  const auto race = [&](double sign) {
    Client racer(server.path(), "racer");
    for (int i = 1; i <= 300; ++i) {
      const double gain = sign * 0.03125 * i;
      racer.Ask<Values>(Set{{{"input.gain", gain}, {"equalizer.preamp", gain}}});
    }
  };
  std::thread up(race, 1.0);
  std::thread down(race, -1.0);
  up.join();
  down.join();
  std::this_thread::sleep_for(milliseconds(20));
  server.Publish(test::SomeFrame());
  std::map<std::uint64_t, float> gain_at;  // by revision, whoever saw it
  for (const auto& watcher : watchers) {
    std::uint64_t last = 0;
    float gain = 0.0F;
    while (const auto event = watcher->NextEvent(milliseconds(100))) {
      const auto& changed = std::get<ParametersChanged>(*event);
      EXPECT_GE(changed.revision, last);
      last = changed.revision;
      gain = ValueIn(changed.values, "input.gain");
      EXPECT_EQ(ValueIn(changed.values, "equalizer.preamp"), gain);
      EXPECT_EQ(gain_at.emplace(changed.revision, gain).first->second, gain);
    }
    EXPECT_EQ(last, 600U);
  }
}

TEST(Changes, OfASlowClientCostBoundedMemoryAndAreCounted) {
  TestServer server;
  test::RawClient stuck(server.path());
  stuck.Hello();
  stuck.Send(
      Encode(2, Request(Subscribe{{{Stream::kParameters, 120.0F}, {Stream::kEvents, 120.0F}}})));
  Client setter(server.path(), "setter");
  for (int i = 0; i < 200; ++i) {
    setter.Ask<Values>(Reset{""});
    setter.Ask<Values>(Set{{{"input.gain", -1.0}}});
    std::this_thread::sleep_for(milliseconds(9));
    const Client passing(server.path(), "passing");
    EXPECT_LT(server.OnLoop([](Server& s, ParamRegistry&) { return s.waiting_bytes(); }),
              std::size_t{256} << 10U);
  }
  EXPECT_GT(setter.Ask<Status>(GetStatus{}).lost_telemetry, 0U);
}

TEST(AdaptationTopic, ComesAtItsRateToThoseWhoWantIt) {
  TestServer server;
  Client watcher(server.path(), "watcher");
  Client other(server.path(), "other");
  watcher.Ask<Subscribed>(Subscribe{{{Stream::kAdaptation, 10.0F}}});
  other.Ask<Subscribed>(Subscribe{{{Stream::kMeters, 60.0F}}});
  std::size_t heard = 0;
  for (int i = 0; i < 60; ++i) {
    server.Publish(test::SomeFrame());
    std::this_thread::sleep_for(milliseconds(10));
    while (const auto event = watcher.NextEvent(milliseconds(0))) {
      EXPECT_EQ(std::get<AdaptationNow>(*event).adaptation.doing, "following");
      ++heard;
    }
    while (const auto event = other.NextEvent(milliseconds(0))) {
      EXPECT_TRUE(std::holds_alternative<Meters>(*event));
    }
  }
  EXPECT_GE(heard, 4U);  // 0.6 s and more at 10 Hz
  EXPECT_LE(heard, 15U);
}

}  // namespace
}  // namespace auralis::ipc
