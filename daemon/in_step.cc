#include "daemon/in_step.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/analysis_thread.h"

namespace auralis {

std::size_t StepFrames(double sample_rate_hz, std::size_t block_frames) {
  const double blocks =
      sample_rate_hz / AnalysisThread::kReportsPerSecond / static_cast<double>(block_frames);
  return static_cast<std::size_t>(std::max(1.0, std::ceil(blocks))) * block_frames;
}

InStep::InStep(Engine& engine, Report report, RecentSound* recent)
    : engine_(engine),
      report_(std::move(report)),
      recent_(recent),
      step_frames_(StepFrames(engine.options().sample_rate_hz, engine.options().block_frames)) {
  analyzer_.Prepare(engine.options().sample_rate_hz);
}

// Cut where a step ends: there the engine has processed every frame that came in.
void InStep::Process(const HostBuffer& buffer) noexcept {
  HostBuffer piece = buffer;
  for (std::size_t done = 0; done < buffer.frames; done += piece.frames) {
    const float* const input[2] = {buffer.input[0] + done, buffer.input[1] + done};
    float* const output[2] = {buffer.output[0] + done, buffer.output[1] + done};
    piece.input = input;
    piece.output = output;
    piece.frames = std::min(buffer.frames - done, step_frames_ - at_);
    engine_.Process(piece);
    piece.xruns = 0;
    piece.after_pause = piece.after_loss = false;
    at_ += piece.frames;
    if (at_ < step_frames_) continue;
    at_ = 0;
    Step();
  }
}

void InStep::Step() {
  if (!DrainTaps(engine_.taps(), analyzer_, recent_)) return;  // idle
  {
    const std::lock_guard lock(waiting_->mutex);
    if (waiting_->given_up) return;
    waiting_->in_force = false;
  }
  report_(analyzer_.Take(), Done(nullptr, [waiting = waiting_](void*) {
            const std::lock_guard lock(waiting->mutex);
            waiting->in_force = true;
            waiting->changed.notify_one();
          }));
  std::unique_lock lock(waiting_->mutex);
  waiting_->changed.wait(lock, [this] { return waiting_->in_force || waiting_->given_up; });
}

void InStep::GiveUp() {
  const std::lock_guard lock(waiting_->mutex);
  waiting_->given_up = true;
  waiting_->changed.notify_one();
}

}  // namespace auralis
