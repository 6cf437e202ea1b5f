#include "config/state.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <string>

#include "config/config_error.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

std::string ErrorOf(const std::filesystem::path& file) {
  try {
    LoadState(file);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(State, ComesBackAsItWasSaved) {
  const test::TempDir folder;
  const auto file = folder.path() / "new" / "folder" / "state.toml";
  EXPECT_EQ(LoadState(file), State());
  for (const float gain_db : {-24.0F, -3.25F, 0.0F, 11.987F, 24.0F}) {
    SaveState(file, {.leveler_gain_db = gain_db});
    EXPECT_EQ(LoadState(file).leveler_gain_db, gain_db);
  }
  SaveState(file, {});
  EXPECT_EQ(LoadState(file), State());
}

TEST(State, WhatMakesNoSenseIsRefusedWithItsFile) {
  const test::TempDir folder;
  const auto file = folder.path() / "state.toml";
  for (const char* text : {"[leveler]\ngain = \"loud\"", "[leveler]\ngain = nan",
                           "[leveler]\ngain = 25", "[leveler", "\xff", "[leveler]\ngain = inf"}) {
    std::ofstream(file) << text;
    const std::string error = ErrorOf(file);
    EXPECT_NE(error.find("state.toml"), std::string::npos) << text;
  }
}

TEST(State, WhereItCannotBeWrittenItIsSaid) {
  const test::TempDir folder;
  const auto file = folder.path() / "state.toml";
  SaveState(file, {.leveler_gain_db = 2.0F});
  EXPECT_THROW(SaveState(file / "below", {}), ConfigError);
  EXPECT_THROW(SaveState(folder.path(), {}), ConfigError);
  EXPECT_EQ(LoadState(file).leveler_gain_db, 2.0F);
}

// No byte can be written any more, as on a full disk.
TEST(State, AFullDiskIsSaidAndTheOldOneStays) {
  const test::TempDir folder;
  const auto file = folder.path() / "state.toml";
  SaveState(file, {.leveler_gain_db = 2.0F});
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  EXPECT_THROW(SaveState(file, {.leveler_gain_db = 5.0F}), ConfigError);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(LoadState(file).leveler_gain_db, 2.0F);
}

}  // namespace
}  // namespace auralis
