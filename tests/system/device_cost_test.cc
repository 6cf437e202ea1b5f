// PipeWire's own node against PortAudio over its JACK library: the same music, the same graph.
// AURALIS_COST_SECONDS=30 for figures to quote.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "tests/support/sound_server.h"
#include "tests/support/tone_probe.h"
#include "tests/system/auralisd.h"
#include "tests/system/thread_costs.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

int Seconds() {
  const char* const wanted = std::getenv("AURALIS_COST_SECONDS");
  return wanted == nullptr ? 2 : std::max(1, std::atoi(wanted));
}

// Of a CPU, in percent, while a tone is played at 48 kHz in cycles of 256 frames.
double PercentOf(const std::string& name, const std::vector<std::string>& options) {
  PipeWireServer server(256);
  server.MakeNullSink("speakers", "Speakers");
  server.SetDefaultSink("speakers");
  const double began_s = SteadySeconds();
  Auralisd daemon(server.environment(), options);
  const double streams_s = SteadySeconds();
  const ToneProbe probe(server.environment(), {"speakers"});
  EXPECT_TRUE(probe.AwaitTone(0.0, 20s)) << daemon.log();
  std::this_thread::sleep_for(1s);
  const auto before = CostsOf(daemon.process().pid());
  std::this_thread::sleep_for(std::chrono::seconds(Seconds()));
  double percent = 0.0;
  double wake_ups = 0.0;
  const auto after = CostsOf(daemon.process().pid());
  for (const auto& [thread, cost] : after) {
    const auto found = before.find(thread);
    const Cost earlier = found == before.end() ? Cost{} : found->second;
    percent += 100.0 * (cost.cpu_s - earlier.cpu_s) / Seconds();
    wake_ups += static_cast<double>(cost.wake_ups - earlier.wake_ups) / Seconds();
  }
  const nlohmann::json status = daemon.Status();
  std::cout << name << ": " << percent << " % of a CPU in " << after.size() << " threads, "
            << wake_ups << " wake-ups a second, callbacks "
            << 100.0 * status.at("load").get<double>() << " % of the time there is, xruns "
            << status.at("xruns") << ", streams " << static_cast<int>(1e3 * (streams_s - began_s))
            << " ms after its start\n";
  EXPECT_GT(percent, 0.0);
  return percent;
}

TEST(DeviceCost, PipeWiresOwnNodeCostsNoMoreThanPortAudio) {
  const double native = PercentOf("pipewire", {"--device", "pipewire"});
  const double portaudio = PercentOf("portaudio", {"--device", "portaudio", "--host-api", "jack"});
  // A busy machine measures itself, too: twice as much would be another design.
  EXPECT_LT(native, 2.0 * portaudio);
}

}  // namespace
}  // namespace auralis::test
