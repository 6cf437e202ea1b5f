#pragma once

#include <array>
#include <cstddef>

namespace auralis {

// The frequencies for which ISO 226 gives its contours.
inline constexpr std::array<double, 29> kContourHz = {
    20.0,   25.0,   31.5,   40.0,   50.0,   63.0,   80.0,   100.0,   125.0,  160.0,
    200.0,  250.0,  315.0,  400.0,  500.0,  630.0,  800.0,  1000.0,  1250.0, 1600.0,
    2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0};

// Sound pressure level in dB of a pure tone at kContourHz[i] that is as loud as one of 1 kHz at
// `phon` dB, 20 to 90 (ISO 226:2003, equation 1 and table 1). [any]
double EqualLoudnessDb(std::size_t i, double phon) noexcept;

}  // namespace auralis
