#pragma once
// The 25 critical bands of hearing, as the equalizer `bark`, masking and adaptation share them.

#include <array>
#include <cmath>
#include <cstddef>

namespace auralis {

inline constexpr std::size_t kBarkBands = 25;

// Edges in Hz after E. Zwicker (1961), the lowest raised to 20 Hz, the highest closed at 20 kHz.
inline constexpr std::array<double, kBarkBands + 1> kBarkEdgesHz = {
    20,   100,  200,  300,  400,  510,  630,  770,  920,  1080, 1270,  1480,  1720,
    2000, 2320, 2700, 3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500, 20000};

// Geometric middle of a band, 0 to 24.
inline double BarkCentreHz(std::size_t band) noexcept {
  return std::sqrt(kBarkEdgesHz[band] * kBarkEdgesHz[band + 1]);
}

}  // namespace auralis
