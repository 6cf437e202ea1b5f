#include "daemon/value_memory.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "config/remembered_values.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using Assignments = std::vector<Assignment>;
using Origin = ParamRegistry::Origin;

// One start of a daemon, as far as its memory is concerned.
struct Start {
  Start(const std::filesystem::path& file, const Assignments& settings, bool recall = true) {
    registry.Apply(settings);
    memory.emplace(loop, registry, file, settings, recall);
  }
  ~Start() { memory->Close(); }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;

  float Value(const char* key) { return registry.value(*registry.Find(key)); }
  bool IsPinned(const char* key) { return registry.pinned()[*registry.Find(key)]; }
  void Set(const char* key, double value, Origin origin = Origin::kPerson) {
    ASSERT_FALSE(registry.Apply(Assignments{{key, value}}, origin));
  }

  boost::asio::io_context loop;
  ParamRegistry registry;
  std::optional<ValueMemory> memory;
};

TEST(ValueMemory, BringsBackWhatWasSet) {
  const test::TempDir folder;
  const auto file = folder / "values.toml";
  const Assignments settings = {{"input.gain", -3.0}, {"limiter.ceiling", -2.0}};
  {
    Start start(file, settings);
    start.Set("output.gain", -1.25);
    start.Set("limiter.ceiling", -6.0);
    start.Set("stereo.width", 0.625, Origin::kPreset);
  }
  Start start(file, settings);
  EXPECT_EQ(start.Value("output.gain"), -1.25F);
  EXPECT_EQ(start.Value("limiter.ceiling"), -6.0F);
  EXPECT_EQ(start.Value("input.gain"), -3.0F);
  EXPECT_EQ(start.Value("stereo.width"), 0.625F);
  EXPECT_TRUE(start.IsPinned("output.gain"));
  EXPECT_FALSE(start.IsPinned("stereo.width"));
}

TEST(ValueMemory, ASettingsFileThatWasEditedSinceWins) {
  const test::TempDir folder;
  const auto file = folder / "values.toml";
  {
    Start start(file, {{"input.gain", -3.0}});
    start.Set("input.gain", -9.0);
    start.Set("output.gain", -1.0);
  }
  {
    Start start(file, {{"input.gain", -3.0}});
    EXPECT_EQ(start.Value("input.gain"), -9.0F);
  }
  Start start(file, {{"input.gain", -4.0}, {"output.gain", -2.0}});
  EXPECT_EQ(start.Value("input.gain"), -4.0F);
  EXPECT_EQ(start.Value("output.gain"), -2.0F);
}

TEST(ValueMemory, WhatIsBackAtItsStartIsForgotten) {
  const test::TempDir folder;
  const auto file = folder / "values.toml";
  {
    Start start(file, {});
    start.Set("output.gain", -1.0);
  }
  {
    Start start(file, {});
    start.Set("output.gain", 0.0);
  }
  EXPECT_TRUE(LoadRememberedValues(file).empty());
}

TEST(ValueMemory, RemembersWithoutRecalling) {
  const test::TempDir folder;
  const auto file = folder / "values.toml";
  {
    Start start(file, {});
    start.Set("output.gain", -1.0);
  }
  {
    Start start(file, {}, false);
    EXPECT_EQ(start.Value("output.gain"), 0.0F);
    start.Set("input.gain", 2.0);
  }
  Start start(file, {});
  EXPECT_EQ(start.Value("input.gain"), 2.0F);
}

TEST(ValueMemory, IsOnTheDiskHalfASecondLaterAndOnceForAStorm) {
  const test::TempDir folder;
  const auto file = folder / "values.toml";
  Start start(file, {});
  for (int i = 1; i <= 1000; ++i) start.Set("output.gain", -0.01 * i);
  EXPECT_FALSE(std::filesystem::exists(file));
  const auto began = std::chrono::steady_clock::now();
  while (!std::filesystem::exists(file) &&
         std::chrono::steady_clock::now() - began < std::chrono::seconds(3)) {
    start.loop.restart();
    start.loop.run_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(LoadRememberedValues(file).at("output.gain").value, -10.0F);
}

TEST(ValueMemory, ABrokenFileIsForgottenAndReplaced) {
  const test::TempDir folder;
  const auto file = folder / "values.toml";
  for (const char* text : {"[[value", "[[value]]\nkey = \"output.gain\"\nvalue = \"x\"",
                           "[[value]]\nkey = \"output.gain\"\nvalue = nan", "\xff\xfe"}) {
    std::ofstream(file) << text;
    Start start(file, {});
    EXPECT_EQ(start.Value("output.gain"), 0.0F) << text;
  }
  // Of another version, or out of range: passed over, the rest counts.
  std::ofstream(file) << "[[value]]\nkey = \"reverb.size\"\nvalue = 1\n"
                         "[[value]]\nkey = \"output.gain\"\nvalue = 99\n"
                         "[[value]]\nkey = \"input.gain\"\nvalue = -2\n";
  Start start(file, {});
  EXPECT_EQ(start.Value("output.gain"), 0.0F);
  EXPECT_EQ(start.Value("input.gain"), -2.0F);
}

}  // namespace
}  // namespace auralis
