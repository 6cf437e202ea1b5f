#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "ipc/auralisctl_terminal.h"
#include "ipc/messages.h"

namespace auralis::ctl {

// The meters as a block for a terminal. Holds each true peak for a while, because a number that
// changes with every event cannot be read.
class MeterView {
 public:
  static constexpr double kHoldSeconds = 1.5;

  // Takes the readings in and draws them, no line wider than the terminal.
  std::string Draw(const ipc::Meters& meters, const ipc::Status& status, const Terminal& terminal);

 private:
  struct Held {
    float dbtp = 0.0F;
    std::uint64_t until_frames = 0;
  };
  float Hold(Held& held, float dbtp, const ipc::Meters& meters, double sample_rate_hz) const;

  std::array<Held, 2> input_;
  std::array<Held, 2> output_;
};

// The output's spectrum as columns, no line wider than the terminal.
std::string DrawSpectrum(const ipc::Spectrum& spectrum, const Terminal& terminal);

// "-12.3", "-inf".
std::string DbText(float db);

}  // namespace auralis::ctl
