#include "dsp/filter_design.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "dsp/matched_filter.h"
#include "tests/support/measure.h"

namespace auralis {
namespace {

using Complex = std::complex<double>;
constexpr double kPi = std::numbers::pi;

// Response of the digital filter at `f`, from z = exp(j w) by the trapezoidal rule itself:
// s = (1 / g) (z - 1) / (z + 1).
Complex Digital(const SvFilter& filter, double f, double rate) {
  const Complex z = std::polar(1.0, 2.0 * kPi * f / rate);
  const Complex s = (z - 1.0) / (z + 1.0) / filter.g;
  const Complex below = s * s + filter.k * s + 1.0;
  return filter.m0 + filter.m1 * s / below + filter.m2 / below;
}

// The analogue prototypes of R. Bristow-Johnson's cookbook, at s = j f / f0.
Complex Analogue(FilterType type, double f0, double gain_db, double q, double f) {
  const Complex s(0.0, f / f0);
  const double a = std::pow(10.0, gain_db / 40.0);
  const Complex plain = s * s + s / q + 1.0;
  switch (type) {
    case FilterType::kBell:
      return (s * s + s * (a / q) + 1.0) / (s * s + s / (a * q) + 1.0);
    case FilterType::kLowShelf:
      return a * (s * s + s * (std::sqrt(a) / q) + a) / (a * s * s + s * (std::sqrt(a) / q) + 1.0);
    case FilterType::kHighShelf:
      return a * (a * s * s + s * (std::sqrt(a) / q) + 1.0) / (s * s + s * (std::sqrt(a) / q) + a);
    case FilterType::kLowPass:
      return 1.0 / plain;
    case FilterType::kHighPass:
      return s * s / plain;
    case FilterType::kBandPass:
      return s / q / plain;
    case FilterType::kNotch:
      return (s * s + 1.0) / plain;
    case FilterType::kAllPass:
      return (s * s - s / q + 1.0) / plain;
    case FilterType::kTilt:
      return (a * s + 1.0) / (s + a);
    case FilterType::kOff:
      break;
  }
  return 1.0;
}

double MatchedDb(const MatchedFilter& matched, double f, double rate) {
  double db = 0.0;
  for (std::size_t s = 0; s < matched.section_count; ++s) {
    db += test::Db(std::abs(Digital(matched.sections[s], f, rate)));
  }
  return db;
}

constexpr FilterType kAllTypes[] = {
    FilterType::kBell,    FilterType::kLowShelf, FilterType::kHighShelf,
    FilterType::kLowPass, FilterType::kHighPass, FilterType::kBandPass,
    FilterType::kNotch,   FilterType::kAllPass,  FilterType::kTilt};

TEST(FilterDesign, IsTheBilinearTransformOfThePrototype) {
  for (const double rate : {44100.0, 48000.0, 192000.0}) {
    for (const FilterType type : kAllTypes) {
      for (const double f0 : {20.0, 440.0, 5000.0, 20000.0}) {
        for (const double q : {0.1, 0.7071, 4.0, 100.0}) {
          for (const double gain_db : {-36.0, -3.0, 12.0}) {
            const SvFilter filter = DesignFilter(type, f0, gain_db, q, rate);
            for (double f = 10.0; f < 0.49 * rate; f *= 1.7) {
              // Where the bilinear transform puts this frequency, with f0 kept in place.
              const double warped = f0 * std::tan(kPi * f / rate) / std::tan(kPi * f0 / rate);
              const Complex expected = Analogue(type, f0, gain_db, q, warped);
              ASSERT_NEAR(std::abs(Digital(filter, f, rate) - expected), 0.0,
                          1e-9 * std::max(1.0, std::abs(expected)))
                  << kFilterTypeNames[static_cast<std::size_t>(type)] << " " << f0 << " Hz, Q " << q
                  << ", " << gain_db << " dB, at " << f << " of " << rate;
            }
          }
        }
      }
    }
  }
}

TEST(FilterDesign, HasItsNamedPoints) {
  constexpr double kRate = 48000.0;
  const auto db = [&](FilterType type, double gain_db, double q, double f) {
    return test::Db(std::abs(Digital(DesignFilter(type, 1000.0, gain_db, q, kRate), f, kRate)));
  };
  EXPECT_NEAR(db(FilterType::kBell, 6.0, 2.0, 1000.0), 6.0, 1e-9);
  EXPECT_NEAR(db(FilterType::kLowShelf, -9.0, 0.7071, 1.0), -9.0, 1e-4);
  EXPECT_NEAR(db(FilterType::kHighShelf, 9.0, 0.7071, 23999.0), 9.0, 1e-4);
  EXPECT_NEAR(db(FilterType::kLowPass, 0.0, std::sqrt(0.5), 1000.0), -3.0103, 1e-4);
  EXPECT_NEAR(db(FilterType::kHighPass, 0.0, std::sqrt(0.5), 1000.0), -3.0103, 1e-4);
  EXPECT_NEAR(db(FilterType::kBandPass, 0.0, 5.0, 1000.0), 0.0, 1e-9);
  EXPECT_LT(db(FilterType::kNotch, 0.0, 5.0, 1000.0), -200.0);
  EXPECT_NEAR(db(FilterType::kAllPass, 0.0, 5.0, 1234.0), 0.0, 1e-9);
  EXPECT_NEAR(db(FilterType::kTilt, 6.0, 1.0, 1000.0), 0.0, 1e-9);
}

TEST(FilterDesign, ZeroGainIsTheIdentity) {
  for (const FilterType type : {FilterType::kOff, FilterType::kBell, FilterType::kLowShelf,
                                FilterType::kHighShelf, FilterType::kTilt}) {
    EXPECT_TRUE(DesignFilter(type, 1000.0, 0.0, 2.0, 48000.0).is_identity());
  }
  EXPECT_FALSE(DesignFilter(FilterType::kAllPass, 1000.0, 0.0, 2.0, 48000.0).is_identity());
}

TEST(FilterDesign, HoldsTheFrequencyBelowNyquist) {
  for (const double rate : {8000.0, 44100.0}) {
    const SvFilter filter = DesignFilter(FilterType::kLowPass, 96000.0, 0.0, 0.7071, rate);
    EXPECT_NEAR(filter.g, std::tan(0.49 * kPi), 1e-9);
  }
}

// Butterworth |H|^2 = 1 / (1 + x^2n), Linkwitz-Riley its square, x the warped frequency.
TEST(FilterSlope, FallsAsItsNameSays) {
  constexpr double kRate = 48000.0;
  constexpr double kCorner = 1000.0;
  struct Case {
    FilterSlope slope;
    int order;
    int repeats;
  };
  constexpr Case kCases[] = {
      {FilterSlope::k6, 1, 1},    {FilterSlope::k12, 2, 1},   {FilterSlope::k18, 3, 1},
      {FilterSlope::k24, 4, 1},   {FilterSlope::k36, 6, 1},   {FilterSlope::k48, 8, 1},
      {FilterSlope::k72, 12, 1},  {FilterSlope::k96, 16, 1},  {FilterSlope::kLr12, 1, 2},
      {FilterSlope::kLr24, 2, 2}, {FilterSlope::kLr48, 4, 2}, {FilterSlope::kLr96, 8, 2}};
  for (const Case& c : kCases) {
    for (const FilterType type : {FilterType::kLowPass, FilterType::kHighPass}) {
      const SlopeSections out = DesignSlope(type, c.slope, kCorner, 5.0, kRate);
      for (double f = 50.0; f < 20000.0; f *= 1.3) {
        Complex response = 1.0;
        for (std::size_t s = 0; s < out.count; ++s) response *= Digital(out.sections[s], f, kRate);
        double x = std::tan(kPi * f / kRate) / std::tan(kPi * kCorner / kRate);
        if (type == FilterType::kHighPass) x = 1.0 / x;
        const double power =
            std::pow(1.0 / (1.0 + std::pow(x, 2.0 * c.order)), static_cast<double>(c.repeats));
        ASSERT_NEAR(std::norm(response) / power, 1.0, 1e-6)
            << kFilterSlopeNames[static_cast<std::size_t>(c.slope)] << " at " << f;
      }
    }
  }
  const SlopeSections resonant =
      DesignSlope(FilterType::kLowPass, FilterSlope::kResonant, kCorner, 5.0, kRate);
  ASSERT_EQ(resonant.count, 1U);
  EXPECT_NEAR(std::abs(Digital(resonant.sections[0], kCorner, kRate)), 5.0, 1e-9);
}

constexpr FilterType kMatchedTypes[] = {FilterType::kBell, FilterType::kLowShelf,
                                        FilterType::kHighShelf, FilterType::kTilt};

// The claim: within 0.1 dB of the analogue curve from 20 Hz to 20 kHz.
TEST(MatchedFilter, FollowsTheAnaloguePrototype) {
  for (const double rate : {44100.0, 48000.0, 88200.0, 96000.0, 192000.0}) {
    double worst = 0.0;
    double bilinear_worst = 0.0;
    std::size_t designs = 0;
    std::size_t with_two = 0;
    for (const FilterType type : kMatchedTypes) {
      for (double f0 = 20.0; f0 <= 20000.0; f0 *= std::pow(2.0, 1.0 / 3.0)) {
        for (const double q : {0.5, 0.7071, 1.0, 1.41, 2.0, 4.0}) {
          for (const double gain_db : {-12.0, -6.0, -1.0, 0.5, 3.0, 12.0}) {
            const MatchedFilter matched = DesignMatchedFilter(type, f0, gain_db, q, rate);
            const SvFilter bilinear = DesignFilter(type, f0, gain_db, q, rate);
            ++designs;
            with_two += matched.section_count - 1;
            for (double f = 20.0; f <= 20000.0; f *= 1.02) {
              const double expected = test::Db(std::abs(Analogue(type, f0, gain_db, q, f)));
              const double error = std::abs(MatchedDb(matched, f, rate) - expected);
              worst = std::max(worst, error);
              bilinear_worst =
                  std::max(bilinear_worst,
                           std::abs(test::Db(std::abs(Digital(bilinear, f, rate))) - expected));
              ASSERT_LE(error, 0.1) << kFilterTypeNames[static_cast<std::size_t>(type)] << " " << f0
                                    << " Hz, Q " << q << ", " << gain_db << " dB, at " << f;
            }
          }
        }
      }
    }
    std::printf("%6.0f Hz: worst of %zu designs %.3f dB (bilinear %.1f dB), two sections in %zu\n",
                rate, designs, worst, bilinear_worst, with_two);
  }
}

TEST(MatchedFilter, ACutIsTheInverseOfTheBoost) {
  for (const FilterType type : kMatchedTypes) {
    for (const double f0 : {100.0, 3000.0, 15000.0}) {
      const MatchedFilter boost = DesignMatchedFilter(type, f0, 9.0, 1.0, 44100.0);
      const MatchedFilter cut = DesignMatchedFilter(type, f0, -9.0, 1.0, 44100.0);
      for (double f = 20.0; f < 22000.0; f *= 1.3) {
        ASSERT_NEAR(MatchedDb(boost, f, 44100.0) + MatchedDb(cut, f, 44100.0), 0.0, 1e-9);
      }
    }
  }
}

// Whatever is asked for: stable, finite, and for bells near the prototype all the same.
TEST(MatchedFilter, IsSoundAtEveryExtreme) {
  for (const double rate : {8000.0, 32000.0, 44100.0, 384000.0}) {
    for (const FilterType type : kMatchedTypes) {
      for (const double f0 : {10.0, 300.0, 3500.0, 24000.0, 96000.0}) {
        for (const double q : {0.1, 1.0, 10.0, 100.0}) {
          for (const double gain_db : {-36.0, -0.01, 0.01, 36.0}) {
            const MatchedFilter matched = DesignMatchedFilter(type, f0, gain_db, q, rate);
            for (std::size_t s = 0; s < matched.section_count; ++s) {
              const SvFilter& section = matched.sections[s];
              ASSERT_GT(section.g, 0.0);
              ASSERT_GT(section.k, 0.0);
              ASSERT_TRUE(std::isfinite(section.g) && std::isfinite(section.k) &&
                          std::isfinite(section.m0) && std::isfinite(section.m1) &&
                          std::isfinite(section.m2));
            }
            if (type == FilterType::kBell && f0 < 0.4 * rate) {
              ASSERT_LT(matched.worst_error_db, 0.25)
                  << f0 << " Hz, Q " << q << ", " << gain_db << " dB at " << rate;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace auralis
