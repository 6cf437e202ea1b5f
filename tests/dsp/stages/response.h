#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <memory>
#include <numbers>
#include <vector>

#include "dsp/stage.h"

namespace auralis::test {

// What a stage at rest with `params` makes of an impulse in the channels that `left` and `right`
// say.
struct StereoResponse {
  std::vector<float> left;
  std::vector<float> right;

  static std::complex<double> At(const std::vector<float>& response, double hz, double rate) {
    const std::complex<double> turn = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate);
    std::complex<double> phasor = 1.0;
    std::complex<double> sum = 0.0;
    for (const float sample : response) {
      sum += static_cast<double>(sample) * phasor;
      phasor *= turn;
    }
    return sum;
  }
};

template <class S>
StereoResponse ResponseOf(const typename S::Params& params, double rate, float left = 1.0F,
                          float right = 1.0F, double seconds = 0.5) {
  constexpr std::size_t kBlock = 64;
  const ProcessSpec spec{.sample_rate_hz = rate, .block_frames = kBlock};
  DesignerOf<S> designer(spec);
  auto stage = std::make_unique<S>();
  PrepareStage(*stage, spec, params);
  stage->SetTargets(designer.Design(params));
  stage->Reset();
  const auto frames = static_cast<std::size_t>(rate * seconds) / kBlock * kBlock;
  StereoResponse response{std::vector<float>(frames, 0.0F), std::vector<float>(frames, 0.0F)};
  response.left[0] = left;
  response.right[0] = right;
  for (std::size_t at = 0; at < frames; at += kBlock) {
    stage->Process({response.left.data() + at, response.right.data() + at, kBlock});
  }
  return response;
}

}  // namespace auralis::test
