#include "dsp/stages/bark.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>

#include "dsp/matched_filter.h"

namespace auralis {
namespace {

constexpr double kLargestSectionDb = 18.0;
constexpr double kInaudibleDb = 1e-3;  // a filter that does less is left out
// Bells this much wider than their band meet without ripple; the system stays well conditioned.
constexpr double kQScale = 0.7;
constexpr double kShelfQ = 0.67;
constexpr double kLowShelfHz = 100.0;
constexpr double kHighShelfHz = 14000.0;

struct Shape {
  FilterType type;
  double frequency_hz;
  double q;
};

Shape ShapeOf(std::size_t band) {
  if (band == 0) return {FilterType::kLowShelf, kLowShelfHz, kShelfQ};
  if (band == kBarkBands - 1) return {FilterType::kHighShelf, kHighShelfHz, kShelfQ};
  const double width_hz = kBarkEdgesHz[band + 1] - kBarkEdgesHz[band];
  return {FilterType::kBell, BarkCentreHz(band), kQScale * BarkCentreHz(band) / width_hz};
}

}  // namespace

struct Bark::Designer::State {
  explicit State(double rate) : sample_rate_hz(rate) {
    while (bands < kBarkBands && BarkCentreHz(bands) < 0.45 * rate) ++bands;
    const auto size = static_cast<Eigen::Index>(bands);
    Eigen::MatrixXd interaction(size, size);
    constexpr double kProbeDb = 6.0;
    for (Eigen::Index b = 0; b < size; ++b) {
      interaction.col(b) = ResponseOf(static_cast<std::size_t>(b), kProbeDb) / kProbeDb;
    }
    solver.compute(interaction);
  }

  // What one filter does at every band's middle, in dB. The filters follow their prototypes, so
  // the prototype says it.
  Eigen::VectorXd ResponseOf(std::size_t band, double gain_db) const {
    const Shape shape = ShapeOf(band);
    Eigen::VectorXd db(static_cast<Eigen::Index>(bands));
    for (std::size_t at = 0; at < bands; ++at) {
      db[static_cast<Eigen::Index>(at)] =
          PrototypeGainDb(shape.type, shape.frequency_hz, gain_db, shape.q, BarkCentreHz(at));
    }
    return db;
  }

  // Filter gains whose composed response meets `target_db`: a linear guess, then Newton's method
  // with the guess's slope.
  Eigen::VectorXd Solve(const Eigen::VectorXd& target_db) const {
    constexpr int kSteps = 4;
    Eigen::VectorXd gains = Eigen::VectorXd::Zero(target_db.size());
    Eigen::VectorXd reached = gains;
    for (int step = 0; step < kSteps; ++step) {
      gains += solver.solve(target_db - reached);
      gains = gains.cwiseMax(-kLargestSectionDb).cwiseMin(kLargestSectionDb);
      reached.setZero();
      for (Eigen::Index b = 0; b < gains.size(); ++b) {
        reached += ResponseOf(static_cast<std::size_t>(b), gains[b]);
      }
    }
    return gains;
  }

  double sample_rate_hz;
  std::size_t bands = 0;  // in use at this rate
  Eigen::PartialPivLU<Eigen::MatrixXd> solver;
  std::array<float, kBarkBands> delta_db{};
  Eigen::VectorXd designed_db;  // what `targets` aims at
  Targets targets{};
};

Bark::Designer::Designer(const ProcessSpec& spec)
    : state_(std::make_unique<State>(spec.sample_rate_hz)) {}
Bark::Designer::~Designer() = default;
Bark::Designer::Designer(Designer&&) noexcept = default;

void Bark::Designer::SetAdaptiveDelta(std::span<const float, kBarkBands> delta_db) {
  std::copy(delta_db.begin(), delta_db.end(), state_->delta_db.begin());
}

const Bark::Targets& Bark::Designer::Design(const Params& params) {
  State& state = *state_;
  Eigen::VectorXd target_db = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(state.bands));
  for (std::size_t b = 0; b < state.bands && params.enabled >= 0.5F; ++b) {
    const double sum_db = static_cast<double>(params.bands[b].gain_db) +
                          static_cast<double>(params.warmth) * BarkWarmthDb(b) +
                          static_cast<double>(params.brightness) * BarkBrightnessDb(b) +
                          static_cast<double>(params.adaptive * state.delta_db[b]);
    target_db[static_cast<Eigen::Index>(b)] = std::clamp(
        sum_db, -static_cast<double>(kLargestTargetDb), static_cast<double>(kLargestTargetDb));
  }
  if (state.designed_db.size() == target_db.size() && state.designed_db == target_db) {
    return state.targets;
  }
  state.designed_db = target_db;
  state.targets = {};
  if (target_db.isZero()) return state.targets;
  const Eigen::VectorXd gains = state.Solve(target_db);
  for (std::size_t b = 0; b < state.bands; ++b) {
    const double gain_db = gains[static_cast<Eigen::Index>(b)];
    if (std::abs(gain_db) < kInaudibleDb) continue;
    const Shape shape = ShapeOf(b);
    const MatchedFilter filter =
        DesignMatchedFilter(shape.type, shape.frequency_hz, gain_db, shape.q, state.sample_rate_hz);
    for (std::size_t s = 0; s < filter.sections.size(); ++s) {
      state.targets.sections[2 * b + s] = MakeSvTarget(filter.sections[s], SvTarget::Side::kBoth);
    }
  }
  return state.targets;
}

void Bark::Prepare(const ProcessSpec& spec) {
  bank_.Prepare(spec.sample_rate_hz, kRampMs, 2 * kBarkBands);
}

}  // namespace auralis
