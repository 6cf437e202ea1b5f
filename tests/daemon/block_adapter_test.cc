#include "daemon/block_adapter.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/support/signals.h"

namespace auralis {
namespace {

constexpr std::size_t kBlock = 64;

struct Outcome {
  std::vector<float> left;
  std::size_t blocks = 0;
  std::size_t latency_frames = 0;
  std::size_t moves = 0;
};

// Feeds `x` through an adapter around the identity, in buffers whose lengths `next` gives.
Outcome Feed(const std::vector<float>& x, std::size_t declared_host_frames,
             const std::function<std::size_t()>& next) {
  BlockAdapter adapter;
  adapter.Prepare(kBlock, declared_host_frames);
  Outcome run;
  run.left.resize(x.size());
  std::vector<float> right(x.size());
  for (std::size_t at = 0; at < x.size();) {
    const std::size_t frames = std::min(next(), x.size() - at);
    const float* const input[2] = {x.data() + at, x.data() + at};
    float* const output[2] = {run.left.data() + at, right.data() + at};
    const HostBuffer host{.input = input, .output = output, .frames = frames, .xruns = 0};
    if (adapter.MakeRoomFor(frames)) ++run.moves;
    adapter.Process(host, [&](StereoView block) {
      EXPECT_EQ(block.frames, kBlock);
      ++run.blocks;
    });
    at += frames;
  }
  run.latency_frames = adapter.latency_frames();
  EXPECT_EQ(run.left, right);
  return run;
}

TEST(BlockAdapter, AddsNothingWhereHostBuffersAreWholeBlocks) {
  const auto x = test::Noise(1.0, kBlock * 100, 1);
  for (const std::size_t host : {kBlock, 2 * kBlock, 10 * kBlock}) {
    const Outcome run = Feed(x, host, [=] { return host; });
    EXPECT_EQ(run.left, x) << host;
    EXPECT_EQ(run.latency_frames, 0U);
    EXPECT_EQ(run.blocks, 100U);
    EXPECT_EQ(run.moves, 0U);
  }
}

TEST(BlockAdapter, AddsExactlyOneBlockForEveryOtherHostBuffer) {
  const auto x = test::Noise(1.0, 4096 * 3, 2);
  for (const std::size_t host : {1U, 13U, 63U, 65U, 104U, 480U, 1000U}) {
    const Outcome run = Feed(x, host, [=] { return host; });
    EXPECT_EQ(run.latency_frames, kBlock) << host;
    EXPECT_EQ(run.moves, 0U) << host;
    for (std::size_t i = 0; i < kBlock; ++i) ASSERT_EQ(run.left[i], 0.0F) << host;
    for (std::size_t i = kBlock; i < x.size(); ++i) ASSERT_EQ(run.left[i], x[i - kBlock]) << host;
  }
}

TEST(BlockAdapter, MovesToBufferedOnceWhenAnUnknownHostTurnsOutUneven) {
  const auto x = test::Sine(100.0, 0.9, 48000.0, kBlock * 40);
  std::size_t call = 0;
  // Ten whole blocks, then 100 frames, then whole blocks again.
  const Outcome run = Feed(x, 0, [&] { return call++ == 10 ? std::size_t{100} : kBlock; });
  EXPECT_EQ(run.moves, 1U);
  EXPECT_EQ(run.latency_frames, kBlock);
  constexpr std::size_t kMoved = 10 * kBlock;
  for (std::size_t i = 0; i < kMoved; ++i) ASSERT_EQ(run.left[i], x[i]);
  // The inserted block leads from the last sample to silence, without a step larger than its own
  // slope; after it nothing of the input is lost.
  const float slope = std::abs(x[kMoved - 1]) / static_cast<float>(kBlock) + 1e-6F;
  for (std::size_t i = kMoved; i < kMoved + kBlock; ++i) {
    ASSERT_LE(std::abs(run.left[i] - run.left[i - 1]), slope) << i;
  }
  for (std::size_t i = kMoved + kBlock; i < x.size(); ++i) ASSERT_EQ(run.left[i], x[i - kBlock]);
}

}  // namespace
}  // namespace auralis
