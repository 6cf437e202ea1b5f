// Programs that take all the time there is, beside the daemon.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/jack_client.h"
#include "tests/support/rt_priority.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// How late the scheduler is then is its own affair; that the sound was lost by it alone is ours.
// Without real-time priority buffers are lost, and laid to it; with it none should be.
TEST(Overload, ABurnerBesideItCausesNoLossThatTheSchedulerDidNot) {
  const JackServer server(256);
  const JackClient client(server.environment());
  Auralisd daemon(server.environment(), ThroughJack("player", "recorder"));
  {
    std::vector<std::unique_ptr<Process>> burners;
    for (int i = 0; i < 3; ++i) {
      burners.push_back(
          std::make_unique<Process>(std::vector<std::string>{"sh", "-c", "while :; do :; done"}));
    }
    std::this_thread::sleep_for(5s);
  }
  std::this_thread::sleep_for(500ms);  // the recorder takes what is on its way
  const Finished done = daemon.Ctl({"blackbox", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.errors;
  const json box = json::parse(done.output);
  std::uint64_t own = 0;
  std::uint64_t late = 0;
  std::uint64_t device = 0;
  std::uint64_t callbacks = 0;
  double most_late_us = 0.0;
  for (const json& slice : box.at("slices")) {
    const json& xruns = slice.at("xruns");
    own += xruns.at("own_time").get<std::uint64_t>();
    late += xruns.at("late_wakeup").get<std::uint64_t>();
    device += xruns.at("device").get<std::uint64_t>();
    callbacks += slice.at("callbacks").get<std::uint64_t>();
    most_late_us = std::max(most_late_us, slice.at("most_late_us").get<double>());
  }
  std::printf("%s real-time priority: ",
              RealTimeThreadsOf(daemon.process().pid()).empty() ? "without" : "with");
  std::printf("%llu callbacks, latest %.1f ms late; lost: %llu scheduler, %llu device, %llu own\n",
              static_cast<unsigned long long>(callbacks), most_late_us / 1e3,
              static_cast<unsigned long long>(late), static_cast<unsigned long long>(device),
              static_cast<unsigned long long>(own));
  EXPECT_GT(callbacks, 500U);
  EXPECT_EQ(own, 0U);
  EXPECT_EQ(daemon.Status().at("state"), "running");
}

}  // namespace
}  // namespace auralis::test
