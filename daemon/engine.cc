#include "daemon/engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dsp/denormals.h"
#include "dsp/units.h"

namespace auralis {
namespace {

constexpr std::size_t kCeiling = SignalPath::IndexOf("limiter", "ceiling");
constexpr float kFadeMs = 50.0F;
constexpr float kResumeMs = 2.0F;
// What still rings after a pause, and is loud enough for its beginning to be heard as a click.
constexpr float kAudibleStep = 1e-3F;
constexpr double kRestMs = 10.0;    // in which most of what rings is over
constexpr double kSettleMs = 50.0;  // in which every ramp of the chain is over
// By the clock: the analysis thread may sleep this long before blocks are lost.
constexpr double kTapSeconds = 2.5;

std::size_t TapBlocks(const EngineOptions& options) {
  if (!options.taps) return 1;
  const auto frames_a_tap = static_cast<double>(std::min(options.block_frames, kTapFrames));
  const double seconds = kTapSeconds * std::max(1.0, options.speed);
  return static_cast<std::size_t>(std::ceil(seconds * options.sample_rate_hz / frames_a_tap));
}

// `values`, laid out as `structure` is.
SignalPath::Values WithStructureOf(const SignalPath::Values& structure, SignalPath::Values values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (SignalPath::kParams[i].spec.structural) values[i] = structure[i];
  }
  return values;
}

std::size_t ViewFrames(const EngineOptions& options) {
  return options.block_frames * options.view_blocks;
}

ProcessSpec SpecOf(const EngineOptions& options) {
  return {.sample_rate_hz = options.sample_rate_hz, .block_frames = ViewFrames(options)};
}

}  // namespace

Engine::Engine(const EngineOptions& options, const SignalPath::Values& values,
               const Adaptation& adaptation)
    : options_(options),
      values_(values),
      adaptation_(adaptation),
      published_{.path = MakePath(),
                 .targets = {},
                 .audible = true,
                 .at_once = false,
                 .match = {},
                 .revision = 0},
      mailbox_(published_),
      taps_(TapBlocks(options)) {
  adapter_.Prepare(ViewFrames(options), options.host_frames);
  idle_gate_.Prepare(options.sample_rate_hz);
  published_.targets = (*published_.path)->designer->Design(values_);
  paths_.Prepare(SpecOf(options), published_.path);
  for (auto& channel : tapped_input_) channel.assign(ViewFrames(options), 0.0F);
  fade_.Prepare(options.sample_rate_hz, kFadeMs);
  fade_.SnapTo(options.fade_in ? 0.0F : 1.0F);
  fade_.SetTarget(1.0F);
  resume_.Prepare(options.sample_rate_hz, kResumeMs);
  resume_.SnapTo(1.0F);
  rest_frames_ = MsToFrames(kRestMs, options.sample_rate_hz);
  settle_frames_ = MsToFrames(kSettleMs, options.sample_rate_hz);
  recorder_.Prepare(options.sample_rate_hz);
  shedder_.Prepare(options.sample_rate_hz);
}

Engine::Engine(const EngineOptions& options, const Engine& before)
    : Engine(options, before.values_, before.adaptation_) {
  if (before.response_ != nullptr && options.sample_rate_hz == before.options_.sample_rate_hz) {
    SetResponse(before.response_);
  }
  if (options.sample_rate_hz == before.options_.sample_rate_hz) {
    position_frames_ = before.position_frames_;
  }
  SetMatchGain(before.match_gain_db_);
  if (!before.published_.audible) SetAudible(false);
  stats_.CopyFrom(before.stats_);
  non_finite_before_ = stats_.non_finite_frames.load(std::memory_order_relaxed);
}

void Engine::Process(const HostBuffer& buffer) noexcept {
  const ScopedFlushDenormals flush_denormals;
  recorder_.Begin(options_.clock(), buffer.frames, buffer.xruns, buffer.after_pause);
  stats_.thread.store(pthread_self(), std::memory_order_relaxed);  // no call: it is in a register
  Count(stats_.callbacks);
  Count(stats_.frames, buffer.frames);
  Count(stats_.xruns, buffer.xruns);
  if (buffer.after_pause) {
    BeginAfterPause(buffer.after_loss);
  } else if (buffer.after_loss) {
    BeginAfterLoss();
  }
  Follow();  // also what concerns the frames that the adapter still has
  if (adapter_.MakeRoomFor(buffer.frames)) {
    const float target = fade_.target();
    fade_.SnapTo(0.0F);
    fade_.SetTarget(target);
  }
  adapter_.Process(buffer, [this](StereoView view) { ProcessView(view); });
  stats_.non_finite_frames.store(non_finite_before_ + paths_.non_finite_frames(),
                                 std::memory_order_relaxed);
  EndTiming(buffer.frames);
}

void Engine::EndTiming(std::size_t frames) noexcept {
  const float share = recorder_.End(options_.clock(), shedder_.shedding(), stats_);
  if (frames == 0) return;
  const Shedding before = shedder_.shedding();
  if (options_.shed_load && shedder_.Take(share, frames) != before) {
    paths_.Shed(shedder_.shedding());
    stats_.shedding.store(static_cast<std::uint8_t>(shedder_.shedding()),
                          std::memory_order_relaxed);
  }
  const auto period_s = static_cast<float>(static_cast<double>(frames) / options_.sample_rate_hz);
  if (share > 1.0F) Count(stats_.overloads);
  const float load = stats_.load.load(std::memory_order_relaxed);
  stats_.load.store(load + std::min(1.0F, period_s) * (share - load), std::memory_order_relaxed);
}

const PathSwitch::Item* Engine::MakePath() {
  return prepared_.Make(SpecOf(options_), values_, adaptation_, response_);
}

void Engine::Publish(const SignalPath::Values& values) {
  values_ = values;
  const bool same = (*published_.path)->IsLaidOutAs(values_);
  // While the callback is on its way to a path no other is made: a storm of changes would fill the
  // memory with them.
  if (!same && prepared_.HasReached(published_.path)) published_.path = MakePath();
  const PreparedPath& path = **published_.path;
  published_.targets = path.designer->Design(WithStructureOf(path.laid_out_by, values_));
  SendRevision();
}

void Engine::SetMatchGain(float gain_db) {
  if (std::exchange(match_gain_db_, gain_db) == gain_db) return;
  SendRevision();
}

void Engine::SetMatchGain(float gain_db,
                          const std::array<float, MatchGain::Course::kSteps>& course_db) {
  match_gain_db_ = gain_db;
  MatchGain::Course& course = published_.match.course;
  ++course.number;
  for (std::size_t i = 0; i < course_db.size(); ++i) {
    course.gains[i] = published_.targets.bypass ? 1.0F : DbToGain(course_db[i]);
  }
  SendRevision();
}

void Engine::Send() noexcept {
  published_.match.gain = published_.targets.bypass ? 1.0F : DbToGain(match_gain_db_);
  published_.match.ceiling = DbToGain(values_[kCeiling]);
  if (!held_back_) mailbox_.Publish(published_);
}

void Engine::SendRevision() noexcept {
  ++published_.revision;
  Send();
}

void Engine::LetGo() noexcept {
  held_back_ = false;
  Send();
}

void Engine::Settle() {
  if ((*published_.path)->IsLaidOutAs(values_)) return;
  if (prepared_.HasReached(published_.path)) Publish(values_);
}

void Engine::Adapt(const Adaptation& adaptation) {
  if (adaptation == adaptation_) return;
  adaptation_ = adaptation;
  (*published_.path)->designer->SetAdaptation(adaptation);
  Publish(values_);
}

void Engine::SetResponse(std::shared_ptr<const ImpulseResponse> response) {
  response_ = std::move(response);
  (*published_.path)->designer->SetResponse(response_);
  Publish(values_);
}

void Engine::SetAudible(bool audible) noexcept {
  published_.audible = audible;
  published_.at_once = false;
  Send();
}

void Engine::Mute() noexcept {
  published_.audible = false;
  published_.at_once = true;
  Send();
}

bool Engine::TakePublished() noexcept {
  if (!mailbox_.Poll()) return false;
  const RtState& published = mailbox_.value();
  fade_.SetTarget(published.audible ? 1.0F : 0.0F);
  if (published.audible) faded_out_.store(false, std::memory_order_relaxed);
  if (published.at_once) {
    fade_.SnapTo(0.0F);
    adapter_.Silence();
  }
  // Always: what it pointed to until now is no more.
  paths_.Follow(published.path, published.targets, published.match);
  if (std::exchange(taken_revision_, published.revision) == published.revision) {
    idle_gate_.KeepAwake();
    return false;
  }
  idle_gate_.Wake();
  return true;
}

// Where nothing is heard nothing has to fade: what begins to sound finds what it was chosen for.
void Engine::Follow() noexcept {
  const bool was_quiet = idle_gate_.is_quiet();
  if (TakePublished() && was_quiet) JumpInSilence();
}

void Engine::ProcessView(StereoView view) noexcept {
  for (std::size_t done = 0; done < view.frames;) {
    const std::size_t count = RunFrames(view, done);
    ProcessBlocks({view.left + done, view.right + done, count});
    done += count;
  }
}

std::size_t Engine::RunFrames(StereoView view, std::size_t done) const noexcept {
  const std::size_t block = options_.block_frames;
  if (view.frames == block) return block;
  const auto is_silent = [&](std::size_t at) {
    return IdleGate::IsSilent({view.left + at, view.right + at, block});
  };
  std::size_t count = block;
  if (is_silent(done)) return count;
  while (done + count < view.frames && !is_silent(done + count)) count += block;
  return count;
}

void Engine::ProcessBlocks(StereoView blocks) noexcept {
  Follow();
  // Nobody heard the beginning of a fade that is to be over by now.
  if (std::exchange(begins_softly_, false) && fade_.target() == 0.0F) fade_.SnapTo(0.0F);
  if (!idle_gate_.MustCompute(blocks)) return;  // silence goes through as it is
  const bool measured = options_.taps && shedder_.shedding() < Shedding::kAnalysis;
  if (measured) BeginTap(blocks);
  ProcessPath(blocks);
  ApplyFade(blocks);
  if (measured) {
    EndTap(blocks);
  } else {
    position_frames_ += blocks.frames;
  }
  // Of blocks that are not silent each begins anew what the gate counts.
  const std::size_t last = blocks.frames - options_.block_frames;
  idle_gate_.Computed({blocks.left + last, blocks.right + last, options_.block_frames});
}

void Engine::ProcessPath(StereoView blocks) noexcept {
  if (!recorder_.BeginBlock()) return paths_.Process(blocks);
  const StageProbe probe{.after_stage =
                             [](void* context, std::size_t stage) noexcept {
                               auto& engine = *static_cast<Engine*>(context);
                               engine.recorder_.Mark(stage, engine.options_.clock());
                             },
                         .context = this};
  recorder_.BeginStages(options_.clock());
  paths_.Process(blocks, &probe);
  recorder_.EndStages();
}

// What is on its way through belongs to the time before the pause: silence pushes it out, unheard,
// so that the first sound is whole, from its first frame on. What was published in the pause is in
// force by then.
void Engine::BeginAfterPause(bool softly) noexcept {
  adapter_.Silence();
  begins_softly_ = softly;
  const bool nothing_is_left = idle_gate_.idle();
  idle_gate_.Wake();
  const bool changed = TakePublished();
  float rings = 0.0F;
  if (changed) {
    rings = JumpInSilence();
  } else if (!nothing_is_left) {
    rings = PlaySilence(paths_.latency_frames() + rest_frames_);
  }
  if (softly || rings >= kAudibleStep) RampIn(softly ? paths_.latency_frames() : 0);
}

// The listener had silence for what was lost: what goes on behind it begins softly.
void Engine::BeginAfterLoss() noexcept {
  adapter_.Silence();
  RampIn(paths_.latency_frames());
}

// What comes in now, not what is still on its way through.
void Engine::RampIn(std::size_t unheard_frames) noexcept {
  resume_.SnapTo(0.0F);
  unheard_frames_ = unheard_frames;
}

float Engine::JumpInSilence() noexcept {
  paths_.Jump();
  return PlaySilence(paths_.latency_frames() + settle_frames_);
}

float Engine::PlaySilence(std::size_t frames) noexcept {
  const StereoView block{tapped_input_[0].data(), tapped_input_[1].data(), options_.block_frames};
  float rings = 0.0F;
  for (std::size_t done = 0; done < frames; done += block.frames) {
    std::fill_n(block.left, block.frames, 0.0F);
    std::fill_n(block.right, block.frames, 0.0F);
    paths_.Process(block);
    const std::size_t last = block.frames - 1;
    rings = std::max(std::abs(block.left[last]), std::abs(block.right[last]));
  }
  return rings;
}

void Engine::ApplyFade(StereoView blocks) noexcept {
  const auto is_open = [](const Smoother& gain) { return gain.settled() && gain.target() == 1.0F; };
  if (is_open(fade_) && is_open(resume_)) return;
  for (std::size_t i = 0; i < blocks.frames; ++i) {
    if (unheard_frames_ > 0) {
      --unheard_frames_;
    } else {
      resume_.SetTarget(1.0F);
    }
    const float gain = fade_.Next() * resume_.Next();
    blocks.left[i] *= gain;
    blocks.right[i] *= gain;
  }
  if (fade_.settled() && fade_.target() == 0.0F) {
    faded_out_.store(true, std::memory_order_release);
  }
}

void Engine::BeginTap(StereoView input) noexcept {
  std::copy_n(input.left, input.frames, tapped_input_[0].data());
  std::copy_n(input.right, input.frames, tapped_input_[1].data());
}

void Engine::EndTap(StereoView output) noexcept {
  const ProductChain& chain = paths_.heard().chain();
  chain.ReadReductions(tap_.gain_reductions_db);
  tap_.leveler_gain = chain.stage<Leveler>().gain();
  for (std::size_t done = 0; done < output.frames;) {
    const std::size_t count = std::min(output.frames - done, kTapFrames);
    tap_.position_frames = position_frames_;
    tap_.frames = static_cast<std::uint32_t>(count);
    for (std::size_t ch = 0; ch < 2; ++ch) {
      std::copy_n(tapped_input_[ch].data() + done, count, tap_.input[ch].data());
    }
    std::copy_n(output.left + done, count, tap_.output[0].data());
    std::copy_n(output.right + done, count, tap_.output[1].data());
    if (!taps_.TryPush(tap_)) Count(stats_.dropped_taps);
    position_frames_ += count;
    done += count;
  }
}

}  // namespace auralis
