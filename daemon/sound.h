#pragma once

#include <memory>

#include "dsp/adaptation.h"
#include "dsp/signal_path.h"
#include "dsp/stages/convolver.h"

namespace auralis {

// Everything that decides how a signal path sounds.
struct Sound {
  SignalPath::Values targets{};  // as they go to the engine
  Adaptation adaptation{};
  std::shared_ptr<const ImpulseResponse> response = nullptr;
};

}  // namespace auralis
