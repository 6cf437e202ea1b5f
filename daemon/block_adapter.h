#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <vector>

#include "daemon/audio_device.h"
#include "dsp/stage.h"

namespace auralis {

// Turns host buffers of any length into blocks of one fixed length, so that what the chain
// computes does not depend on how the host cuts the stream.
//
// Aligned: every host buffer is a whole number of blocks, and no latency is added. Buffered:
// exactly one block of latency. A stream starts aligned where the host's length allows it or is
// unknown, and moves to buffered, once and for good, at the first buffer that does not fit.
class BlockAdapter {
 public:
  // [control] `host_frames` is 0 where unknown.
  void Prepare(std::size_t block_frames, std::size_t host_frames) {
    block_frames_ = block_frames;
    for (std::size_t ch = 0; ch < 2; ++ch) {
      collecting_[ch].assign(block_frames, 0.0F);
      emitting_[ch].assign(block_frames, 0.0F);
    }
    at_ = 0;
    last_output_ = {};
    buffered_.store(host_frames % block_frames != 0, std::memory_order_relaxed);
  }

  // [rt] Before Process, with its length: true when that buffer moves the stream to buffered, and
  // one block of latency is inserted ahead of it.
  bool MakeRoomFor(std::size_t host_frames) noexcept {
    if (buffered() || host_frames % block_frames_ == 0) return false;
    StartBuffering();
    return true;
  }
  // [rt] What was collected, and what waits to be emitted, becomes silence; the next frame begins a
  // block.
  void Silence() noexcept {
    at_ = 0;
    for (Block* const block : {&collecting_, &emitting_}) {
      for (auto& channel : *block) std::fill(channel.begin(), channel.end(), 0.0F);
    }
  }
  // [rt] Calls `process(StereoView)` for every block that became complete.
  template <class F>
  void Process(const HostBuffer& host, F&& process) noexcept {
    if (buffered()) {
      ProcessBuffered(host, process);
    } else {
      ProcessAligned(host, process);
    }
  }

  bool buffered() const noexcept { return buffered_.load(std::memory_order_relaxed); }    // [any]
  std::size_t latency_frames() const noexcept { return buffered() ? block_frames_ : 0; }  // [any]

 private:
  template <class F>
  void ProcessAligned(const HostBuffer& host, F&& process) noexcept {
    for (std::size_t done = 0; done < host.frames; done += block_frames_) {
      for (std::size_t ch = 0; ch < 2; ++ch) {
        std::copy_n(host.input[ch] + done, block_frames_, collecting_[ch].data());
      }
      process(StereoView{collecting_[0].data(), collecting_[1].data(), block_frames_});
      for (std::size_t ch = 0; ch < 2; ++ch) {
        std::copy_n(collecting_[ch].data(), block_frames_, host.output[ch] + done);
      }
    }
    if (host.frames == 0) return;
    for (std::size_t ch = 0; ch < 2; ++ch) last_output_[ch] = host.output[ch][host.frames - 1];
  }

  template <class F>
  void ProcessBuffered(const HostBuffer& host, F&& process) noexcept {
    for (std::size_t done = 0; done < host.frames;) {
      const std::size_t count = std::min(host.frames - done, block_frames_ - at_);
      const auto at = static_cast<std::ptrdiff_t>(at_);
      for (std::size_t ch = 0; ch < 2; ++ch) {
        std::copy_n(host.input[ch] + done, count, collecting_[ch].begin() + at);
        std::copy_n(emitting_[ch].begin() + at, count, host.output[ch] + done);
      }
      done += count;
      at_ += count;
      if (at_ < block_frames_) continue;
      at_ = 0;
      process(StereoView{collecting_[0].data(), collecting_[1].data(), block_frames_});
      std::swap(collecting_, emitting_);
    }
  }

  // The inserted block leads from the last sample heard to silence, instead of dropping there.
  void StartBuffering() noexcept {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      for (std::size_t i = 0; i < block_frames_; ++i) {
        emitting_[ch][i] = last_output_[ch] * static_cast<float>(block_frames_ - i) /
                           static_cast<float>(block_frames_ + 1);
      }
    }
    at_ = 0;
    buffered_.store(true, std::memory_order_relaxed);
  }

  using Block = std::array<std::vector<float>, 2>;

  std::size_t block_frames_ = 0;
  Block collecting_;
  Block emitting_;
  std::size_t at_ = 0;
  std::array<float, 2> last_output_{};
  std::atomic<bool> buffered_{false};  // written by [rt], read by anyone
};

}  // namespace auralis
