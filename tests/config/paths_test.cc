#include "config/paths.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "config/config_error.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

// Sets variables, and puts all back that these functions read.
class Paths : public ::testing::Test {
 protected:
  Paths() {
    for (const char* name : {"AURALIS_CONFIG", "AURALIS_SOCKET", "AURALIS_STATE", "XDG_CONFIG_HOME",
                             "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      unsetenv(name);
    }
  }
  ~Paths() override {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
  }
  static void Set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

template <class F>
std::string ErrorOf(F f) {
  try {
    f();
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST_F(Paths, WhatIsRememberedIsInTheStateHome) {
  EXPECT_NE(ErrorOf([] { StatePath(); }).find("AURALIS_STATE"), std::string::npos);
  Set("HOME", "/home/ada");
  EXPECT_EQ(StatePath(), "/home/ada/.local/state/auralis/state.toml");
  Set("XDG_STATE_HOME", "/var/ada");
  EXPECT_EQ(StatePath(), "/var/ada/auralis/state.toml");
  Set("AURALIS_STATE", "mine.toml");
  EXPECT_EQ(StatePath(), "mine.toml");
}

TEST_F(Paths, SettingsAreInTheConfigHome) {
  Set("HOME", "/home/ada");
  EXPECT_EQ(SettingsPath(), "/home/ada/.config/auralis/auralis.toml");
  Set("XDG_CONFIG_HOME", "/etc/ada");
  EXPECT_EQ(SettingsPath(), "/etc/ada/auralis/auralis.toml");
  Set("AURALIS_CONFIG", "mine.toml");
  EXPECT_EQ(SettingsPath(), "mine.toml");
}

TEST_F(Paths, PresetsAreInTheConfigHome) {
  Set("HOME", "/h");
  EXPECT_EQ(UserConfigFolder(), "/h/.config/auralis");
  Set("XDG_CONFIG_HOME", "/c");
  EXPECT_EQ(UserConfigFolder(), "/c/auralis");
  Set("XDG_CONFIG_HOME", "relative");
  Set("HOME", "");
  EXPECT_NE(ErrorOf(UserConfigFolder).find("set HOME or XDG_CONFIG_HOME"), std::string::npos);
}

TEST_F(Paths, RelativeAndEmptyXdgVariablesAreIgnored) {
  Set("HOME", "/home/ada");
  Set("XDG_CONFIG_HOME", "etc");
  EXPECT_EQ(SettingsPath(), "/home/ada/.config/auralis/auralis.toml");
  Set("XDG_CONFIG_HOME", "");
  Set("AURALIS_CONFIG", "");
  EXPECT_EQ(SettingsPath(), "/home/ada/.config/auralis/auralis.toml");
}

TEST_F(Paths, WithoutAHomeTheErrorSaysWhatToSet) {
  const std::string error = ErrorOf([] { SettingsPath(); });
  EXPECT_NE(error.find("HOME"), std::string::npos) << error;
  EXPECT_NE(error.find("AURALIS_CONFIG"), std::string::npos) << error;
}

TEST_F(Paths, SocketIsInTheRuntimeFolder) {
  Set("XDG_RUNTIME_DIR", "/run/user/1000");
  EXPECT_EQ(SocketPath(), "/run/user/1000/auralis/control.sock");
  Set("AURALIS_SOCKET", "/tmp/a.sock");
  EXPECT_EQ(SocketPath(), "/tmp/a.sock");
}

TEST_F(Paths, WithoutTheVariableTheUsersOwnRuntimeFolderWillDo) {
  const test::TempDir run_user;
  Set("XDG_RUNTIME_DIR", "run");
  const std::string error = ErrorOf([&] { SocketPath(run_user.path()); });
  EXPECT_NE(error.find("XDG_RUNTIME_DIR"), std::string::npos) << error;
  EXPECT_NE(error.find("AURALIS_SOCKET"), std::string::npos) << error;
  const auto own = run_user / std::to_string(getuid());
  std::filesystem::create_directory(own);
  EXPECT_EQ(SocketPath(run_user.path()), own / "auralis/control.sock");
}

}  // namespace
}  // namespace auralis
