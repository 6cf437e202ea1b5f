#include "config/learnt.h"

#include <toml++/toml.h>

#include <cmath>
#include <sstream>
#include <string>
#include <utility>

#include "config/config_error.h"
#include "config/text_file.h"

namespace auralis {
namespace {

constexpr char kZonesTable[] = "zone_shares";
constexpr float kLeastSum = 0.99F;  // of shares that were rounded when they were written
constexpr float kMostSum = 1.01F;

// Reads one table, and names file and key when something is wrong.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file) {
    try {
      table_ = toml::parse_file(file.string());
    } catch (const toml::parse_error& e) {
      throw ConfigError(file.string() + ":" + std::to_string(e.source().begin.line) + ": " +
                        std::string(e.description()));
    }
  }

  float Number(const std::string& key, double low, double high) const {
    const auto value = table_.at_path(key).value<double>();
    if (!value || !(*value >= low && *value <= high)) {
      std::ostringstream text;
      text << file_.string() << ": " << key << " must be a number from " << low << " to " << high;
      throw ConfigError(text.str());
    }
    return static_cast<float>(*value);
  }
  std::string Text(const std::string& key) const {
    return table_.at_path(key).value_or(std::string());
  }
  std::array<float, kZones> Shares() const {
    std::array<float, kZones> shares{};
    float sum = 0.0F;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
      shares[zone] =
          Number(std::string(kZonesTable) + "." + std::string(kZoneNames[zone]), 0.0, 1.0);
      sum += shares[zone];
    }
    if (!(sum > kLeastSum && sum < kMostSum)) {
      throw ConfigError(file_.string() + ": the shares of [zone_shares] must add up to 1");
    }
    return shares;
  }
  Place PlaceAt(const std::string& key) const {
    return {.median = Number(key + ".median", -200.0, 200.0),
            .spread = Number(key + ".spread", 1e-3, 100.0)};
  }

 private:
  std::filesystem::path file_;
  toml::table table_;
};

toml::table TableOf(const std::array<float, kZones>& shares) {
  toml::table table;
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    table.insert(kZoneNames[zone], static_cast<double>(shares[zone]));
  }
  return table;
}

toml::table TableOf(const Place& place) {
  return toml::table{{"median", static_cast<double>(place.median)},
                     {"spread", static_cast<double>(place.spread)}};
}

bool IsThere(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error) || error;
}

void Save(const std::filesystem::path& file, const std::string& comment, const toml::table& table) {
  std::ostringstream text;
  text << comment << table << '\n';
  ReplaceFile(file, text.str());
}

}  // namespace

std::optional<Reference> LoadReference(const std::filesystem::path& file) {
  if (!IsThere(file)) return std::nullopt;
  const Reader reader(file);
  return Reference{.name = reader.Text("name"),
                   .zone_shares = reader.Shares(),
                   .loudness_lufs = reader.Number("loudness_lufs", -70.0, 10.0),
                   .crest_db = reader.Number("crest_db", 0.0, 60.0)};
}

void SaveReference(const std::filesystem::path& file, const Reference& reference) {
  Save(file, "# What auralisd learnt to sound like. Written by it; safe to delete.\n",
       toml::table{{"name", reference.name},
                   {"loudness_lufs", static_cast<double>(reference.loudness_lufs)},
                   {"crest_db", static_cast<double>(reference.crest_db)},
                   {kZonesTable, TableOf(reference.zone_shares)}});
}

std::optional<Calibration> LoadCalibration(const std::filesystem::path& file) {
  if (!IsThere(file)) return std::nullopt;
  const Reader reader(file);
  return Calibration{.zone_shares = reader.Shares(),
                     .log_high_over_low = reader.PlaceAt("log_high_over_low"),
                     .log_centroid = reader.PlaceAt("log_centroid"),
                     .crest_db = reader.PlaceAt("crest_db"),
                     .log_loudness_deviation = reader.PlaceAt("log_loudness_deviation"),
                     .loudness_lufs = reader.PlaceAt("loudness_lufs")};
}

void SaveCalibration(const std::filesystem::path& file, const Calibration& calibration) {
  Save(file,
       "# What auralisd takes for usual, measured on a folder of music. Written by it; safe to "
       "delete.\n",
       toml::table{{kZonesTable, TableOf(calibration.zone_shares)},
                   {"log_high_over_low", TableOf(calibration.log_high_over_low)},
                   {"log_centroid", TableOf(calibration.log_centroid)},
                   {"crest_db", TableOf(calibration.crest_db)},
                   {"log_loudness_deviation", TableOf(calibration.log_loudness_deviation)},
                   {"loudness_lufs", TableOf(calibration.loudness_lufs)}});
}

}  // namespace auralis
