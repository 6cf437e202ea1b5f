// The whole callback: every parameter as the control side sends it, structural swaps, responses,
// rates, buffers that change, and what goes wrong.

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "daemon/engine.h"
#include "tests/rt/rt_proof.h"
#include "tests/support/signals.h"

namespace auralis {
namespace {

EngineOptions Options(double rate, std::size_t block, std::size_t host) {
  return {.sample_rate_hz = rate, .block_frames = block, .host_frames = host, .fade_in = true};
}

// An engine and the buffers that a device would hand it.
class Stream {
 public:
  static constexpr std::size_t kMaxFrames = 8192;

  explicit Stream(const EngineOptions& options)
      : engine(options, SignalPath::kDefaults), frames_(options.host_frames) {
    MakeBuffers();
  }
  Stream(const EngineOptions& options, const Stream& before)
      : engine(options, before.engine), frames_(options.host_frames) {
    MakeBuffers();
  }

  void MakeBuffers() {
    for (auto& channel : in_) channel = test::Noise(2.0, kMaxFrames, 5);
    for (auto& channel : out_) channel.assign(kMaxFrames, 0.0F);
  }

  void Play(std::size_t frames, std::uint32_t xruns = 0) noexcept {  // [rt]
    const float* const input[2] = {in_[0].data(), in_[1].data()};
    float* const output[2] = {out_[0].data(), out_[1].data()};
    engine.Process({.input = input, .output = output, .frames = frames, .xruns = xruns});
    played_.store(played_.load(std::memory_order_relaxed) + frames, std::memory_order_release);
  }
  void PlayUntilStopped() noexcept {  // [rt]
    while (!stop_.load(std::memory_order_acquire)) Play(frames_);
  }
  // Until the callback has done as much more. [control]
  void Await(std::size_t frames) const {
    const std::uint64_t from = played_.load(std::memory_order_acquire);
    while (played_.load(std::memory_order_acquire) < from + frames) sched_yield();
  }
  void Stop() { stop_.store(true, std::memory_order_release); }
  std::vector<float>& input(std::size_t channel) { return in_[channel]; }

  Engine engine;

 private:
  std::size_t frames_;
  std::array<std::vector<float>, 2> in_;
  std::array<std::vector<float>, 2> out_;
  std::atomic<std::uint64_t> played_{0};
  std::atomic<bool> stop_{false};
};

// The stream plays all the while; `control` steers its engine.
void ProveWhile(const EngineOptions& options, const std::function<void(Stream&)>& control) {
  const test::RtVerdict verdict = test::ProveRealTime([&] {
    auto stream = std::make_shared<Stream>(options);
    return test::RtScene{.real_time = [stream] { stream->PlayUntilStopped(); },
                         .control =
                             [stream, &control] {
                               stream->Await(1);
                               control(*stream);
                               stream->Stop();
                             }};
  });
  EXPECT_EQ(verdict.offence, "") << verdict.where;
}

constexpr std::size_t kSwapFrames = 14400;  // a structural change is heard well before

TEST(EngineRealTime, EveryParameterMessage) {
  ProveWhile(Options(48000.0, 64, 256), [](Stream& stream) {
    SignalPath::Values values = SignalPath::kDefaults;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ParamSpec& spec = SignalPath::kParams[i].spec;
      if (spec.structural) continue;
      for (const float value : {spec.min, spec.max}) {
        values[i] = value;
        stream.engine.Publish(values);
        stream.Await(64);
      }
      values[i] = spec.def;
    }
  });
}

TEST(EngineRealTime, EveryStructuralSwap) {
  std::size_t swaps = 0;
  for (std::size_t i = 0; i < SignalPath::kParamCount; ++i) {
    const ParamSpec& spec = SignalPath::kParams[i].spec;
    if (!spec.structural) continue;
    ++swaps;
    SCOPED_TRACE(std::string(SignalPath::kParams[i].module) + "." + std::string(spec.key));
    ProveWhile(Options(48000.0, 64, 256), [&](Stream& stream) {
      SignalPath::Values values = SignalPath::kDefaults;
      for (const float value : {spec.max, spec.min}) {
        values[i] = value;
        stream.engine.Publish(values);
        stream.Await(256);
        stream.engine.Settle();
        stream.Await(kSwapFrames);
      }
      stream.engine.Settle();
      stream.Await(kSwapFrames);
    });
  }
  EXPECT_GE(swaps, 5U);
}

TEST(EngineRealTime, ResponsesComeAndGo) {
  ProveWhile(Options(48000.0, 64, 256), [](Stream& stream) {
    SignalPath::Values values = SignalPath::kDefaults;
    values[SignalPath::IndexOf("convolver", "enabled")] = 1.0F;
    stream.engine.Publish(values);
    stream.Await(kSwapFrames);
    for (const std::size_t frames : {1, 1000, 48000}) {
      auto response = std::make_shared<ImpulseResponse>();
      response->paths[PartitionedFilter::kLeftLeft] = test::Noise(0.01, frames, 1);
      response->paths[PartitionedFilter::kRightRight] = test::Noise(0.01, frames, 2);
      stream.engine.SetResponse(response);
      stream.Await(kSwapFrames);
    }
    stream.engine.SetResponse(nullptr);
    stream.Await(kSwapFrames);
  });
}

TEST(EngineRealTime, AdaptationAndTheFadeOut) {
  ProveWhile(Options(48000.0, 64, 256), [](Stream& stream) {
    Adaptation adaptation;
    adaptation.bark_delta_db[3] = 3.0F;
    adaptation.leveler_gain_db = -4.0F;
    adaptation.sink_volume_db = -20.0F;
    stream.engine.Adapt(adaptation);
    stream.Await(9600);
    stream.engine.FadeOut();
    stream.Await(9600);
  });
}

// What a device of another rate or buffer brings: an engine of its own, proved from its first call.
TEST(EngineRealTime, EveryRateAndBufferFromTheFirstCall) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0}) {
    const test::RtVerdict verdict = test::ProveRealTime([rate] {
      auto streams =
          std::make_shared<std::vector<std::pair<std::unique_ptr<Stream>, std::size_t>>>();
      for (const std::size_t block : {16, 64, 1024}) {
        for (const std::size_t host : {1, 64, 441, 8192}) {
          streams->emplace_back(std::make_unique<Stream>(Options(rate, block, host)), host);
        }
      }
      return test::RtScene{[streams] {
        for (const auto& [stream, host] : *streams) {
          for (int i = 0; i < 3; ++i) stream->Play(host);
        }
      }};
    });
    EXPECT_EQ(verdict.offence, "") << rate << " Hz" << verdict.where;
  }
}

// What the supervisor does when the stream becomes another one: an engine that goes on from the
// last.
TEST(EngineRealTime, AnEngineThatGoesOnFromAnother) {
  const test::RtVerdict verdict = test::ProveRealTime([] {
    auto stream = std::make_shared<Stream>(Options(48000.0, 64, 256));
    auto next = std::make_shared<Stream>(Options(96000.0, 64, 512), *stream);
    return test::RtScene{[next] {
      for (int i = 0; i < 100; ++i) next->Play(512);
    }};
  });
  EXPECT_EQ(verdict.offence, "") << verdict.where;
}

// A clock by which every callback takes three quarters of a second: load is shed, step by step.
CallbackRecorder::Time SlowClock() noexcept {
  static std::atomic<std::int64_t> now_ns{0};
  constexpr std::int64_t kStepNs = 750'000'000;
  return CallbackRecorder::Time(
      std::chrono::nanoseconds(now_ns.fetch_add(kStepNs, std::memory_order_relaxed)));
}

TEST(EngineRealTime, Overload) {
  EngineOptions options = Options(48000.0, 64, 256);
  options.shed_load = true;
  options.clock = &SlowClock;
  ProveWhile(options, [](Stream& stream) {
    SignalPath::Values values = SignalPath::kDefaults;
    for (const char* stage : {"bass", "deesser", "transient", "crossfeed", "exciter", "clipper"}) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const ParamInfo& info = SignalPath::kParams[i];
        if (info.module == stage && info.spec.key == "enabled") values[i] = 1.0F;
      }
    }
    stream.engine.Publish(values);
    stream.Await(48000);
    if (stream.engine.stats().shedding != kMostShedding) throw std::runtime_error("not shed");
  });
}

// A host that said nothing of its buffers, and changes them; one that sends nothing at all; one
// that loses buffers; input that is no number; an analysis thread that does not look.
TEST(EngineRealTime, WhatGoesWrong) {
  const test::RtVerdict verdict = test::ProveRealTime([] {
    auto stream = std::make_shared<Stream>(Options(48000.0, 64, 0));
    stream->input(0)[3] = std::numeric_limits<float>::quiet_NaN();
    stream->input(1)[5] = std::numeric_limits<float>::infinity();
    stream->input(1)[6] = 1e-42F;
    return test::RtScene{[stream] {
      for (const std::size_t frames : {64, 128, 0, 100, 1, 4096, 64}) stream->Play(frames, 1);
      for (int i = 0; i < 100; ++i) stream->Play(Stream::kMaxFrames);
    }};
  });
  EXPECT_EQ(verdict.offence, "") << verdict.where;
}

}  // namespace
}  // namespace auralis
