#include "daemon/render/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "config/param_text.h"

namespace auralis::render {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNameWidth = 36;

template <class... Args>
std::string Format(const char* format, Args... args) {
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

std::string Number(double value, int decimals = 1) {
  if (std::isfinite(value)) return Format("%.*f", decimals, value);
  return value < 0.0 ? "-inf" : "?";
}

// The file's name, its end where it is long.
std::string Name(const std::filesystem::path& path) {
  std::string name = path == "-" ? "-" : path.filename().string();
  name = Printable(name, 4 * kNameWidth);
  std::size_t columns = 0;  // UTF-8's further bytes take none
  for (const char c : name) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  while (columns > kNameWidth) {
    std::size_t first = 1;
    while (first < name.size() && (static_cast<unsigned char>(name[first]) & 0xC0U) == 0x80U) {
      ++first;
    }
    name.erase(0, first);
    --columns;
  }
  return name + std::string(kNameWidth - columns, ' ');
}

double LengthS(const Outcome& outcome) {
  return static_cast<double>(outcome.frames) / outcome.sample_rate_hz;
}

Json Level(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json ToJson(const FileLoudness& loudness) {
  return {{"integrated_lufs", Level(loudness.integrated_lufs)},
          {"range_lu", Level(loudness.range_lu)},
          {"true_peak_dbtp", Level(loudness.true_peak_dbtp)}};
}

Json ToJson(const Done& done) {
  Json json{{"input", Printable(done.job.input.string(), 4096)},
            {"output", Printable(done.job.output.string(), 4096)}};
  if (!done.error.empty()) {
    json["error"] = Printable(done.error, 4096);
    return json;
  }
  const Outcome& outcome = done.outcome;
  json["sample_rate_hz"] = outcome.sample_rate_hz;
  json["output_rate_hz"] = outcome.output_rate_hz;
  json["channels"] = outcome.channels;
  json["frames"] = outcome.frames;
  json["length_s"] = LengthS(outcome);
  json["latency_frames"] = outcome.latency_frames;
  json["before"] = ToJson(outcome.before);
  json["after"] = ToJson(outcome.after);
  if (outcome.normalize_gain_db) json["normalize_gain_db"] = *outcome.normalize_gain_db;
  json["took_s"] = done.took_s;
  json["times_real_time"] = LengthS(outcome) / done.took_s;
  json["notes"] = outcome.notes;
  return json;
}

Json ToJson(const MeasuredFile& file) {
  Json json{{"file", Printable(file.path.string(), 4096)},
            {"sample_rate_hz", file.sample_rate_hz},
            {"channels", file.channels},
            {"frames", file.frames}};
  json.update(ToJson(file.loudness));
  return json;
}

std::string Row(const MeasuredFile& file) {
  return Name(file.path) +
         Format(" %8s %6s %10s %9s %7.0f %3d\n", Number(file.loudness.integrated_lufs).c_str(),
                Number(file.loudness.range_lu).c_str(),
                Number(file.loudness.true_peak_dbtp).c_str(),
                TimeText(static_cast<double>(file.frames) / file.sample_rate_hz).c_str(),
                file.sample_rate_hz, file.channels);
}

}  // namespace

std::string TimeText(double seconds) {
  const auto whole = static_cast<long>(std::llround(std::max(0.0, std::min(seconds, 1e9))));
  const long hours = whole / 3600;
  if (hours > 0) return Format("%ld:%02ld:%02ld", hours, whole / 60 % 60, whole % 60);
  return Format("%ld:%02ld", whole / 60, whole % 60);
}

std::string ReportTable(const std::vector<Done>& done) {
  std::string rows;
  std::string notes;
  for (const Done& one : done) {
    if (!one.error.empty()) continue;  // that was said when it happened
    const Outcome& o = one.outcome;
    rows +=
        Name(one.job.input) +
        Format(" %7s -> %-7s %5s -> %-5s %6s -> %-6s %8s %6.0f x\n",
               Number(o.before.integrated_lufs).c_str(), Number(o.after.integrated_lufs).c_str(),
               Number(o.before.range_lu).c_str(), Number(o.after.range_lu).c_str(),
               Number(o.before.true_peak_dbtp).c_str(), Number(o.after.true_peak_dbtp).c_str(),
               TimeText(LengthS(o)).c_str(), LengthS(o) / one.took_s);
    for (const std::string& note : o.notes) {
      notes += Printable(NameOfInput(one.job.input), 4096) + ": " + Printable(note, 4096) + "\n";
    }
  }
  if (rows.empty()) return notes;
  return "file" + std::string(kNameWidth - 4, ' ') +
         "       LUFS             LRA (LU)     true peak (dBTP)   length    speed\n" + rows + notes;
}

std::string ReportJson(const std::vector<Done>& done) {
  Json files = Json::array();
  for (const Done& one : done) files.push_back(ToJson(one));
  return Json{{"files", files}}.dump() + "\n";
}

std::string ComparisonTable(const Comparison& comparison) {
  std::string text = "file" + std::string(kNameWidth - 4, ' ') +
                     "     LUFS    LRA  true peak    length    rate  ch\n" + Row(comparison.first) +
                     Row(comparison.second);
  if (!comparison.difference) return text + "their rates differ, so samples are not compared\n";
  if (comparison.identical) return text + "identical, sample for sample\n";
  const SampleDifference& d = *comparison.difference;
  if (!d.first_frame) return text + "the same samples, but not the same length or channels\n";
  return text +
         Format("difference: largest %s dBFS, RMS %s dBFS, in %llu frames, from frame %llu\n",
                Number(d.largest_dbfs).c_str(), Number(d.rms_dbfs).c_str(),
                static_cast<unsigned long long>(d.frames_that_differ),
                static_cast<unsigned long long>(*d.first_frame));
}

std::string ComparisonJson(const Comparison& comparison) {
  Json json{{"files", {ToJson(comparison.first), ToJson(comparison.second)}},
            {"identical", comparison.identical}};
  if (const auto& d = comparison.difference) {
    json["difference"] = {{"largest_dbfs", Level(d->largest_dbfs)},
                          {"rms_dbfs", Level(d->rms_dbfs)},
                          {"frames_that_differ", d->frames_that_differ},
                          {"first_frame", d->first_frame ? Json(*d->first_frame) : Json(nullptr)}};
  }
  return json.dump() + "\n";
}

}  // namespace auralis::render
