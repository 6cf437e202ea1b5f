#include "dsp/matched_filter.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>

namespace auralis {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kPi = std::numbers::pi;
constexpr double kDbPerNeper = 10.0 / std::numbers::ln10;  // of a power
constexpr double kGoodEnoughDb = 0.02;                     // no ear and no meter asks for more
constexpr double kOneSectionDb = 0.08;                     // beyond this a second section is spent

// A section as (c2 s^2 + c1 s + c0) / (s^2 + k s + 1) at s = j tan(w / 2) / g; every number is
// positive and held as its logarithm.
enum Unknown : Index { kG, kK, kC2, kC1, kC0, kUnknowns };

struct Prototype {
  FilterType type;
  double frequency_hz;
  double root_gain;  // square root of the gain
  double q;

  std::pair<double, double> PoleAndZeroHz() const {
    const double spread = std::sqrt(root_gain);
    switch (type) {
      case FilterType::kLowShelf:
        return {frequency_hz / spread, frequency_hz * spread};
      case FilterType::kHighShelf:
        return {frequency_hz * spread, frequency_hz / spread};
      case FilterType::kTilt:
        return {frequency_hz * root_gain, frequency_hz / root_gain};
      default:
        return {frequency_hz, frequency_hz};
    }
  }
  // Gain in dB at `f`: the analogue bell and shelves of R. Bristow-Johnson's cookbook.
  double GainDb(double f) const {
    const std::complex<double> s(0.0, f / frequency_hz);
    const double a = root_gain;
    const double b = std::sqrt(a) / q;
    switch (type) {
      case FilterType::kLowShelf:
        return 20.0 * std::log10(std::abs(a * (s * s + b * s + a) / (a * s * s + b * s + 1.0)));
      case FilterType::kHighShelf:
        return 20.0 * std::log10(std::abs(a * (a * s * s + b * s + 1.0) / (s * s + b * s + a)));
      case FilterType::kTilt:
        return 20.0 * std::log10(std::abs((a * s + 1.0) / (s + a)));
      default:
        return 20.0 *
               std::log10(std::abs((s * s + s * (a / q) + 1.0) / (s * s + s / (a * q) + 1.0)));
    }
  }
};

// Where the error is looked at.
struct Grid {
  ArrayXd tan_squared;  // of half the digital frequency
  ArrayXd target_db;
};

Grid MakeGrid(const Prototype& prototype, double sample_rate_hz) {
  constexpr double kBottomHz = 20.0;
  const double top_hz = std::min(std::max(20000.0, 0.3 * sample_rate_hz), 0.4535 * sample_rate_hz);
  std::vector<double> frequencies;
  const auto add = [&](double f) {
    if (f >= kBottomHz && f <= top_hz) frequencies.push_back(f);
  };
  for (int i = 0; i < 40; ++i) add(kBottomHz * std::pow(top_hz / kBottomHz, i / 39.0));
  for (int i = 0; i < 12; ++i) add(top_hz * (0.4 + 0.6 * i / 11.0));
  const double octaves = 2.0 / std::max(0.5, prototype.q);  // to each side of the centre
  const auto [pole_hz, zero_hz] = prototype.PoleAndZeroHz();
  for (int i = -16; i <= 16; ++i) {
    add(pole_hz * std::exp2(octaves * i / 16.0));
    if (zero_hz != pole_hz) add(zero_hz * std::exp2(octaves * i / 16.0));
  }
  Grid grid;
  grid.tan_squared.resize(static_cast<Index>(frequencies.size()));
  grid.target_db.resize(static_cast<Index>(frequencies.size()));
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double t = std::tan(kPi * frequencies[i] / sample_rate_hz);
    grid.tan_squared[static_cast<Index>(i)] = t * t;
    grid.target_db[static_cast<Index>(i)] = prototype.GainDb(frequencies[i]);
  }
  return grid;
}

// Error in dB on the grid; its derivatives after each unknown where `slopes` is given.
ArrayXd ErrorDb(const VectorXd& x, const Grid& grid, MatrixXd* slopes) {
  ArrayXd error = -grid.target_db;
  for (Index s = 0; s * kUnknowns < x.size(); ++s) {
    const auto at = [&](Unknown u) { return std::exp(x[s * kUnknowns + u]); };
    const double g = at(kG), k = at(kK), c2 = at(kC2), c1 = at(kC1), c0 = at(kC0);
    const ArrayXd u = grid.tan_squared / (g * g);
    const ArrayXd real_below = 1.0 - u;
    const ArrayXd real_above = c0 - c2 * u;
    const ArrayXd below = real_below.square() + k * k * u;
    const ArrayXd above = real_above.square() + c1 * c1 * u;
    error += kDbPerNeper * (above / below).log();
    if (slopes == nullptr) continue;
    const auto set = [&](Unknown unknown, const ArrayXd& slope) {
      slopes->col(s * kUnknowns + unknown) = kDbPerNeper * slope;
    };
    set(kG, -2.0 * u *
                ((c1 * c1 - 2.0 * c2 * real_above) / above - (k * k - 2.0 * real_below) / below));
    set(kK, -2.0 * k * k * u / below);
    set(kC2, -2.0 * c2 * u * real_above / above);
    set(kC1, 2.0 * c1 * c1 * u / above);
    set(kC0, 2.0 * c0 * real_above / above);
  }
  return error;
}

// Poles and zeros of the prototype, each at its own frequency, held below Nyquist.
VectorXd FirstGuess(const Prototype& p, double sample_rate_hz) {
  const double a = p.root_gain;
  const auto tangent = [&](double f) {
    return std::tan(std::min(kPi * f / sample_rate_hz, 0.45 * kPi));
  };
  const auto [pole_hz, zero_hz] = p.PoleAndZeroHz();
  const double pole = tangent(pole_hz);
  if (p.type == FilterType::kTilt) {
    // A first-order shelf with the same zero and pole once more, which take each other away.
    VectorXd x(Index{kUnknowns});
    x << std::log(pole), std::log(2.0), std::log(a), std::log((a * a + 1.0) / a), -std::log(a);
    return x;
  }
  const double ratio = tangent(zero_hz) / pole;
  const double damping = p.type == FilterType::kBell ? 1.0 / (a * p.q) : 1.0 / p.q;
  const double c2 = p.type == FilterType::kBell ? 1.0 : a / ratio;
  VectorXd x(Index{kUnknowns});
  x << std::log(pole), std::log(damping), std::log(c2), std::log(a / p.q),
      std::log(c2 * ratio * ratio);
  return x;
}

// A second section that does nothing yet, near the top of the band, where the errors are.
VectorXd WithSecondSection(const VectorXd& x) {
  VectorXd both(2 * x.size());
  both << x, std::log(std::tan(0.4 * kPi)), 0.0, 0.0, 0.0, 0.0;
  return both;
}

class Refiner {
 public:
  Refiner(const Grid& grid, VectorXd start)
      : grid_(grid), x_(std::move(start)), weights_(ArrayXd::Ones(grid.target_db.size())) {
    Keep();
  }

  void Run(int rounds) {
    for (int round = 0; round < rounds && best_db_ > kGoodEnoughDb; ++round) {
      for (int step = 0; step < 3; ++step) {
        if (!Step()) break;
      }
      Keep();
      RaiseWeights();
    }
  }
  const VectorXd& best() const { return best_; }
  double best_db() const { return best_db_; }

 private:
  double Cost(const VectorXd& x) const {
    return (weights_ * ErrorDb(x, grid_, nullptr).square()).sum();
  }

  // One Levenberg-Marquardt step; false where none makes it better.
  bool Step() {
    MatrixXd slopes(grid_.target_db.size(), x_.size());
    const ArrayXd error = ErrorDb(x_, grid_, &slopes);
    const MatrixXd weighted = weights_.matrix().asDiagonal() * slopes;
    const MatrixXd hessian = slopes.transpose() * weighted;
    const VectorXd gradient = weighted.transpose() * error.matrix();
    const double cost = (weights_ * error.square()).sum();
    for (int attempt = 0; attempt < 5; ++attempt) {
      MatrixXd damped = hessian;
      damped.diagonal() *= 1.0 + damping_;
      damped.diagonal().array() += 1e-9;
      VectorXd change = -damped.ldlt().solve(gradient);
      constexpr double kLongestStep = 0.7;
      const double longest = change.cwiseAbs().maxCoeff();
      if (longest > kLongestStep) change *= kLongestStep / longest;
      VectorXd tried = x_ + change;
      static const double kHighestG = std::log(std::tan(0.4995 * kPi));
      for (Index s = 0; s < tried.size(); s += kUnknowns) {
        tried[s + kG] = std::min(tried[s + kG], kHighestG);
      }
      if (Cost(tried) < cost) {
        x_ = std::move(tried);
        damping_ = std::max(1e-9, damping_ * 0.2);
        return true;
      }
      damping_ *= 6.0;
    }
    return false;
  }

  void Keep() {
    const double worst = ErrorDb(x_, grid_, nullptr).abs().maxCoeff();
    if (!(worst < best_db_)) return;
    best_db_ = worst;
    best_ = x_;
  }

  void RaiseWeights() {
    const ArrayXd error = ErrorDb(x_, grid_, nullptr).abs();
    weights_ *= 0.05 + error / std::max(1e-9, error.maxCoeff());
    weights_ *= static_cast<double>(weights_.size()) / weights_.sum();
  }

  const Grid& grid_;
  VectorXd x_;
  ArrayXd weights_;
  VectorXd best_;
  double best_db_ = 1e9;
  double damping_ = 1e-3;
};

SvFilter SectionOf(const VectorXd& x, Index section) {
  const auto at = [&](Unknown u) { return std::exp(x[section * kUnknowns + u]); };
  return {.g = at(kG),
          .k = at(kK),
          .m0 = at(kC2),
          .m1 = at(kC1) - at(kC2) * at(kK),
          .m2 = at(kC0) - at(kC2)};
}

// Numerator and denominator change places.
VectorXd Inverse(const VectorXd& x) {
  VectorXd inverse(x.size());
  for (Index s = 0; s < x.size(); s += kUnknowns) {
    const double zero_frequency = 0.5 * (x[s + kC0] - x[s + kC2]);  // all logarithms
    inverse[s + kG] = x[s + kG] + zero_frequency;
    inverse[s + kK] = x[s + kC1] - x[s + kC2] - zero_frequency;
    inverse[s + kC2] = -x[s + kC2];
    inverse[s + kC1] = x[s + kK] - x[s + kC2] - zero_frequency;
    inverse[s + kC0] = -x[s + kC0];
  }
  return inverse;
}

}  // namespace

double PrototypeGainDb(FilterType type, double frequency_hz, double gain_db, double q,
                       double at_hz) noexcept {
  const Prototype prototype{.type = type,
                            .frequency_hz = frequency_hz,
                            .root_gain = std::pow(10.0, gain_db / 40.0),
                            .q = q};
  return prototype.GainDb(at_hz);
}

MatchedFilter DesignMatchedFilter(FilterType type, double frequency_hz, double gain_db, double q,
                                  double sample_rate_hz) {
  MatchedFilter result;
  if (gain_db == 0.0) return result;
  const Prototype boost{.type = type,
                        .frequency_hz = std::clamp(frequency_hz, 1.0, 0.49 * sample_rate_hz),
                        .root_gain = std::pow(10.0, std::abs(gain_db) / 40.0),
                        .q = q};
  const Grid grid = MakeGrid(boost, sample_rate_hz);
  Refiner one(grid, FirstGuess(boost, sample_rate_hz));
  one.Run(12);
  VectorXd best = one.best();
  result.worst_error_db = one.best_db();
  if (one.best_db() > kOneSectionDb) {
    Refiner two(grid, WithSecondSection(one.best()));
    two.Run(25);
    if (two.best_db() < one.best_db()) {
      best = two.best();
      result.worst_error_db = two.best_db();
      result.section_count = 2;
    }
  }
  if (gain_db < 0.0) best = Inverse(best);
  for (std::size_t s = 0; s < result.section_count; ++s) {
    result.sections[s] = SectionOf(best, static_cast<Index>(s));
  }
  return result;
}

}  // namespace auralis
