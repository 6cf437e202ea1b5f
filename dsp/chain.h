#pragma once
// A fixed sequence of stages: a tuple and a fold. No base class, no registry at run time.

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

#include "dsp/gain_reductions.h"
#include "dsp/stage.h"
#include "dsp/stage_probe.h"

namespace auralis {

// A row together with the module it belongs to: "equalizer" + "band7" + "gain".
struct ParamInfo {
  std::string_view module;
  std::string_view family;
  std::size_t number;
  ParamSpec spec;
};

template <std::size_t N>
consteval auto WithModule(std::string_view module, const std::array<ParamRow, N>& rows) {
  std::array<ParamInfo, N> infos{};
  for (std::size_t i = 0; i < N; ++i) {
    infos[i] = {module, rows[i].family, rows[i].number, rows[i].spec};
  }
  return infos;
}

template <Stage... Stages>
class Chain {
  template <class S>
  struct TargetsFor {
    TargetsOf<S> targets;
  };

  template <class S>
  static typename S::Params ParamsAt(const float* values) {
    typename S::Params params;
    std::memcpy(&params, values, sizeof(params));
    return params;
  }
  // By place: stages without a designer of their own share one type of it.
  template <class S>
  static consteval std::size_t IndexOf() {
    constexpr std::array<bool, sizeof...(Stages)> kSame = {std::is_same_v<S, Stages>...};
    for (std::size_t i = 0; i < kSame.size(); ++i) {
      if (kSame[i]) return i;
    }
    throw "no such stage";
  }

 public:
  // What all stages aim at, ready for the callback.
  struct Targets : TargetsFor<Stages>... {};

  static constexpr std::size_t kParamCount = (Stages::kParams.size() + ...);
  using Values = std::array<float, kParamCount>;

  static constexpr std::array<ParamInfo, kParamCount> kParams = [] {
    std::array<ParamInfo, kParamCount> all{};
    std::size_t i = 0;
    (
        [&] {
          for (const ParamInfo& info : WithModule(Stages::kModule, Stages::kParams)) {
            all[i++] = info;
          }
        }(),
        ...);
    return all;
  }();

  static constexpr std::array<std::string_view, sizeof...(Stages)> kStages = {Stages::kModule...};

  static constexpr std::size_t kReductionCount = (kReductionsOf<Stages> + ...);
  using Reductions = std::array<float, kReductionCount>;  // positive dB, in the order of:
  static constexpr std::array<ReductionInfo, kReductionCount> kReductions = [] {
    std::array<ReductionInfo, kReductionCount> all{};
    std::size_t i = 0;
    (
        [&] {
          for (std::size_t band = 0; band < kReductionsOf<Stages>; ++band) {
            all[i++] = {Stages::kModule, ReducesGainByBand<Stages> ? band + 1 : 0};
          }
        }(),
        ...);
    return all;
  }();

  // One stage's parameters out of kParamCount values. [any]
  template <class S>
  static typename S::Params ParamsOf(const float* values) {
    constexpr std::array<std::size_t, sizeof...(Stages)> kSizes = {Stages::kParams.size()...};
    for (std::size_t i = 0; i < IndexOf<S>(); ++i) values += kSizes[i];
    return ParamsAt<S>(values);
  }

  // The control side's half of the chain: values in, targets out. [control]
  class Designer {
   public:
    explicit Designer(const ProcessSpec& spec) : designers_(DesignerOf<Stages>(spec)...) {}

    // `values` holds kParamCount floats in the order of kParams, in range.
    void Design(const float* values, Targets& targets) {
      DesignEach(values, targets, std::index_sequence_for<Stages...>());
    }

    template <class S>
    DesignerOf<S>& of() noexcept {
      return std::get<IndexOf<S>()>(designers_);
    }

   private:
    template <std::size_t... I>
    void DesignEach(const float* values, Targets& targets, std::index_sequence<I...>) {
      (
          [&] {
            static_cast<TargetsFor<Stages>&>(targets).targets =
                std::get<I>(designers_).Design(ParamsAt<Stages>(values));
            values += Stages::kParams.size();
          }(),
          ...);
    }

    std::tuple<DesignerOf<Stages>...> designers_;
  };

  // [control] Allocates. Throws what a stage throws. `values` as for Design(): of those that are
  // structural the stages are laid out.
  void Prepare(const ProcessSpec& spec, const float* values) {
    ForEach([&]<class S>(S& stage) {
      PrepareStage(stage, spec, ParamsAt<S>(values));
      values += S::kParams.size();
    });
  }
  void Reset() noexcept {  // [rt]
    ForEach([](auto& stage) { stage.Reset(); });
  }
  void SetTargets(const Targets& targets) noexcept {  // [rt]
    ForEach([&]<class S>(S& stage) {
      stage.SetTargets(static_cast<const TargetsFor<S>&>(targets).targets);
    });
  }
  void Process(StereoView io) noexcept {  // [rt]
    ForEach([&](auto& stage) { stage.Process(io); });
  }
  void Process(StereoView io, const StageProbe& probe) noexcept {  // [rt]
    std::size_t place = 0;
    ForEach([&](auto& stage) {
      stage.Process(io);
      probe.after_stage(probe.context, place++);
    });
  }
  void Shed(Shedding shedding) noexcept {  // [rt]
    ForEach([&]<class S>(S& stage) {
      if constexpr (Sheddable<S>) stage.Shed(shedding >= S::kShedAt);
    });
  }
  std::size_t latency_frames() const noexcept {  // [any] after Prepare
    return std::apply([](const auto&... stage) { return (stage.latency_frames() + ...); }, stages_);
  }
  void ReadReductions(Reductions& reductions_db) const noexcept {  // [rt] of the last Process()
    std::size_t i = 0;
    const auto read = [&]<class S>(const S& stage) {
      if constexpr (ReducesGain<S>) {
        reductions_db[i++] = stage.gain_reduction_db();
      } else if constexpr (ReducesGainByBand<S>) {
        for (std::size_t band = 0; band < S::kBands; ++band) {
          reductions_db[i++] = stage.gain_reduction_db(band);
        }
      }
    };
    std::apply([&](const auto&... stage) { (read(stage), ...); }, stages_);
  }
  template <class S>
  const S& stage() const noexcept {
    return std::get<S>(stages_);
  }

 private:
  template <class F>
  void ForEach(F&& f) {
    std::apply([&](auto&... stage) { (f(stage), ...); }, stages_);
  }

  std::tuple<Stages...> stages_;
};

}  // namespace auralis
