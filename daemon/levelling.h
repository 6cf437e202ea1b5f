#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "dsp/analysis/analysis_frame.h"
#include "dsp/signal_path.h"
#include "dsp/stages/leveler_control.h"

namespace auralis {

// The leveler's control, fed with what is heard, and its memory over the end of the daemon: the
// gain is kept in the state file every minute and at the end. What goes wrong with the file is
// logged and costs the memory, never the music. [control]
class Levelling {
 public:
  // `state_file` "" remembers nothing.
  Levelling(double sample_rate_hz, std::filesystem::path state_file);
  ~Levelling() { Keep(); }
  Levelling(const Levelling&) = delete;
  Levelling& operator=(const Levelling&) = delete;

  // Of the stream from now on. Another one counts its frames from 0.
  void SetSampleRate(double sample_rate_hz);
  float gain_db() const noexcept { return control_.gain_db(); }
  // `values` are those in force. Gives the gain from now on.
  float Hear(const AnalysisFrame& frame, const SignalPath::Values& values);
  void Keep();  // now

 private:
  void Recall();

  double sample_rate_hz_;
  std::filesystem::path file_;
  LevelerControl control_;
  std::optional<float> kept_db_;
  std::uint64_t kept_at_frames_ = 0;
  bool enabled_ = false;
  bool failed_ = false;
};

}  // namespace auralis
