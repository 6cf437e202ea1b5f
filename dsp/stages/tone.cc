#include "dsp/stages/tone.h"

#include <algorithm>

#include "dsp/matched_filter.h"

namespace auralis {
namespace {

constexpr double kHighestShare =
    0.45;  // of the rate: a knob whose frequency lies above does nothing

// Of the knobs of one end together, the highest point of their response where each does `share` of
// what it is asked for.
double HighestDb(const Tone::Params& params, Tone::Knob::End end, double share) {
  double highest_db = 0.0;
  for (double hz = 20.0; hz < 20000.0; hz *= 1.12) {
    double sum_db = 0.0;
    for (const Tone::Knob& knob : Tone::kKnobTable) {
      const double gain_db = share * static_cast<double>(params.*knob.position) * knob.gain_db;
      if (knob.end != end || gain_db == 0.0) continue;
      sum_db += PrototypeGainDb(knob.type, knob.frequency_hz, gain_db, knob.q, hz);
    }
    highest_db = std::max(highest_db, sum_db);
  }
  return highest_db;
}

// The largest share with which the response stays within the budget: by bisection, it rises with
// it.
double ShareOf(const Tone::Params& params, Tone::Knob::End end, double budget_db) {
  if (HighestDb(params, end, 1.0) <= budget_db) return 1.0;
  double low = 0.0;
  double high = 1.0;
  for (int step = 0; step < 16; ++step) {
    const double middle = 0.5 * (low + high);
    (HighestDb(params, end, middle) <= budget_db ? low : high) = middle;
  }
  return low;
}

}  // namespace

const Tone::Targets& Tone::Designer::Design(const Params& params) {
  if (Same(params, designed_)) return targets_;
  designed_ = params;
  targets_ = {};
  if (params.enabled < 0.5F) return targets_;
  const double bass_share = ShareOf(params, Knob::End::kBass, kBassBudgetDb);
  const double treble_share = ShareOf(params, Knob::End::kTreble, kTrebleBudgetDb);
  for (std::size_t k = 0; k < kKnobs; ++k) {
    const Knob& knob = kKnobTable[k];
    if (knob.frequency_hz > kHighestShare * sample_rate_hz_) continue;
    const double share = knob.end == Knob::End::kBass     ? bass_share
                         : knob.end == Knob::End::kTreble ? treble_share
                                                          : 1.0;
    const double gain_db = share * static_cast<double>(params.*knob.position) * knob.gain_db;
    if (gain_db == 0.0) continue;
    const MatchedFilter filter =
        DesignMatchedFilter(knob.type, knob.frequency_hz, gain_db, knob.q, sample_rate_hz_);
    for (std::size_t s = 0; s < filter.sections.size(); ++s) {
      targets_.sections[2 * k + s] = MakeSvTarget(filter.sections[s], SvTarget::Side::kBoth);
    }
  }
  return targets_;
}

void Tone::Prepare(const ProcessSpec& spec) {
  bank_.Prepare(spec.sample_rate_hz, kRampMs, 2 * kKnobs);
}

}  // namespace auralis
