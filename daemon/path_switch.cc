#include "daemon/path_switch.h"

#include <algorithm>
#include <utility>

#include "dsp/units.h"

namespace auralis {
namespace {

// Beyond the latency: the time in which filters of the bass forget how they were started.
constexpr double kWarmUpMs = 50.0;
constexpr double kFadeMs = 30.0;

}  // namespace

PreparedPath::PreparedPath(const ProcessSpec& spec, const SignalPath::Values& values,
                           const Adaptation& adaptation,
                           std::shared_ptr<const ImpulseResponse> response)
    : laid_out_by(values),
      designer(std::make_unique<SignalPath::Designer>(spec)),
      path(std::make_unique<SignalPath>()) {
  designer->SetAdaptation(adaptation);
  designer->SetResponse(std::move(response));
  path->Prepare(spec, values);
  path->SetTargets(designer->Design(values));
  path->Reset();
}

bool PreparedPath::IsLaidOutAs(const SignalPath::Values& values) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (SignalPath::kParams[i].spec.structural && values[i] != laid_out_by[i]) return false;
  }
  return true;
}

void PathSwitch::Prepare(const ProcessSpec& spec, const Item* first) {
  rest_frames_ = MsToFrames(kWarmUpMs, spec.sample_rate_hz);
  fade_frames_ = MsToFrames(kFadeMs, spec.sample_rate_hz);
  for (auto& channel : incoming_block_) channel.assign(spec.block_frames, 0.0F);
  heard_match_.Prepare(spec.sample_rate_hz);
  incoming_match_.Prepare(spec.sample_rate_hz);
  heard_ = wanted_ = first;
  heard_->Reach();
  latency_frames_ = heard().latency_frames();
}

void PathSwitch::Follow(const Item* path, const SignalPath::Targets& targets,
                        const MatchGain::Target& match) noexcept {
  wanted_ = path;
  wanted_targets_ = &targets;
  wanted_match_ = match;
  // A path that is on its way out keeps what it had; one that has yet to come in gets it then.
  const Item* const newest = incoming_ != nullptr ? incoming_ : heard_;
  if (wanted_ != newest) return;
  (*newest)->path->SetTargets(targets);
  (incoming_ != nullptr ? incoming_match_ : heard_match_).SetTarget(match);
}

void PathSwitch::Shed(Shedding shedding) noexcept {
  shedding_ = shedding;
  for (const Item* one : {heard_, incoming_}) {
    if (one != nullptr) (*one)->path->Shed(shedding);
  }
}

void PathSwitch::Process(StereoView io, const StageProbe* probe) noexcept {
  if (incoming_ == nullptr && wanted_ != heard_) Begin();
  if (incoming_ == nullptr) {
    (*heard_)->path->Process(io, probe);
    heard_match_.Apply(io);
    return;
  }
  const StereoView incoming{incoming_block_[0].data(), incoming_block_[1].data(), io.frames};
  std::copy_n(io.left, io.frames, incoming.left);
  std::copy_n(io.right, io.frames, incoming.right);
  (*heard_)->path->Process(io, probe);
  (*incoming_)->path->Process(incoming);
  heard_match_.Apply(io);
  incoming_match_.Apply(incoming);
  const auto fade_frames = static_cast<float>(fade_frames_);
  for (std::size_t i = 0; i < io.frames; ++i, ++elapsed_frames_) {
    if (elapsed_frames_ < warm_up_frames_) continue;
    const float u =
        std::min(1.0F, static_cast<float>(elapsed_frames_ - warm_up_frames_) / fade_frames);
    const float share = SmoothStep(u);
    io.left[i] += share * (incoming.left[i] - io.left[i]);
    io.right[i] += share * (incoming.right[i] - io.right[i]);
  }
  if (elapsed_frames_ >= warm_up_frames_ + fade_frames_) End();
}

void PathSwitch::Jump() noexcept {
  if (incoming_ != nullptr) End();
  if (wanted_ == heard_) return;
  Begin();
  End();
}

std::uint64_t PathSwitch::non_finite_frames() const noexcept {
  return non_finite_before_ + heard().non_finite_frames();
}

void PathSwitch::Begin() noexcept {
  incoming_ = wanted_;
  SignalPath& path = *(*incoming_)->path;
  path.SetTargets(*wanted_targets_);
  incoming_match_.SnapTo(wanted_match_);
  path.Shed(shedding_);
  elapsed_frames_ = 0;
  // A linear-phase response reaches as far back as its latency once more.
  warm_up_frames_ = 2 * path.latency_frames() + rest_frames_;
}

void PathSwitch::End() noexcept {
  // Both have counted what came in since the new one began.
  non_finite_before_ += heard().non_finite_frames() - (*incoming_)->path->non_finite_frames();
  heard_ = incoming_;
  heard_match_ = incoming_match_;
  incoming_ = nullptr;
  heard_->Reach();
  latency_frames_.store(heard().latency_frames(), std::memory_order_relaxed);
}

}  // namespace auralis
