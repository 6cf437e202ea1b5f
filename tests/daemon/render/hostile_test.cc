// Files, disks and users that mean no good: an error that names the file, the others go on, nothing
// half-written stays.

#include <gtest/gtest.h>
#include <sndfile.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/daemon/render/programs.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

Sound Music(std::size_t frames, int channels = 2, int rate_hz = 44100) {
  return {.rate_hz = rate_hz,
          .channels = channels,
          .samples = Noise(0.3, frames * static_cast<std::size_t>(channels), 3)};
}

void CutInHalf(const std::string& path) {
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
}

// Not to be rendered: it is named, and the good file beside it is rendered all the same.
void ExpectRefused(const Home& home, const std::string& name, const std::string& why) {
  SCOPED_TRACE(name);
  const Finished run =
      RunRender(home, {"--overwrite", "--out-dir", home / "out", home / name, home / "good.wav"});
  EXPECT_EQ(run.exit_code, EX_DATAERR);
  EXPECT_NE(run.errors.find(name), std::string::npos) << run.errors;
  EXPECT_NE(run.errors.find(why), std::string::npos) << run.errors;
  Names names;
  for (const auto& entry : std::filesystem::directory_iterator(home / "out")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_EQ(names, Names{"good.wav"});
  std::filesystem::remove_all(home / "out");
}

TEST(RenderHostile, BadInputIsNamedAndTheOthersGoOn) {
  const Home home;
  WriteSound(home / "good.wav", Music(5000));
  ExpectRefused(home, "missing.wav", "there is no such file");
  std::filesystem::create_directory(home / "folder.wav");
  ExpectRefused(home, "folder.wav", "it is a folder");
  WriteBytes(home / "empty.wav", "");
  ExpectRefused(home, "empty.wav", "cannot be rendered");
  WriteBytes(home / "text.flac", "this is not music, said the flac\n");
  ExpectRefused(home, "text.flac", "cannot be rendered");
  WriteSound(home / "silent.wav", Music(0));
  ExpectRefused(home, "silent.wav", "it holds no audio");
  WriteSound(home / "crowd.wav", Music(500, 17));
  ExpectRefused(home, "crowd.wav", "17 channels; 1 and 2 are supported");
  WriteSound(home / "slow.wav", Music(500, 2, 4000));
  ExpectRefused(home, "slow.wav", "4000 Hz; 8000 to 384000");
  for (const char* name : {"cut.wav", "cut.flac", "cut.ogg", "cut.mp3"}) {
    WriteSound(home / name, Music(60000));
    CutInHalf(home / name);
    ExpectRefused(home, name, "cut");
  }
  WriteSound(home / "cut.opus", Music(60000, 2, 48000));
  CutInHalf(home / "cut.opus");
  ExpectRefused(home, "cut.opus", "cut");
  if (geteuid() != 0) {  // root may read everything
    WriteSound(home / "secret.wav", Music(500));
    std::filesystem::permissions(home / "secret.wav", std::filesystem::perms::none);
    ExpectRefused(home, "secret.wav", "Permission denied");
  }
}

// Each a file with something turned over, or cut off somewhere: refused or rendered, never a crash.
TEST(RenderHostile, DamagedFilesNeverCrash) {
  const Home home;
  std::uint64_t state = 7;
  const auto random = [&state](std::size_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state >> 33U) % below;
  };
  std::vector<std::string> all = {"-q", "--jobs", "2", "--out-dir", home / "out"};
  for (const char* extension : {".wav", ".flac", ".ogg", ".mp3", ".opus"}) {
    WriteSound(home / (std::string("in") + extension), Music(3000, 2, 48000));
    const std::string whole = ReadBytes(home / (std::string("in") + extension));
    for (int i = 0; i < 24; ++i) {
      std::string bytes = whole;
      if (i % 3 == 0) bytes.resize(random(bytes.size()));
      for (std::size_t n = random(12); n > 0 && !bytes.empty(); --n) {
        // The first half of them in the header.
        bytes[random(n % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 200))] =
            static_cast<char>(random(256));
      }
      all.push_back(home / ("d" + std::to_string(i) + (extension + 1) + extension));
      WriteBytes(all.back(), bytes);
    }
  }
  const Finished run = RunRender(home, all);
  EXPECT_TRUE(run.exit_code == EX_OK || run.exit_code == EX_DATAERR) << run.exit_code << "\n"
                                                                     << run.errors;
  for (const auto& entry : std::filesystem::directory_iterator(home / "out")) {
    EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
    if (entry.path().extension() != ".opus") ReadSound(entry.path().string());
  }
}

TEST(RenderHostile, WhatIsNoNumberBecomesSilenceAndIsSaid) {
  const Home home;
  Sound in = Music(4000);
  in.samples[2000] = std::numeric_limits<float>::quiet_NaN();
  in.samples[3001] = std::numeric_limits<float>::infinity();
  WriteSound(home / "in.wav", in);
  const Finished run = Render(home, {"-o", home / "out.wav", home / "in.wav"});
  EXPECT_NE(run.output.find("in.wav: 2 frames were no numbers"), std::string::npos) << run.output;
  for (const float sample : ReadSound(home / "out.wav").samples) ASSERT_TRUE(std::isfinite(sample));
}

TEST(RenderHostile, AFullDiskLeavesNothing) {
  const Home home;
  WriteSound(home / "in.wav", Music(400000));
  for (const char* name : {"out.wav", "out.flac", "out.opus"}) {
    SCOPED_TRACE(name);
    const Finished run = RunProgram({"sh", "-c",
                                     "ulimit -f 20; exec " + std::string(AURALIS_RENDER) + " -o " +
                                         (home / name) + " " + (home / "in.wav")},
                                    home.environment());
    EXPECT_EQ(run.exit_code, EX_IOERR);
    EXPECT_NE(run.errors.find(std::string(name) + ": cannot be written: File too large"),
              std::string::npos)
        << run.errors;
    EXPECT_EQ(home.Names(), Names{"in.wav"});
  }
  const Finished run = RunProgram(
      {"sh", "-c", "exec " + std::string(AURALIS_RENDER) + " -o /dev/full " + (home / "in.wav")},
      home.environment());
  EXPECT_EQ(run.exit_code, EX_IOERR);
  EXPECT_NE(run.errors.find("/dev/full: cannot be written: No space left"), std::string::npos)
      << run.errors;
}

// gnuplot ends well though the disk was full: at `ulimit -f` as well as then, an SVG is not written
// to its end.
TEST(RenderHostile, APictureThatIsCutOffIsNoPicture) {
  const Home home;
  WriteSound(home / "in.wav", Music(48000));
  WriteBytes(home / "picture.svg", "what was there");
  const Finished run =
      RunProgram({"sh", "-c",
                  "trap '' XFSZ; ulimit -f 16; exec " + std::string(AURALIS_RENDER) +
                      " -q --overwrite --plot " + (home / "picture.svg") + " -o /dev/null " +
                      (home / "in.wav")},
                 home.environment());
  EXPECT_EQ(run.exit_code, EX_IOERR) << run.errors;
  EXPECT_NE(run.errors.find("picture.svg: cannot be written"), std::string::npos) << run.errors;
  EXPECT_EQ(ReadBytes(home / "picture.svg"), "what was there");
}

// Its header says how much there is; where it cannot know, it says more than could be.
TEST(RenderHostile, APipeThatEndsEarlyIsRefused) {
  const Home home;
  WriteSound(home / "in.wav", Music(48000));
  const std::string render =
      "exec " + std::string(AURALIS_RENDER) + " -q -o " + (home / "out.wav") + " -";
  const auto run = [&](const std::string& from) {
    return RunProgram({"sh", "-c", from + " " + (home / "in.wav") + " | (" + render + ")"},
                      home.environment());
  };
  const Finished cut = run("head -c 100001");
  EXPECT_EQ(cut.exit_code, EX_DATAERR);
  EXPECT_NE(cut.errors.find("it is cut off"), std::string::npos) << cut.errors;
  EXPECT_EQ(home.Names(), Names{"in.wav"});
  EXPECT_EQ(run("cat").exit_code, EX_OK);
  std::filesystem::remove(home / "out.wav");
  EXPECT_EQ(run(std::string(AURALIS_RENDER) + " -q -o -").exit_code, EX_OK);
  EXPECT_EQ(ReadSound(home / "out.wav").frames(), 48000U);
}

// The sound fits, what is said about it does not.
TEST(RenderHostile, ADiskThatFillsWithTheTagsLeavesNothing) {
  const Home home;
  WriteSound(home / "in.wav", Music(4000));
  std::string tagged = ReadBytes(home / "in.wav");
  const std::string title(200000, 'x');
  const auto le = [](std::size_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
    return bytes;
  };
  tagged += "LIST" + le(title.size() + 12) + "INFOINAM" + le(title.size()) + title;
  tagged.replace(4, 4, le(tagged.size() - 8));
  WriteBytes(home / "in.wav", tagged);
  for (const char* name : {"out.flac", "out.opus"}) {
    SCOPED_TRACE(name);
    const Finished run = RunProgram({"sh", "-c",
                                     "ulimit -f 100; exec " + std::string(AURALIS_RENDER) + " -o " +
                                         (home / name) + " " + (home / "in.wav")},
                                    home.environment());
    // Where the tags are lost alone, that is said; sound that is cut off is never left.
    if (run.exit_code == EX_OK) {
      EXPECT_NE(run.output.find("tags could not be written"), std::string::npos) << run.output;
      EXPECT_GE(ReadSound(home / name).frames(), 4000U);
      std::filesystem::remove(home / name);
    } else {
      EXPECT_EQ(run.exit_code, EX_IOERR) << run.errors;
    }
    EXPECT_EQ(home.Names(), Names{"in.wav"});
  }
}

TEST(RenderHostile, ASignalLeavesNothing) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const Home home;
    // A pipe that stays open keeps it at work for as long as we like.
    Process render({AURALIS_RENDER, "--raw-in", "48000:2:s16", "-o", home / "out.wav", "-"},
                   home.environment());
    Await("its temporary file", [&] { return !home.Names().empty(); });
    render.WriteLine(std::string(100000, '\0'));
    EXPECT_EQ(home.Names().front().substr(0, 9), ".out.wav.");
    render.Signal(signal);
    EXPECT_EQ(render.WaitFor(10s), -signal);
    EXPECT_EQ(home.Names(), Names{});
  }
}

TEST(RenderHostile, NothingThatExistsIsReplacedUnasked) {
  const Home home;
  WriteSound(home / "in.wav", Music(4000));
  WriteBytes(home / "out.wav", "mine");
  Finished run = RunRender(home, {"-o", home / "out.wav", home / "in.wav"});
  EXPECT_EQ(run.exit_code, EX_IOERR);
  EXPECT_NE(run.errors.find("exists already (--overwrite replaces it)"), std::string::npos);
  EXPECT_EQ(ReadBytes(home / "out.wav"), "mine");
  run = RunRender(home, {"--overwrite", "-o", home / "in.wav", home / "in.wav"});
  EXPECT_EQ(run.exit_code, EX_USAGE);
  EXPECT_EQ(ReadSound(home / "in.wav").samples, Music(4000).samples);
}

TEST(RenderHostile, OptionsThatMakeNoSenseAreRefused) {
  const Home home;
  WriteSound(home / "in.wav", Music(4000));
  std::filesystem::create_directory(home / "sub");
  WriteSound(home / "sub/in.wav", Music(4000));
  const std::string in = home / "in.wav";
  const std::vector<std::pair<Names, std::string>> cases = {
      {{}, "IN"},
      {{"-o", home / "o.wav", in, home / "sub/in.wav"}, "--out-dir"},
      {{"--out-dir", home / "d", in, home / "sub/in.wav"}, "would be written to it"},
      {{"-o", home / "o.aiff", in}, ".wav, .flac or .opus"},
      {{"-o", home / "o.flac", "--bits", "32f", in}, "FLAC has 16 and 24"},
      {{"-o", home / "o.opus", "--bits", "16", in}, "Opus has none"},
      {{"-o", home / "o.wav", "--bits", "8", in}, "--bits"},
      {{"-o", home / "o.wav", "--set", "limiter.ceiling", in}, "is not KEY=VALUE"},
      {{"-o", home / "o.wav", "--set", "limiter.ceiling=9", in}, "above the maximum"},
      {{"-o", home / "o.wav", "--set", "limiter.celing=-1", in}, "limiter.ceiling"},
      {{"-o", home / "o.wav", "--normalize", "nan", in}, "--normalize"},
      {{"-o", home / "o.wav", "--normalize", "3", in}, "--normalize"},
      {{"-o", home / "o.wav", "--raw-in", "1:2:f32", "-"}, "8000 to 384000"},
      {{"-o", home / "o.wav", "--raw-in", "48000:2:f32", in}, "must be -"},
      {{"-o", home / "o.wav", "--preset", "nonsuch", in}, "nonsuch"},
      {{"-o", home / "o.wav", "--simd", "abacus", in}, "abacus"},
      {{"-o", home / "o.wav", "--plot", home / "p.gif", in}, ".png or .svg"},
      {{"--compare", in, "-o", home / "o.wav", in}, "renders nothing"},
      {{"-"}, "needs -o"},
  };
  const Names before = home.Names();
  for (const auto& [arguments, says] : cases) {
    const Finished run = RunRender(home, arguments);
    SCOPED_TRACE(run.errors);
    EXPECT_TRUE(run.exit_code == EX_USAGE || run.exit_code == EX_CONFIG ||
                run.exit_code == EX_IOERR)
        << run.exit_code;
    EXPECT_NE(run.errors.find(says), std::string::npos) << says;
    EXPECT_EQ(home.Names(), before);
  }
}

}  // namespace
}  // namespace auralis::test
