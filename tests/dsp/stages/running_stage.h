#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "dsp/stage.h"

namespace auralis::test {

struct Stereo {
  std::vector<float> left;
  std::vector<float> right;
};

// A stage and its designer with `params` in force, at 48 kHz, to be fed in pieces of any length.
template <class S>
class RunningStage {
 public:
  static constexpr ProcessSpec kSpec{.sample_rate_hz = 48000.0, .block_frames = 4096};

  explicit RunningStage(const typename S::Params& params) : designer_(kSpec) {
    PrepareStage(*stage_, kSpec, params);
    stage_->SetTargets(designer_.Design(params));
    stage_->Reset();
  }
  Stereo Feed(Stereo x, std::size_t cut = 64) {
    for (std::size_t at = 0; at < x.left.size(); at += cut) {
      stage_->Process({x.left.data() + at, x.right.data() + at, std::min(cut, x.left.size() - at)});
    }
    return x;
  }
  // The same into both channels; the left one.
  std::vector<float> Feed(const std::vector<float>& both, std::size_t cut = 64) {
    return Feed(Stereo{both, both}, cut).left;
  }
  std::size_t latency() const { return stage_->latency_frames(); }

 private:
  DesignerOf<S> designer_;
  std::unique_ptr<S> stage_ = std::make_unique<S>();
};

}  // namespace auralis::test
