#include "daemon/loudness_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/path_switch.h"
#include "dsp/analysis/loudness_meter.h"
#include "dsp/denormals.h"
#include "dsp/units.h"

namespace auralis {
namespace {

// In which values have come to where they go, and a path of another layout has come in.
constexpr double kSettleSeconds = 0.06;
constexpr float kHeadroomDb = 0.3F;  // what peaks that are still to come may be higher

bool SameStructure(const SignalPath::Values& a, const SignalPath::Values& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (SignalPath::kParams[i].spec.structural && a[i] != b[i]) return false;
  }
  return true;
}

// Gated over the whole span; or of its last 400 ms, also where there are not as many: silence
// before them counts for the one sound as for the other, and integrated loudness knows no shorter
// spans.
enum class Reading { kIntegrated, kMomentary };

struct Span {  // frames of the excerpt
  std::size_t first;
  std::size_t last;
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
    if (!SameStructure(path_->laid_out_by, sound.targets)) {
      *this = Rendering(spec_, sound, stop_);
      return;
    }
    path_->designer->SetAdaptation(sound.adaptation);
    path_->designer->SetResponse(sound.response);
    path_->path->SetTargets(path_->designer->Design(sound.targets));
  }
  void Hear(const Excerpt& excerpt) {
    Measure(excerpt, {excerpt[0].size(), excerpt[0].size()}, Reading::kIntegrated);
  }
  // Of the frames of the excerpt in the span, as they come out. Goes on from `start`.
  Outcome Measure(const Excerpt& excerpt, const Span& span, Reading of, std::size_t start = 0) {
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
      for (const auto& channel : block) {
        for (std::size_t i = from - at; i < to - at; ++i) {
          peak = std::max(peak, std::abs(channel[i]));
        }
      }
    }
    const bool whole = of == Reading::kIntegrated;
    return {whole ? meter.integrated_lufs() : meter.momentary_lufs(), GainToDb(peak)};
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
  const Outcomes outcomes{one.Measure(excerpt, whole, Reading::kIntegrated),
                          other.Measure(excerpt, whole, Reading::kIntegrated)};
  return stop.stop_requested() ? Outcomes{kSilence, kSilence} : outcomes;
}

MatchedGains LowerTheLouder(const Outcomes& outcomes) {
  const auto& [first, second] = outcomes;
  if (!std::isfinite(first.lufs) || !std::isfinite(second.lufs)) return {};
  const auto over_db = static_cast<float>(first.lufs - second.lufs);
  return {.first_db = std::min(0.0F, -over_db), .second_db = std::min(0.0F, over_db)};
}

Outcomes CompareSwitch(const ProcessSpec& spec, const Sound& first, const Sound& second,
                       const Excerpt& excerpt, std::size_t switch_frame) {
  const std::size_t frames = excerpt[0].size();
  Rendering without(spec, first);
  Rendering with(spec, first);
  const std::size_t switched = switch_frame / spec.block_frames * spec.block_frames;
  with.Measure(excerpt,
               {0, switched > with.latency_frames() ? switched - with.latency_frames() : 0},
               Reading::kMomentary);
  with.Become(second);
  const std::size_t late = std::max(without.latency_frames(), with.latency_frames());
  const auto settled = static_cast<std::size_t>(kSettleSeconds * spec.sample_rate_hz);
  const std::size_t begin = std::min(switched + settled, frames);
  const std::size_t last = std::max(begin, frames > late ? frames - late : 0);
  const Outcome one = without.Measure(excerpt, {begin, last}, Reading::kMomentary);
  return {one, with.Measure(excerpt, {begin, last}, Reading::kMomentary, switched)};
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

}  // namespace auralis
