#include "dsp/stages/loudness.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "dsp/equal_loudness.h"
#include "dsp/matched_filter.h"
#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kInaudibleDb = 1e-3;   // a filter that does less is left out
constexpr double kHighestShare = 0.45;  // of the rate: what lies above is not fitted

struct Shape {
  FilterType type;
  double frequency_hz;
  double q;
};
constexpr std::array<Shape, Loudness::kFilters> kShapes = {{
    {FilterType::kLowShelf, 40.0, 0.6},
    {FilterType::kBell, 32.0, 0.8},
    {FilterType::kBell, 63.0, 0.8},
    {FilterType::kBell, 125.0, 0.8},
    {FilterType::kBell, 250.0, 0.8},
    {FilterType::kBell, 500.0, 0.8},
    {FilterType::kBell, 1000.0, 1.0},
    {FilterType::kBell, 1500.0, 2.0},
    {FilterType::kBell, 2200.0, 1.5},
    {FilterType::kBell, 3300.0, 1.5},
    {FilterType::kBell, 5000.0, 1.5},
    {FilterType::kBell, 7600.0, 1.5},
    {FilterType::kBell, 11000.0, 1.5},
    {FilterType::kHighShelf, 15000.0, 0.7},
}};

}  // namespace

struct Loudness::Designer::State {
  using Vector = Eigen::VectorXd;

  explicit State(double rate) : sample_rate_hz(rate) {
    while (filters < kFilters && kShapes[filters].frequency_hz < kHighestShare * rate) ++filters;
    while (points < kContourHz.size() && kContourHz[points] < kHighestShare * rate) ++points;
    Eigen::MatrixXd interaction(static_cast<Eigen::Index>(points),
                                static_cast<Eigen::Index>(filters));
    constexpr double kProbeDb = 6.0;
    for (std::size_t f = 0; f < filters; ++f) {
      interaction.col(static_cast<Eigen::Index>(f)) = ResponseOf(f, kProbeDb) / kProbeDb;
    }
    solver.compute(interaction);
  }

  static double ResponseAt(std::size_t filter, double gain_db, double hz) {
    const Shape& shape = kShapes[filter];
    return PrototypeGainDb(shape.type, shape.frequency_hz, gain_db, shape.q, hz);
  }
  // What one filter does at the contours' frequencies, in dB.
  Vector ResponseOf(std::size_t filter, double gain_db) const {
    Vector db(static_cast<Eigen::Index>(points));
    for (std::size_t i = 0; i < points; ++i) {
      db[static_cast<Eigen::Index>(i)] = ResponseAt(filter, gain_db, kContourHz[i]);
    }
    return db;
  }
  // How much louder, against 1 kHz, a tone has to be at `listening` phon to stand as it stood at
  // `reference`.
  Vector DifferenceDb(double reference, double listening) const {
    Vector db(static_cast<Eigen::Index>(points));
    for (std::size_t i = 0; i < points; ++i) {
      db[static_cast<Eigen::Index>(i)] =
          EqualLoudnessDb(i, listening) - listening - (EqualLoudnessDb(i, reference) - reference);
    }
    return db;
  }
  // Least squares: a linear guess, then Newton's method with the guess's slope.
  Vector Solve(const Vector& target_db) const {
    constexpr int kSteps = 5;
    Vector gains = Vector::Zero(static_cast<Eigen::Index>(filters));
    Vector reached = Vector::Zero(target_db.size());
    for (int step = 0; step < kSteps; ++step) {
      gains += solver.solve(target_db - reached);
      reached.setZero();
      for (std::size_t f = 0; f < filters; ++f) {
        reached += ResponseOf(f, gains[static_cast<Eigen::Index>(f)]);
      }
    }
    return gains;
  }
  // Of all sections together, from below what is heard to half the rate.
  double HighestDb(const std::vector<SvFilter>& sections) const {
    double highest_db = 0.0;
    for (double hz = 2.0; hz < 0.499 * sample_rate_hz; hz *= 1.05) {
      const double tangent = std::tan(std::numbers::pi * hz / sample_rate_hz);
      double gain = 1.0;
      for (const SvFilter& section : sections) gain *= std::abs(section.TransferAt(tangent));
      highest_db = std::max(highest_db, GainToDb(gain));
    }
    return highest_db;
  }

  double sample_rate_hz;
  std::size_t filters = 0;  // in use at this rate
  std::size_t points = 0;
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> solver;
  float sink_volume_db = 0.0F;
  Params designed{};
  Targets targets{.sections = {}, .gain = 1.0F};
};

Loudness::Designer::Designer(const ProcessSpec& spec)
    : state_(std::make_unique<State>(spec.sample_rate_hz)) {}
Loudness::Designer::~Designer() = default;
Loudness::Designer::Designer(Designer&&) noexcept = default;

void Loudness::Designer::SetSinkVolume(float volume_db) { state_->sink_volume_db = volume_db; }

const Loudness::Targets& Loudness::Designer::Design(const Params& asked) {
  State& state = *state_;
  Params params = asked;
  if (params.follow >= 0.5F)
    params.volume_db = std::min(params.volume_db + state.sink_volume_db, 0.0F);
  if (Same(params, state.designed)) return state.targets;
  state.designed = params;
  state.targets = {.sections = {}, .gain = 1.0F};
  const auto reference = static_cast<double>(params.reference_db);
  const double listening = std::max(kLowestPhon, reference + static_cast<double>(params.volume_db));
  if (params.enabled < 0.5F || listening == reference) return state.targets;
  const State::Vector gains = state.Solve(state.DifferenceDb(reference, listening));
  std::vector<SvFilter> sections;
  for (std::size_t f = 0; f < state.filters; ++f) {
    const double gain_db = gains[static_cast<Eigen::Index>(f)];
    if (std::abs(gain_db) < kInaudibleDb) continue;
    const Shape& shape = kShapes[f];
    const MatchedFilter filter =
        DesignMatchedFilter(shape.type, shape.frequency_hz, gain_db, shape.q, state.sample_rate_hz);
    for (std::size_t s = 0; s < filter.sections.size(); ++s) {
      sections.push_back(filter.sections[s]);
      state.targets.sections[2 * f + s] = MakeSvTarget(filter.sections[s], SvTarget::Side::kBoth);
    }
  }
  state.targets.gain = static_cast<float>(DbToGain(-state.HighestDb(sections)));
  return state.targets;
}

void Loudness::Prepare(const ProcessSpec& spec) {
  bank_.Prepare(spec.sample_rate_hz, kRampMs, 2 * kFilters);
  gain_.Prepare(spec.sample_rate_hz, kRampMs);
  gain_.SetTarget(1.0F);
  Reset();
}

void Loudness::Reset() noexcept {
  bank_.Reset();
  gain_.SnapTo(gain_.target());
}

void Loudness::SetTargets(const Targets& targets) noexcept {
  bank_.SetTargets(targets.sections);
  gain_.SetTarget(targets.gain);
}

void Loudness::Process(StereoView io) noexcept {
  // First the cut, then the filters: what lies between them has headroom, too.
  if (!gain_.settled() || gain_.target() != 1.0F) {
    for (std::size_t i = 0; i < io.frames; ++i) {
      const float gain = gain_.Next();
      io.left[i] *= gain;
      io.right[i] *= gain;
    }
  }
  bank_.Process(io.left, io.right, io.frames);
}

}  // namespace auralis
