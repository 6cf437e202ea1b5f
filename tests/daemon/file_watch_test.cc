#include "daemon/file_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

namespace fs = std::filesystem;

TEST(FileWatch, TellsOfEveryWayToChangeAFileAndOfNoOther) {
  const test::TempDir folder;
  const auto file = folder / "auralis.toml";
  boost::asio::io_context loop;
  int told = 0;
  FileWatch watch(loop, {file}, [&] { ++told; });
  const auto wait = [&] {
    loop.restart();
    loop.run_for(std::chrono::milliseconds(500));
    return std::exchange(told, 0);
  };
  EXPECT_EQ(wait(), 0);
  std::ofstream(file) << "made";
  EXPECT_EQ(wait(), 1);
  for (int i = 0; i < 20; ++i) std::ofstream(file) << "written " << i;
  EXPECT_EQ(wait(), 1);  // all at once
  std::ofstream(folder / "fresh") << "replaced";
  std::filesystem::rename(folder / "fresh", file);
  EXPECT_EQ(wait(), 1);
  std::ofstream(folder / "auralis.toml~") << "another";
  EXPECT_EQ(wait(), 0);
  std::filesystem::remove(file);
  EXPECT_EQ(wait(), 1);
  watch.Close();
  std::ofstream(file) << "closed";
  EXPECT_EQ(wait(), 0);
}

// /dev is such a folder: somebody writes to /dev/null all the time.
TEST(FileWatch, IsNotWokenByWhoWritesBesideAFolderThatIsAwaited) {
  const test::TempDir folder;
  std::ofstream(folder / "null") << "there";
  boost::asio::io_context loop;
  int told = 0;
  FileWatch watch(loop, {folder / "snd" / ""}, [&] { ++told; });
  const auto wake_ups = [&] {
    loop.restart();
    return loop.run_for(std::chrono::milliseconds(400));
  };
  for (int i = 0; i < 20; ++i) std::ofstream(folder / "null") << "written " << i;
  EXPECT_EQ(wake_ups(), 0U);
  fs::create_directory(folder / "snd");
  EXPECT_GT(wake_ups(), 0U);
  EXPECT_EQ(std::exchange(told, 0), 1);
  for (int i = 0; i < 20; ++i) std::ofstream(folder / "null") << "written " << i;
  EXPECT_EQ(wake_ups(), 0U);
  std::ofstream(folder / "snd" / "seq") << "in it";
  EXPECT_GT(wake_ups(), 0U);
  EXPECT_EQ(told, 1);
  watch.Close();
}

// What is watched, and how often it told of a change since it was asked last.
class Watching {
 public:
  explicit Watching(std::vector<fs::path> paths)
      : watch_(loop_, std::move(paths), [this] { ++told_; }) {}
  ~Watching() { watch_.Close(); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  int Told() {
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(500));
    return std::exchange(told_, 0);
  }

 private:
  boost::asio::io_context loop_;
  int told_ = 0;
  FileWatch watch_;
};

// As those who keep their settings in a repository have it: the file is a link to a link elsewhere.
TEST(FileWatch, FollowsLinksToWhereTheFileIsEdited) {
  const test::TempDir folder;
  for (const char* name : {"config", "links", "dotfiles"}) fs::create_directories(folder / name);
  std::ofstream(folder / "dotfiles/mine.toml") << "first";
  fs::create_symlink("../dotfiles/mine.toml", folder / "links/one.toml");
  fs::create_symlink(folder / "links/one.toml", folder / "config/auralis.toml");
  Watching watching({folder / "config/auralis.toml"});
  std::ofstream(folder / "dotfiles/mine.toml") << "second";
  EXPECT_EQ(watching.Told(), 1);
  std::ofstream(folder / "dotfiles/other.toml") << "other";
  EXPECT_EQ(watching.Told(), 0);
  // A link that leads elsewhere by now is followed there.
  fs::remove(folder / "links/one.toml");
  fs::create_symlink("../dotfiles/other.toml", folder / "links/one.toml");
  EXPECT_EQ(watching.Told(), 1);
  std::ofstream(folder / "dotfiles/other.toml") << "again";
  EXPECT_EQ(watching.Told(), 1);
  std::ofstream(folder / "dotfiles/mine.toml") << "nobody's any more";
  EXPECT_EQ(watching.Told(), 0);
}

TEST(FileWatch, AwaitsFoldersThatAreNotThere) {
  const test::TempDir folder;
  Watching watching({folder / "a/b/auralis.toml", folder / "a/presets"});
  EXPECT_EQ(watching.Told(), 0);
  fs::create_directories(folder / "a/b");
  watching.Told();  // that it is there by now is news
  std::ofstream(folder / "a/b/auralis.toml") << "made";
  EXPECT_EQ(watching.Told(), 1);
  fs::create_directories(folder / "a/presets");
  watching.Told();
  std::ofstream(folder / "a/presets/any.toml") << "made";
  EXPECT_EQ(watching.Told(), 1);
  fs::remove_all(folder / "a");
  watching.Told();
  fs::create_directories(folder / "a/b");
  watching.Told();
  std::ofstream(folder / "a/b/auralis.toml") << "back";
  EXPECT_EQ(watching.Told(), 1);
}

TEST(FileWatch, AFolderTellsOfAllThatIsInItAndOfWhatItsLinksLeadTo) {
  const test::TempDir folder;
  fs::create_directories(folder / "presets");
  fs::create_directories(folder / "elsewhere");
  std::ofstream(folder / "elsewhere/warm.toml") << "first";
  Watching watching({folder / "presets"});
  fs::create_symlink("../elsewhere/warm.toml", folder / "presets/warm.toml");
  EXPECT_EQ(watching.Told(), 1);
  std::ofstream(folder / "elsewhere/warm.toml") << "second";
  EXPECT_EQ(watching.Told(), 1);
}

// Links in a circle lead nowhere.
TEST(FileWatch, SurvivesCircles) {
  const test::TempDir folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  Watching watching({folder / "a", "/"});
  fs::remove(folder / "b");
  std::ofstream(folder / "b") << "a file";
  EXPECT_EQ(watching.Told(), 1);
}

}  // namespace
}  // namespace auralis
