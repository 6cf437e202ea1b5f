// What does a whole callback cost? The engine as the device calls it, with its mailbox, its taps
// and its fades: at the defaults, with the default preset, with what rivals' users have on, with
// all that there is. Per SIMD target, at callbacks of 64, 256 and 1024 frames. And the mailbox.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/support/busy_values.h"
#include "config/param_registry.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "daemon/engine.h"
#include "dsp/kernels/simd_target.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr double kRateHz = 48000.0;
constexpr std::size_t kSecondFrames = 48 * 1024;

void Report(benchmark::State& state) {
  const double total = static_cast<double>(state.iterations()) * kSecondFrames;
  state.counters["ns_per_frame"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["deadline_percent"] = benchmark::Counter(
      total / kRateHz / 100.0, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

SignalPath::Values PresetValues(const std::string& name) {
  SignalPath::Values values = SignalPath::kDefaults;
  for (const auto& [index, value] : LoadPreset(FindPreset(name).file).values) values[index] = value;
  return ParamRegistry::TargetsOf(values);
}

struct Load {
  SignalPath::Values values;
  std::size_t response_frames = 0;  // of the convolver; 0: none
  float peak = 0.25F;
};

std::shared_ptr<const ImpulseResponse> Room(std::size_t frames) {
  auto room = std::make_shared<ImpulseResponse>();
  room->paths[PartitionedFilter::kLeftLeft] = test::Noise(0.01, frames, 3);
  room->paths[PartitionedFilter::kRightRight] = test::Noise(0.01, frames, 4);
  return room;
}

void EngineBench(benchmark::State& state, const std::string& target, const Load& load,
                 std::size_t host_frames) {
  ChooseSimdTarget(target);
  // Blocks as a daemon at its defaults has them, whatever the host's buffer.
  const EngineOptions options{
      .sample_rate_hz = kRateHz, .block_frames = 64, .host_frames = host_frames, .fade_in = false};
  auto engine = std::make_unique<Engine>(options, load.values);
  if (load.response_frames > 0) engine->SetResponse(Room(load.response_frames));
  const auto left = test::Noise(static_cast<double>(load.peak), kSecondFrames, 1);
  const auto right = test::Noise(static_cast<double>(load.peak), kSecondFrames, 2);
  std::vector<float> out(2 * host_frames);
  float* const output[2] = {out.data(), out.data() + host_frames};
  TapBlock tap;
  for ([[maybe_unused]] auto iteration : state) {
    for (std::size_t at = 0; at < kSecondFrames; at += host_frames) {
      const float* const input[2] = {left.data() + at, right.data() + at};
      engine->Process({input, output, host_frames, 0});
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
      while (engine->taps().TryPop(tap)) benchmark::DoNotOptimize(tap.position_frames);
    }
  }
  Report(state);
  ChooseSimdTarget("auto");
}

// All targets of the chain, as one changed parameter sends them.
void BM_Mailbox(benchmark::State& state) {
  SignalPath::Designer designer({.sample_rate_hz = kRateHz, .block_frames = 64});
  const auto targets =
      std::make_unique<SignalPath::Targets>(designer.Design(SignalPath::kDefaults));
  const auto mailbox = std::make_unique<RtMailbox<SignalPath::Targets>>(*targets);
  for ([[maybe_unused]] auto iteration : state) {
    mailbox->Publish(*targets);
    benchmark::DoNotOptimize(mailbox->Poll());
    benchmark::DoNotOptimize(&mailbox->value());
  }
  state.counters["bytes"] = static_cast<double>(sizeof(SignalPath::Targets));
}
BENCHMARK(BM_Mailbox);

// What the callback pays where there is nothing new.
void BM_MailboxIdle(benchmark::State& state) {
  const auto mailbox = std::make_unique<RtMailbox<SignalPath::Targets>>(SignalPath::Targets{});
  for ([[maybe_unused]] auto iteration : state) benchmark::DoNotOptimize(mailbox->Poll());
}
BENCHMARK(BM_MailboxIdle);

// The control side's work for one changed parameter, from the table of values to the mailbox.
void BM_PublishOneValue(benchmark::State& state) {
  Engine engine({.sample_rate_hz = kRateHz, .block_frames = 64, .host_frames = 64},
                SignalPath::kDefaults);
  SignalPath::Values values = SignalPath::kDefaults;
  constexpr std::size_t kCeiling = SignalPath::IndexOf("limiter", "ceiling");
  for ([[maybe_unused]] auto iteration : state) {
    values[kCeiling] = values[kCeiling] < -2.0F ? -1.0F : values[kCeiling] - 0.01F;
    engine.Publish(values);
  }
}
BENCHMARK(BM_PublishOneValue)->Unit(benchmark::kMicrosecond);

const bool kRegistered = [] {
  constexpr std::size_t kRoomFrames = 65536;
  const std::vector<std::pair<std::string, Load>> loads = {
      {"EngineAtDefaults", {SignalPath::kDefaults}},
      {"EngineDefaultPreset", {PresetValues("adaptive")}},
      {"EngineEq32CompLimiter", {bench::EqualizerCompressorLimiter()}},
      {"EngineEq32CompMultiband6Limiter",
       {bench::WithMultiband(bench::EqualizerCompressorLimiter())}},
      {"EngineEverything", {bench::Everything(), kRoomFrames}}};
  for (const auto& [name, load] : loads) {
    for (const std::string& target : SupportedSimdTargets()) {
      for (const std::size_t frames : {64, 256, 1024}) {
        benchmark::RegisterBenchmark(
            (name + "<" + target + ">/" + std::to_string(frames)).c_str(),
            [=](benchmark::State& state) { EngineBench(state, target, load, frames); })
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace auralis
