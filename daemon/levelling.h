#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "dsp/analysis/analysis_frame.h"
#include "dsp/signal_path.h"
#include "dsp/stages/leveler_control.h"

namespace auralis {

// The leveler's control, fed with what is heard, and its memory over the end of the daemon: the
// gain is kept in the state file soon after it moved and at the end. What goes wrong with the file
// is logged and costs the memory, never the music. [control]
class Levelling {
 public:
  // `state_file` "" remembers nothing.
  Levelling(double sample_rate_hz, std::filesystem::path state_file);
  ~Levelling();
  Levelling(const Levelling&) = delete;
  Levelling& operator=(const Levelling&) = delete;

  // Of the stream from now on. Another one counts its frames from 0.
  void SetSampleRate(double sample_rate_hz);
  float gain_db() const noexcept { return control_.gain_db(); }
  // `values` are those in force. Gives the gain from now on.
  float Hear(const AnalysisFrame& frame, const SignalPath::Values& values);
  // Where the gain would come to with those values, for the programme that is heard.
  float SettledDb(const SignalPath::Values& values) const;
  // Goes on from that gain.
  void Jump(float gain_db) { control_.Jump(gain_db); }
  void Keep();  // now

 private:
  void Recall();
  void KeepWhatMoved(float least_db);  // where it differs by that much from what is kept

  double sample_rate_hz_;
  std::filesystem::path file_;
  LevelerControl control_;
  std::optional<float> kept_db_;
  std::uint64_t kept_at_frames_ = 0;
  float heard_input_db_ = 0.0F;  // of the input stage, when the programme was heard
  bool enabled_ = false;
  bool failed_ = false;
};

}  // namespace auralis
