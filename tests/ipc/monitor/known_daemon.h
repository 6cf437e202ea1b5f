#pragma once
// A daemon's answers as the monitor gets them: the real table of parameters, chosen levels.

#include <cstdint>

#include "ipc/monitor/model.h"

namespace auralis::test {

// Every parameter as the registry has it, at its default.
ipc::Parameters DescribedParameters();
ipc::Status RunningStatus();
// The same level everywhere; silence is -infinity.
ipc::Meters MetersAt(float db, std::uint64_t position_frames);
// 64 bands from 20 Hz to 20 kHz.
ipc::Spectrum SpectrumAt(float input_db, float output_db);
ipc::Value ValueOf(const std::string& key, const std::string& text);

// Connected, with one of each event.
ctl::Model KnownModel();

}  // namespace auralis::test
