// How do costs grow? One row a size, named "What/n:SIZE"; scripts/bench --growth prints beside them
// the exponent between neighbours: 1 is linear, 0 is free.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/busy_values.h"
#include "config/midi_surface.h"
#include "config/preset_library.h"
#include "dsp/denormals.h"
#include "dsp/signal_path.h"
#include "ipc/client.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

constexpr std::size_t kSecondFrames = 48 * 1024;

template <class Process>
void PerFrame(benchmark::State& state, std::size_t block, const Process& process) {
  const ScopedFlushDenormals flush;
  const auto x = test::Noise(0.25, kSecondFrames, 1);
  std::vector<float> left(block);
  std::vector<float> right(block);
  for ([[maybe_unused]] auto iteration : state) {
    for (std::size_t at = 0; at < kSecondFrames; at += block) {
      std::copy_n(x.data() + at, block, left.data());
      std::copy_n(x.data() + at, block, right.data());
      process(StereoView{left.data(), right.data(), block});
      benchmark::DoNotOptimize(left.data());
      benchmark::ClobberMemory();
    }
  }
  state.counters["ns_per_frame"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kSecondFrames * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_EqualizerByBands(benchmark::State& state) {
  const auto bands = static_cast<std::size_t>(state.range(0));
  const ProcessSpec spec{.sample_rate_hz = 48000.0, .block_frames = 64};
  auto params = DefaultParams<Equalizer::Params>(Equalizer::kParams);
  for (std::size_t b = 0; b < bands; ++b) params.bands[b].gain_db = b % 2 != 0 ? 3.0F : -3.0F;
  auto equalizer = std::make_unique<Equalizer>();
  equalizer->Prepare(spec);
  equalizer->SetTargets(Equalizer::Designer(spec).Design(params));
  equalizer->Reset();
  PerFrame(state, 64, [&](StereoView io) { equalizer->Process(io); });
}
BENCHMARK(BM_EqualizerByBands)->ArgName("n")->RangeMultiplier(2)->Range(1, 32);

void BM_MultibandByBands(benchmark::State& state) {
  const ProcessSpec spec{.sample_rate_hz = 48000.0, .block_frames = 64};
  auto params = DefaultParams<Multiband::Params>(Multiband::kParams);
  params.enabled = 1.0F;
  params.bands = static_cast<float>(state.range(0));
  auto multiband = std::make_unique<Multiband>();
  multiband->Prepare(spec, params);
  PerFrame(state, 64, [&](StereoView io) { multiband->Process(io); });
}
BENCHMARK(BM_MultibandByBands)->ArgName("n")->Arg(2)->Arg(4)->Arg(6);

void BM_ConvolverByTaps(benchmark::State& state) {
  const auto taps = static_cast<std::size_t>(state.range(0));
  const ProcessSpec spec{.sample_rate_hz = 48000.0, .block_frames = 64};
  auto params = DefaultParams<Convolver::Params>(Convolver::kParams);
  params.enabled = 1.0F;
  auto room = std::make_shared<ImpulseResponse>();
  room->paths[PartitionedFilter::kLeftLeft] = test::Noise(0.01, taps, 3);
  room->paths[PartitionedFilter::kRightRight] = test::Noise(0.01, taps, 4);
  Convolver::Designer designer(spec);
  designer.SetResponse(room);
  auto convolver = std::make_unique<Convolver>();
  convolver->Prepare(spec, params);
  convolver->SetTargets(designer.Design(params));
  convolver->Reset();
  PerFrame(state, 64, [&](StereoView io) { convolver->Process(io); });
}
BENCHMARK(BM_ConvolverByTaps)->ArgName("n")->RangeMultiplier(4)->Range(256, 262144)->Arg(480000);

// With all that can be on, because at the defaults nothing depends on the rate.
void BM_PathByRate(benchmark::State& state) {
  const ProcessSpec spec{.sample_rate_hz = static_cast<double>(state.range(0)), .block_frames = 64};
  const auto values = bench::Everything();
  SignalPath::Designer designer(spec);
  auto path = std::make_unique<SignalPath>();
  path->Prepare(spec, values);
  path->SetTargets(designer.Design(values));
  path->Reset();
  PerFrame(state, 64, [&](StereoView io) { path->Process(io); });
}
BENCHMARK(BM_PathByRate)->ArgName("n")->Arg(48000)->Arg(96000)->Arg(192000)->Arg(384000);

void BM_PathByBlock(benchmark::State& state) {
  const auto block = static_cast<std::size_t>(state.range(0));
  const ProcessSpec spec{.sample_rate_hz = 48000.0, .block_frames = block};
  const auto values = bench::EqualizerCompressorLimiter();
  SignalPath::Designer designer(spec);
  auto path = std::make_unique<SignalPath>();
  path->Prepare(spec, values);
  path->SetTargets(designer.Design(values));
  path->Reset();
  PerFrame(state, block, [&](StereoView io) { path->Process(io); });
}
BENCHMARK(BM_PathByBlock)->ArgName("n")->RangeMultiplier(4)->Range(16, 1024);

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// One reading sent to everybody who subscribes it: what the control thread takes for that.
void BM_EventByClients(benchmark::State& state) {
  test::TestServer server;
  std::vector<std::unique_ptr<ipc::Client>> clients;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    clients.push_back(std::make_unique<ipc::Client>(server.path(), "one of many"));
    clients.back()->Ask<ipc::Subscribed>(ipc::Subscribe{{{ipc::Stream::kMeters, 60.0F}}});
  }
  float step = 0.0F;
  for ([[maybe_unused]] auto iteration : state) {
    // Sixty a second: by then everybody is due.
    std::this_thread::sleep_for(std::chrono::milliseconds(17));
    const double began_s = server.OnLoop([&](ipc::Server& it, ParamRegistry&) {
      const double now_s = ThreadSeconds();
      it.Publish(test::SomeFrame(step += 1.0F));
      return now_s;
    });
    const double ended_s =  // behind what sending left to do
        server.OnLoop([](ipc::Server&, ParamRegistry&) { return ThreadSeconds(); });
    state.SetIterationTime(ended_s - began_s);
    for (const auto& client : clients) {
      while (client->NextEvent(std::chrono::milliseconds(0))) {
      }
    }
  }
}
BENCHMARK(BM_EventByClients)
    ->ArgName("n")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->UseManualTime()
    ->Iterations(50);

// One move of a knob that is the last of so many in the map, and what becomes of the LEDs.
void BM_MidiMoveByMapEntries(benchmark::State& state) {
  const ParamRegistry registry;
  MidiMap map;
  for (int i = 0; i < state.range(0); ++i) {
    const MidiControlText text{
        .source = "cc " + std::to_string(i % 120) + " channel " + std::to_string(1 + i / 120),
        .target = "input.gain",
        .mode = "jump",
        .feedback = "same"};
    map.controls.push_back(std::get<MidiControl>(MakeMidiControl(text, registry)));
  }
  MidiSurface surface(map, registry);
  MidiMessage move{.type = MidiMessage::Type::kControlChange,
                   .channel = static_cast<std::uint8_t>(1 + (state.range(0) - 1) / 120),
                   .data1 = static_cast<std::uint8_t>((state.range(0) - 1) % 120),
                   .data2 = 0};
  MidiSurface::Clock::time_point now{std::chrono::hours(1)};
  for ([[maybe_unused]] auto iteration : state) {
    move.data2 = static_cast<std::uint8_t>((move.data2 + 1) % 128);
    surface.Hear(move, now += std::chrono::milliseconds(10));
    benchmark::DoNotOptimize(surface.Take());
    benchmark::DoNotOptimize(surface.Show("", now));
  }
}
BENCHMARK(BM_MidiMoveByMapEntries)->ArgName("n")->Arg(8)->Arg(64)->Arg(512);

void BM_ListPresetsByNumber(benchmark::State& state) {
  const test::TempDir home;
  setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
  const auto folder = UserPresetFolder();
  std::filesystem::create_directories(folder);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    std::ofstream(folder / ("preset" + std::to_string(i) + ".toml")) << "schema = 1\n";
  }
  for ([[maybe_unused]] auto iteration : state) benchmark::DoNotOptimize(ListPresets());
}
BENCHMARK(BM_ListPresetsByNumber)->ArgName("n")->RangeMultiplier(10)->Range(10, 10000);

}  // namespace
}  // namespace auralis
