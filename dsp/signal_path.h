#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "dsp/adaptation.h"
#include "dsp/delay_line.h"
#include "dsp/master.h"
#include "dsp/product_chain.h"
#include "dsp/smoother.h"
#include "dsp/stage.h"

namespace auralis {

// The product's whole signal processing: guard -> chain -> bypass.
//
// The guard turns non-finite input into silence and counts it. Bypass is an equal-gain crossfade
// (wet and dry are coherent) between the chain and the guarded input delayed by the chain's
// latency; fully on, the output is that input bit for bit.
class SignalPath {
 public:
  static constexpr std::size_t kParamCount = ProductChain::kParamCount + Master::kParams.size();
  using Values = std::array<float, kParamCount>;

  // THE parameter table of the product. A value's position in it is its index everywhere.
  static constexpr std::array<ParamInfo, kParamCount> kParams = [] {
    std::array<ParamInfo, kParamCount> all{};
    std::size_t i = 0;
    for (const ParamInfo& info : ProductChain::kParams) all[i++] = info;
    for (const ParamInfo& info : WithModule(Master::kModule, Master::kParams)) all[i++] = info;
    return all;
  }();
  static constexpr Values kDefaults = [] {
    Values values{};
    for (std::size_t i = 0; i < kParamCount; ++i) values[i] = kParams[i].spec.def;
    return values;
  }();
  // What the callback aims at, worked out of the values.
  struct Targets {
    ProductChain::Targets chain;
    bool bypass;
  };
  // [control] `values` in range, master.intensity applied.
  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : chain_(spec) {}
    const Targets& Design(const Values& values);
    void SetAdaptation(const Adaptation& adaptation) {  // in force from the next Design() on
      chain_.of<Bark>().SetAdaptiveDelta(adaptation.bark_delta_db);
      chain_.of<Leveler>().SetGain(adaptation.leveler_gain_db);
      chain_.of<Loudness>().SetSinkVolume(adaptation.sink_volume_db);
    }

    // What `convolver` is to convolve with, at the stream's rate; nullptr for nothing.
    void SetResponse(std::shared_ptr<const ImpulseResponse> response) {
      chain_.of<Convolver>().SetResponse(std::move(response));
    }

   private:
    ProductChain::Designer chain_;
    Targets targets_{};
  };

  // A typo does not compile.
  static consteval std::size_t IndexOf(std::string_view module, std::string_view key) {
    for (std::size_t i = 0; i < kParamCount; ++i) {
      if (kParams[i].module == module && kParams[i].family.empty() && kParams[i].spec.key == key) {
        return i;
      }
    }
    throw "no such parameter";
  }

  // [control] Allocates, throws what a stage throws. Structural values hold until the next call.
  void Prepare(const ProcessSpec& spec, const Values& values = kDefaults);
  void Reset() noexcept;                             // [rt]
  void SetTargets(const Targets& targets) noexcept;  // [rt]
  // io.frames <= ProcessSpec::block_frames; `probe` or nullptr. [rt]
  void Process(StereoView io, const StageProbe* probe = nullptr) noexcept;
  void Shed(Shedding shedding) noexcept { chain_.Shed(shedding); }                 // [rt]
  std::size_t latency_frames() const noexcept { return chain_.latency_frames(); }  // [any]
  // Frames in which a non-finite sample was replaced, since Prepare. [rt]
  std::uint64_t non_finite_frames() const noexcept { return non_finite_frames_; }
  const ProductChain& chain() const noexcept { return chain_; }

 private:
  void Guard(StereoView io) noexcept;

  ProductChain chain_;
  std::array<DelayLine, 2> dry_delay_;
  std::array<std::vector<float>, 2> dry_;  // one block of the delayed input
  Smoother wet_;                           // 1: chain, 0: bypass
  std::uint64_t non_finite_frames_ = 0;
};

}  // namespace auralis
