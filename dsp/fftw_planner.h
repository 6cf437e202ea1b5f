#pragma once

#include <mutex>

namespace auralis {

// FFTW may execute plans from any thread, but make and destroy them in one at a time only: hold
// this meanwhile. [control]
inline std::mutex& FftwPlannerMutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace auralis
