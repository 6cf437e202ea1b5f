#include "daemon/music_study.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "daemon/sound_file.h"
#include "dsp/adaptive/feature_tracker.h"
#include "dsp/analysis/analyzer.h"

namespace auralis {
namespace {

constexpr double kReadingSeconds = 0.1;
constexpr double kLeastSeconds = 3.0;
constexpr double kSilenceLufs = -60.0;
constexpr float kLeastShare = 1e-6F;
constexpr std::size_t kMostFiles = 20000;

struct GivenUp {};

float Median(std::vector<float> values, double share = 0.5) {
  const std::ptrdiff_t at = std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

template <class Of>
std::vector<float> Each(const std::vector<TrackMeasure>& tracks, Of of) {
  std::vector<float> values;
  values.reserve(tracks.size());
  for (const TrackMeasure& track : tracks) values.push_back(of(track));
  return values;
}

void Normalize(std::array<float, kZones>& shares) {
  const float sum = std::accumulate(shares.begin(), shares.end(), 0.0F);
  for (float& share : shares) share /= sum;
}

// A logistic distribution has its quartiles ln 3 spreads off its median.
Place PlaceOf(const std::vector<float>& values) {
  constexpr double kLn3 = 1.0986122886681098;
  const auto quartiles = static_cast<double>(Median(values, 0.75) - Median(values, 0.25));
  constexpr float kLeastSpread = 0.01F;
  return {.median = Median(values),
          .spread = std::max(kLeastSpread, static_cast<float>(quartiles / (2.0 * kLn3)))};
}

std::vector<std::filesystem::path> FilesAt(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    if (!std::filesystem::exists(path, error)) {
      throw FileError(path.string() + ": there is no such file or folder");
    }
    return {path};
  }
  std::vector<std::filesystem::path> files;
  using Walk = std::filesystem::recursive_directory_iterator;
  Walk walk(path, std::filesystem::directory_options::skip_permission_denied, error);
  for (; !error && walk != Walk() && files.size() < kMostFiles; walk.increment(error)) {
    std::error_code ignored;
    if (walk->is_regular_file(ignored)) files.push_back(walk->path());
  }
  if (error) throw FileError(path.string() + ": cannot be looked through: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

void Study(const std::stop_token& stop, const std::vector<std::filesystem::path>& files,
           const MusicStudy::OnProgress& on_progress, const MusicStudy::OnEnd& on_end) {
  constexpr int kGivesWay = 15;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kGivesWay);  // where not, it does not
  MusicStudy::Result result;
  result.progress.total = files.size();
  for (const auto& file : files) {
    on_progress(result.progress);
    try {
      result.tracks.push_back(MeasureTrack(file, stop));
    } catch (const GivenUp&) {
      return;
    } catch (const FileError& e) {
      ++result.progress.skipped;
      result.progress.last_problem = e.what();
    }
    ++result.progress.done;
  }
  on_end(std::move(result));
}

}  // namespace

TrackMeasure MeasureTrack(const std::filesystem::path& file, const std::stop_token& stop) {
  SoundFileReader reader(file);
  const double rate = reader.sample_rate_hz();
  Analyzer analyzer;
  analyzer.Prepare(rate);
  FeatureTracker programme;
  programme.Prepare(rate);
  const auto frames = static_cast<std::size_t>(std::ceil(kReadingSeconds * rate));
  std::vector<float> left(frames);
  std::vector<float> right(frames);
  std::uint64_t position = 0;
  std::array<double, kZones> power{};
  std::vector<float> crests;
  double heard_s = 0.0;
  double centroid_sum = 0.0;
  TrackMeasure measure;
  float integrated_lufs = 0.0F;
  while (const std::size_t read = reader.Read(left.data(), right.data(), frames)) {
    if (stop.stop_requested()) throw GivenUp();
    const float* const input[2] = {left.data(), right.data()};
    analyzer.Push(position, input, input, read, {});
    position += read;
    const AnalysisFrame frame = analyzer.Take();
    programme.Hear(frame.position_frames, frame.input);
    integrated_lufs = frame.input.integrated_lufs;
    if (!(static_cast<double>(frame.input.momentary_lufs) >= kSilenceLufs)) continue;
    heard_s += static_cast<double>(read) / rate;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      power[zone] += static_cast<double>(frame.input.zone_power[zone]);
    }
    crests.push_back(programme.features().crest_db);
    centroid_sum += static_cast<double>(frame.input.shape.centroid_hz);
  }
  const double total = std::accumulate(power.begin(), power.end(), 0.0);
  if (heard_s < kLeastSeconds || !(total > 0.0)) {
    throw FileError(file.string() + ": has less than three seconds of music");
  }
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    measure.zone_shares[zone] = static_cast<float>(power[zone] / total);
  }
  measure.centroid_hz = static_cast<float>(centroid_sum / static_cast<double>(crests.size()));
  measure.loudness_lufs = integrated_lufs;
  measure.loudness_deviation_lu = programme.features().loudness_deviation_lu;
  measure.crest_db = Median(std::move(crests));
  return measure;
}

Reference ReferenceOf(const std::string& name, const std::vector<TrackMeasure>& tracks) {
  Reference reference{.name = name};
  for (const TrackMeasure& track : tracks) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      reference.zone_shares[zone] += track.zone_shares[zone];
    }
  }
  Normalize(reference.zone_shares);
  reference.loudness_lufs =
      Median(Each(tracks, [](const TrackMeasure& t) { return t.loudness_lufs; }));
  reference.crest_db = Median(Each(tracks, [](const TrackMeasure& t) { return t.crest_db; }));
  return reference;
}

Calibration CalibrationOf(const std::vector<TrackMeasure>& tracks) {
  Calibration calibration;
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    calibration.zone_shares[zone] =
        Median(Each(tracks, [zone](const TrackMeasure& t) { return t.zone_shares[zone]; }));
  }
  Normalize(calibration.zone_shares);
  calibration.log_high_over_low = PlaceOf(Each(tracks, [](const TrackMeasure& t) {
    const auto& share = t.zone_shares;
    return std::log(std::max(kLeastShare, share[4] + share[5] + share[6]) /
                    std::max(kLeastShare, share[0] + share[1] + share[2]));
  }));
  calibration.log_centroid = PlaceOf(
      Each(tracks, [](const TrackMeasure& t) { return std::log(std::max(1.0F, t.centroid_hz)); }));
  calibration.crest_db = PlaceOf(Each(tracks, [](const TrackMeasure& t) { return t.crest_db; }));
  calibration.log_loudness_deviation = PlaceOf(
      Each(tracks, [](const TrackMeasure& t) { return std::log1p(t.loudness_deviation_lu); }));
  calibration.loudness_lufs =
      PlaceOf(Each(tracks, [](const TrackMeasure& t) { return t.loudness_lufs; }));
  return calibration;
}

MusicStudy::MusicStudy(const std::filesystem::path& path, OnProgress on_progress, OnEnd on_end)
    : thread_([files = FilesAt(path), on_progress = std::move(on_progress),
               on_end = std::move(on_end)](const std::stop_token& stop) {
        Study(stop, files, on_progress, on_end);
      }) {}

}  // namespace auralis
