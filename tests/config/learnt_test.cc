#include "config/learnt.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>

#include "config/config_error.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

Reference SomeReference() {
  return {.name = "/music/\"quoted\" ä.flac",
          .zone_shares = {0.1F, 0.4F, 0.15F, 0.2F, 0.1F, 0.04F, 0.01F},
          .loudness_lufs = -13.25F,
          .crest_db = 12.5F};
}

template <class Load>
std::string ErrorOf(const Load& load, const std::filesystem::path& file) {
  try {
    load(file);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(Learnt, ComesBackAsItWasSaved) {
  const test::TempDir folder;
  const auto file = folder.path() / "new" / "reference.toml";
  EXPECT_FALSE(LoadReference(file).has_value());
  SaveReference(file, SomeReference());
  const auto reference = LoadReference(file);
  ASSERT_TRUE(reference.has_value());
  EXPECT_EQ(reference->name, SomeReference().name);
  EXPECT_EQ(reference->zone_shares, SomeReference().zone_shares);
  EXPECT_EQ(reference->loudness_lufs, -13.25F);
  EXPECT_EQ(reference->crest_db, 12.5F);

  const auto other = folder.path() / "calibration.toml";
  EXPECT_FALSE(LoadCalibration(other).has_value());
  Calibration calibration;
  calibration.zone_shares = SomeReference().zone_shares;
  calibration.crest_db = {.median = 11.5F, .spread = 2.25F};
  calibration.log_centroid = {.median = 6.5F, .spread = 0.25F};
  SaveCalibration(other, calibration);
  const auto again = LoadCalibration(other);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->zone_shares, calibration.zone_shares);
  EXPECT_EQ(again->crest_db.median, 11.5F);
  EXPECT_EQ(again->crest_db.spread, 2.25F);
  EXPECT_EQ(again->log_centroid.median, 6.5F);
  EXPECT_EQ(again->loudness_lufs.median, Calibration{}.loudness_lufs.median);
}

TEST(Learnt, WhatMakesNoSenseIsRefusedWithFileAndKey) {
  const test::TempDir folder;
  const auto file = folder.path() / "reference.toml";
  SaveReference(file, SomeReference());
  std::ifstream in(file);
  const std::string good((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    std::ofstream(file) << text;
    return ErrorOf(LoadReference, file);
  };
  EXPECT_NE(with("crest_db = 12.5", "crest_db = \"high\"").find("reference.toml: crest_db must be"),
            std::string::npos);
  EXPECT_NE(with("crest_db = 12.5", "crest_db = nan").find("crest_db"), std::string::npos);
  EXPECT_NE(with("crest_db = 12.5", "crest_db = 61").find("0 to 60"), std::string::npos);
  EXPECT_NE(with("crest_db = 12.5", "").find("crest_db"), std::string::npos);
  EXPECT_NE(with("bass = 0.4", "bass = 0.9").find("add up to 1"), std::string::npos);
  EXPECT_NE(with("[zone_shares]", "[zone_shares").find("reference.toml:"), std::string::npos);
  std::ofstream(file) << "";
  EXPECT_NE(ErrorOf(LoadReference, file).find("must be"), std::string::npos);
  EXPECT_NE(ErrorOf(LoadCalibration, file).find("must be"), std::string::npos);
}

// Whatever stands there: a value in its range, or an error that names the file.
TEST(Learnt, SurvivesWhatStandsInTheFile) {
  const test::TempDir folder;
  const auto file = folder.path() / "reference.toml";
  SaveReference(file, SomeReference());
  std::ifstream in(file);
  const std::string good((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::mt19937 random(8);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (std::uint32_t change = random() % 4 + 1; change > 0; --change) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        default:
          text.insert(at, good.substr(random() % good.size(), random() % 8));
      }
      if (text.empty()) text = "x";
    }
    std::ofstream(file, std::ios::binary) << text;
    const std::string error = ErrorOf(LoadReference, file);
    if (error.empty()) continue;
    ++refused;
    EXPECT_NE(error.find("reference.toml"), std::string::npos) << error;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace auralis
