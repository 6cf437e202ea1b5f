#pragma once
// What the stages of a chain turn down, for meters: a row of numbers that has the same order
// everywhere. A stage that reduces has `float gain_reduction_db() const noexcept`, the largest of
// its last Process() in positive dB; one that does so by band has `kBands` and takes the band, from
// 0.

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace auralis {

template <class S>
concept ReducesGain = requires(const S& stage) {
  { stage.gain_reduction_db() } -> std::same_as<float>;
};
template <class S>
concept ReducesGainByBand = requires(const S& stage) {
  { stage.gain_reduction_db(S::kBands) } -> std::same_as<float>;
};

template <class S>
consteval std::size_t CountReductions() {
  if constexpr (ReducesGainByBand<S>) return S::kBands;
  return ReducesGain<S> ? 1 : 0;
}
template <class S>
inline constexpr std::size_t kReductionsOf = CountReductions<S>();

struct ReductionInfo {
  std::string_view module;
  std::size_t band;  // from 1; 0 where there are none

  // "compressor", "multiband.band3"
  std::string Name() const {
    std::string name(module);
    return band == 0 ? name : name + ".band" + std::to_string(band);
  }
};

}  // namespace auralis
