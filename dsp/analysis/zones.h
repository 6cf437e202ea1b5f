#pragma once
// Seven zones of the spectrum in which tonal balance is told: coarse enough to be steady over a
// song, fine enough to say what is too much of.

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace auralis {

inline constexpr std::size_t kZones = 7;
inline constexpr std::array<double, kZones + 1> kZoneEdgesHz = {20,   60,   250,  500,
                                                                2000, 4000, 8000, 20000};
inline constexpr std::array<std::string_view, kZones> kZoneNames = {
    "sub", "bass", "low-mid", "mid", "upper-mid", "presence", "air"};

// Geometric middle of a zone.
inline double ZoneCentreHz(std::size_t zone) noexcept {
  return std::sqrt(kZoneEdgesHz[zone] * kZoneEdgesHz[zone + 1]);
}

}  // namespace auralis
