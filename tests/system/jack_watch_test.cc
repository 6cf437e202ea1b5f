// The client that hears of a jackd's end, in this process, at a jackd that is killed.

#include "daemon/jack_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include "tests/support/sound_server.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

// libjack cancels its thread where a client is closed, and who is told of the server's death
// closes.
TEST(JackWatch, ClosesOnlyWhenItsCallbackIsThrough) {
  JackServer server(256);
  const std::string name = server.environment().at("JACK_DEFAULT_SERVER");
  setenv("JACK_DEFAULT_SERVER", name.c_str(), 1);
  std::promise<void> told;
  std::atomic<bool> through{false};
  auto watch = JackWatch::Open({.ports = [] {},
                                .connected = [] {},
                                .gone =
                                    [&] {
                                      told.set_value();
                                      std::this_thread::sleep_for(50ms);
                                      through = true;
                                    }});
  unsetenv("JACK_DEFAULT_SERVER");
  ASSERT_NE(watch, nullptr);
  ASSERT_FALSE(IsPipeWiresJack());
  server.Kill();
  ASSERT_EQ(told.get_future().wait_for(5s), std::future_status::ready);
  watch.reset();
  EXPECT_TRUE(through);
}

}  // namespace
}  // namespace auralis::test
