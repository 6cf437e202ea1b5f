#include "daemon/loudness_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/match_gain.h"
#include "daemon/path_switch.h"
#include "dsp/analysis/loudness_meter.h"
#include "dsp/denormals.h"
#include "dsp/units.h"

namespace auralis {
namespace {

// In which values have come to where they go, dynamics have found their place, and a path of
// another layout has come in.
constexpr double kSettleSeconds = 0.4;
constexpr float kMostOnTheWayDb = 30.0F;
constexpr float kHeadroomDb = 0.3F;  // what peaks that are still to come may be higher

struct Span {  // frames of the excerpt
  std::size_t first;
  std::size_t last;
  std::size_t peaks_from = 0;  // those before count for nothing
};

class Rendering {
 public:
  Rendering(const ProcessSpec& spec, const Sound& sound, std::stop_token stop = {})
      : spec_(spec),
        stop_(std::move(stop)),
        path_(std::make_unique<PreparedPath>(spec, sound.targets, sound.adaptation,
                                             sound.response)) {}

  std::size_t latency_frames() const { return path_->path->latency_frames(); }
  // What a listener hears from now on.
  void Become(const Sound& sound) {
    if (!path_->IsLaidOutAs(sound.targets)) {
      *this = Rendering(spec_, sound, stop_);
      return;
    }
    path_->designer->SetAdaptation(sound.adaptation);
    path_->designer->SetResponse(sound.response);
    path_->path->SetTargets(path_->designer->Design(sound.targets));
  }
  void Hear(const Excerpt& excerpt) { Measure(excerpt, {excerpt[0].size(), excerpt[0].size()}); }
  // Of the frames of the excerpt in the span, as they come out. Goes on from `start`.
  // `course` gets the energy since the span began, up to 3 s of it, after each block.
  Outcome Measure(const Excerpt& excerpt, const Span& span, std::size_t start = 0,
                  std::vector<double>* course = nullptr) {
    LoudnessMeter meter;
    float peak = 0.0F;
    meter.Prepare(spec_.sample_rate_hz);
    const std::size_t begin = span.first + latency_frames();
    const std::size_t end = span.last + latency_frames();
    std::array<std::vector<float>, 2> block;
    for (auto& channel : block) channel.assign(spec_.block_frames, 0.0F);
    const ScopedFlushDenormals flush_denormals;
    for (std::size_t at = start; at < end && !stop_.stop_requested(); at += spec_.block_frames) {
      Render(excerpt, at, block);
      const std::size_t from = std::max(at, begin);
      const std::size_t to = std::min(at + spec_.block_frames, end);
      if (from >= to) continue;
      meter.Push(block[0].data() + (from - at), block[1].data() + (from - at), to - from);
      if (course != nullptr) course->push_back(std::pow(10.0, 0.1 * meter.short_term_lufs()));
      for (const auto& channel : block) {
        for (std::size_t i = from - at; i < to - at; ++i) {
          if (at + i >= span.peaks_from) peak = std::max(peak, std::abs(channel[i]));
        }
      }
    }
    return {meter.integrated_lufs(), GainToDb(peak)};
  }

 private:
  void Render(const Excerpt& excerpt, std::size_t at, std::array<std::vector<float>, 2>& block) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      const std::size_t first = std::min(at, excerpt[ch].size());
      const std::size_t there = std::min(spec_.block_frames, excerpt[ch].size() - first);
      std::copy_n(excerpt[ch].data() + first, there, block[ch].data());
      std::fill(block[ch].begin() + static_cast<std::ptrdiff_t>(there), block[ch].end(), 0.0F);
    }
    path_->path->Process({block[0].data(), block[1].data(), spec_.block_frames});
  }

  ProcessSpec spec_;
  std::stop_token stop_;
  std::unique_ptr<PreparedPath> path_;
};

using Energies = std::vector<double>;  // so far, after each block

// Of what came between two blocks, against a fixed level.
double LevelDb(const Energies& energies, std::size_t from, std::size_t to) {
  to = std::min(to, energies.size());
  if (to <= from || to == 0) return -std::numeric_limits<double>::infinity();
  const double energy = energies[to - 1] - (from > 0 ? energies[from - 1] : 0.0);
  return 10.0 * std::log10(std::max(energy, 0.0));
}

}  // namespace

Outcomes Compare(const ProcessSpec& spec, const Sound& first, const Sound& second,
                 const Excerpt& excerpt, const std::stop_token& stop) {
  constexpr Outcome kSilence{-std::numeric_limits<double>::infinity(), 0.0F};
  Rendering one(spec, first, stop);
  Rendering other(spec, second, stop);
  const std::size_t late = std::max(one.latency_frames(), other.latency_frames());
  const Span whole{0, excerpt[0].size() - std::min(late, excerpt[0].size())};
  one.Hear(excerpt);
  other.Hear(excerpt);
  const Outcomes outcomes{one.Measure(excerpt, whole), other.Measure(excerpt, whole)};
  return stop.stop_requested() ? Outcomes{kSilence, kSilence} : outcomes;
}

MatchedGains LowerTheLouder(const Outcomes& outcomes) {
  const auto& [first, second] = outcomes;
  if (!std::isfinite(first.lufs) || !std::isfinite(second.lufs)) return {};
  const auto over_db = static_cast<float>(first.lufs - second.lufs);
  return {.first_db = std::min(0.0F, -over_db), .second_db = std::min(0.0F, over_db)};
}

SwitchOutcome CompareSwitch(const ProcessSpec& spec, const Sound& first, const Sound& second,
                            const Excerpt& excerpt, std::size_t switch_frame) {
  const std::size_t frames = excerpt[0].size();
  Rendering without(spec, first);
  Rendering with(spec, first);
  const std::size_t switched = switch_frame / spec.block_frames * spec.block_frames;
  with.Measure(excerpt,
               {0, switched > with.latency_frames() ? switched - with.latency_frames() : 0});
  with.Become(second);
  const std::size_t late = std::max(without.latency_frames(), with.latency_frames());
  const std::size_t last = std::max(switched, frames > late ? frames - late : 0);
  const Span after{switched, last,
                   switched + static_cast<std::size_t>(kSettleSeconds * spec.sample_rate_hz)};
  Energies one;
  Energies other;
  SwitchOutcome outcome{.settled = {without.Measure(excerpt, after, 0, &one),
                                    with.Measure(excerpt, after, switched, &other)},
                        .louder_db = {}};
  const auto block_of = [&](double seconds) {
    return static_cast<std::size_t>(
        std::lround(seconds * spec.sample_rate_hz / static_cast<double>(spec.block_frames)));
  };
  const std::size_t first_settled = block_of(kSettleSeconds);
  outcome.settled.first.lufs = LevelDb(one, first_settled, one.size());
  outcome.settled.second.lufs = LevelDb(other, first_settled, other.size());
  const double step_s = MatchGain::Course::kStepMs / 1000.0;
  for (std::size_t i = 0; i < outcome.louder_db.size(); ++i) {
    const std::size_t from = block_of(static_cast<double>(i) * step_s);
    const std::size_t to = std::max(from + 1, block_of(static_cast<double>(i + 1) * step_s));
    outcome.louder_db[i] = LevelDb(one, from, to) - LevelDb(other, from, to);
  }
  return outcome;
}

float MatchGainDb(const Outcomes& outcomes, float first_gain_db, float ceiling_dbfs) {
  const auto& [first, second] = outcomes;
  if (!std::isfinite(first.lufs) || !std::isfinite(second.lufs)) return 0.0F;
  const float wanted_db = static_cast<float>(first.lufs - second.lufs) + first_gain_db;
  const float room_db = std::max(0.0F, ceiling_dbfs - kHeadroomDb - second.peak_dbfs);
  return std::clamp(wanted_db, -kMostCutDb, room_db);
}

void SlowGain::Advance(double seconds) {
  const float step_db = kDbPerS * static_cast<float>(seconds);
  gain_db_ = gain_db_ > rest_db_ ? std::max(rest_db_, gain_db_ - step_db)
                                 : std::min(rest_db_, gain_db_ + step_db);
}

std::array<float, MatchGain::Course::kSteps> MatchCourseDb(const SwitchOutcome& outcome,
                                                           float first_gain_db,
                                                           const SlowGain& second_gain) {
  std::array<float, MatchGain::Course::kSteps> course{};
  const auto in_the_end_db =
      static_cast<float>(outcome.settled.first.lufs - outcome.settled.second.lufs) + first_gain_db;
  // Where it cannot be as loud, or is not meant to be, it is so by degrees.
  const float off_db = second_gain.gain_db() - in_the_end_db;
  SlowGain gain = second_gain;
  for (std::size_t i = 0; i < course.size(); ++i) {
    const float share = static_cast<float>(i + 1) / static_cast<float>(course.size());
    const auto louder_db = static_cast<float>(outcome.louder_db[i]);
    course[i] = gain.gain_db();
    if (std::isfinite(louder_db) && std::isfinite(off_db)) {
      const float gone_db = gain.gain_db() - second_gain.gain_db();
      course[i] = std::clamp(louder_db + first_gain_db + share * off_db + gone_db, -kMostOnTheWayDb,
                             kMostOnTheWayDb);
    }
    gain.Advance(MatchGain::Course::kStepMs / 1000.0);
  }
  return course;
}

}  // namespace auralis
