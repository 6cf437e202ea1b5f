#pragma once

#include <cstdint>

namespace auralis {

// What a callback that runs out of time goes without, in this order; each step includes those
// before it. Everything else, the limiter above all, stays.
enum class Shedding : std::uint8_t {
  kNothing = 0,
  kAnalysis = 1,        // what is heard is not measured: meters and adaptation stand still
  kOversampling = 2,    // `clipper` works at the rate itself, `exciter` adds nothing
  kOptionalStages = 3,  // `bass`, `deesser`, `transient`, `crossfeed` are off
};
inline constexpr std::uint8_t kMostShedding = 3;

}  // namespace auralis
