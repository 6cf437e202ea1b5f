// What a callback costs that convolves: not on average alone, but the dearest of them.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dsp/denormals.h"
#include "dsp/kernels/head_filter.h"
#include "dsp/kernels/polyphase.h"
#include "dsp/kernels/simd_target.h"
#include "dsp/stages/convolver.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

using Clock = std::chrono::steady_clock;

std::shared_ptr<const ImpulseResponse> Room(std::size_t frames, bool true_stereo) {
  auto room = std::make_shared<ImpulseResponse>();
  for (std::size_t path = 0; path < PartitionedFilter::kPaths; ++path) {
    const bool across =
        path == PartitionedFilter::kLeftRight || path == PartitionedFilter::kRightLeft;
    if (across && !true_stereo) continue;
    room->paths[path] = test::Noise(0.01, frames, static_cast<std::uint32_t>(path));
  }
  return room;
}

// The callbacks take turns at the parts of the longest block: what one part costs is the median
// over all blocks, so that nothing that the machine did meanwhile is counted for it.
void ConvolverCallbacks(benchmark::State& state, std::size_t block, std::size_t frames,
                        bool true_stereo) {
  const ScopedFlushDenormals flush;
  const ProcessSpec spec{.sample_rate_hz = 48000.0, .block_frames = block};
  auto params = DefaultParams<Convolver::Params>(Convolver::kParams);
  params.enabled = 1.0F;
  Convolver::Designer designer(spec);
  designer.SetResponse(Room(frames, true_stereo));
  auto convolver = std::make_unique<Convolver>();
  convolver->Prepare(spec, params);
  convolver->SetTargets(designer.Design(params));
  convolver->Reset();
  const auto x = test::Noise(0.5, block, 7);
  std::vector<float> left(block);
  std::vector<float> right(block);
  const std::size_t parts = std::max<std::size_t>(1, ConvolverCut::kLongestFrames / block);
  std::vector<std::vector<double>> us(parts);
  std::vector<double> all;
  std::size_t call = 0;
  for ([[maybe_unused]] auto iteration : state) {
    std::copy(x.begin(), x.end(), left.begin());
    std::copy(x.begin(), x.end(), right.begin());
    const auto before = Clock::now();
    convolver->Process({left.data(), right.data(), block});
    const std::chrono::duration<double, std::micro> took = Clock::now() - before;
    us[call++ % parts].push_back(took.count());
    all.push_back(took.count());
  }
  const auto quantile = [](std::vector<double>& values, double q) {
    std::sort(values.begin(), values.end());
    return values.empty()
               ? 0.0
               : values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
  };
  double worst = 0.0;
  double sum = 0.0;
  for (auto& part : us) {
    const double median = quantile(part, 0.5);
    worst = std::max(worst, median);
    sum += median;
  }
  const double mean = sum / static_cast<double>(parts);
  state.counters["mean_us"] = mean;
  state.counters["dearest_us"] = worst;
  state.counters["dearest_by_mean"] = worst / mean;
  state.counters["p99_us"] = quantile(all, 0.99);
  state.counters["ns_per_frame"] = 1000.0 * mean / static_cast<double>(block);
}

// A path's first 64 taps on a tick, and what any part of one takes the same work.
void HeadOfAPath(benchmark::State& state, const std::string& target, bool whole) {
  ChooseSimdTarget(target);
  const HeadFilterKernel head = ResolveHeadFilterKernel();
  const PolyphaseKernels parts = ResolvePolyphaseKernels();
  ChooseSimdTarget("auto");
  const auto taps = test::Noise(0.01, kHeadFilterFrames, 1);
  const auto input = test::Noise(0.25, 2 * kHeadFilterFrames, 2);
  const float* const newest = input.data() + kHeadFilterFrames;
  const float* const runs[4] = {newest, newest - 16, newest - 32, newest - 48};
  std::vector<float> out(kHeadFilterFrames);
  for ([[maybe_unused]] auto iteration : state) {
    std::fill(out.begin(), out.end(), 0.0F);
    if (whole) {
      head(newest, taps.data(), out.data());
    } else {
      parts.lower(runs, taps.data(), 16, 4, kHeadFilterFrames, out.data());
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.counters["ns_per_frame"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kHeadFilterFrames) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const bool kRegistered = [] {
  for (const std::string& target : SupportedSimdTargets()) {
    for (const bool whole : {true, false}) {
      const std::string name =
          (whole ? "ConvolverHead<" : "ConvolverHeadInParts<") + target + ">/64";
      benchmark::RegisterBenchmark(
          name.c_str(), [=](benchmark::State& state) { HeadOfAPath(state, target, whole); });
    }
  }
  for (const std::size_t block : {64, 256, 1024}) {
    for (const std::size_t frames : {4800, 65536, 480000}) {
      for (const bool true_stereo : {false, true}) {
        const std::string name = std::string("Convolver/") +
                                 (true_stereo ? "true_stereo/" : "stereo/") +
                                 std::to_string(frames) + "/" + std::to_string(block);
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
          ConvolverCallbacks(state, block, frames, true_stereo);
        })->Unit(benchmark::kMicrosecond);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace auralis
