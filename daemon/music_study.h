#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "dsp/adaptive/aims.h"
#include "dsp/adaptive/calibration.h"

namespace auralis {

// What a whole track is like, with the meters of the chain.
struct TrackMeasure {
  std::array<float, kZones> zone_shares{};
  float centroid_hz = 0.0F;
  float loudness_lufs = 0.0F;  // integrated
  float loudness_deviation_lu = 0.0F;
  float crest_db = 0.0F;  // of ten seconds, median
};

// Reads it through. Throws FileError, also where there is less than three seconds to hear. Not for
// [rt]. `stop` ends it early, with an exception.
TrackMeasure MeasureTrack(const std::filesystem::path& file, const std::stop_token& stop = {});

// The mean balance, and the medians of loudness and crest factor. `tracks` is not empty.
Reference ReferenceOf(const std::string& name, const std::vector<TrackMeasure>& tracks);
// Medians, and quartiles as spreads. As many tracks as kLeastTracks at least.
inline constexpr std::size_t kLeastTracks = 10;
Calibration CalibrationOf(const std::vector<TrackMeasure>& tracks);

// A file, or every file under a folder that can be heard, measured on a thread of its own that
// gives way to everything else.
class MusicStudy {
 public:
  struct Progress {
    std::size_t done = 0;
    std::size_t total = 0;
    std::size_t skipped = 0;   // of those done: no music, or none that can be read
    std::string last_problem;  // why the last of them was
  };
  struct Result {
    std::vector<TrackMeasure> tracks;
    Progress progress;
  };
  // Both are called on the study's thread, `on_end` at last and once, unless it was given up.
  using OnProgress = std::function<void(const Progress&)>;
  using OnEnd = std::function<void(Result)>;

  // [control] Starts at once. Throws FileError where there is nothing of that name.
  MusicStudy(const std::filesystem::path& path, OnProgress on_progress, OnEnd on_end);
  // The destructor gives it up and waits: a tenth of a second at most.

 private:
  std::jthread thread_;
};

}  // namespace auralis
