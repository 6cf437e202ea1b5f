// Who may include whom: dsp <- config <- ipc <- daemon. The link graph holds most of it; headers
// alone would slip through.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kComponents = {"dsp", "config", "ipc", "daemon"};

// How far up the street a path of the tree is, dsp being 0; nothing for what is no component.
std::optional<std::size_t> RankOf(std::string_view path) {
  for (std::size_t i = 0; i < kComponents.size(); ++i) {
    if (path.starts_with(std::string(kComponents[i]) + "/")) return i;
  }
  return std::nullopt;
}

// The rule that `file` breaks by including `header`; "" where it breaks none. Both are as an
// #include spells them, from the root of the tree.
std::string BrokenRule(std::string_view file, std::string_view header) {
  if (header.starts_with("..")) return "a header is named from the root of the tree";
  const auto from = RankOf(file);
  const auto to = RankOf(header);
  if (from && to && *to > *from) return "a component includes only itself and those before it";
  if (from && (header.starts_with("tests/") || header.starts_with("bench/"))) {
    return "no component includes tests or benchmarks";
  }
  const bool is_check = file.starts_with("tests/") || file.starts_with("bench/");
  if (header.starts_with("hwy/") && !file.starts_with("dsp/kernels/") && !is_check) {
    return "only dsp/kernels includes Highway";
  }
  const bool is_portaudio = header == "portaudio.h" || header.starts_with("pa_");
  if (is_portaudio && !file.starts_with("daemon/portaudio_") &&
      file != "tests/support/faults_before_calls.cc") {  // stands in front of it
    return "only daemon/portaudio_* includes PortAudio";
  }
  if (header.ends_with("RtMidi.h") && file != "daemon/midi_ports.cc") {
    return "only daemon/midi_ports.cc includes RtMidi";
  }
  return "";
}

// What a source file includes, in quotes or angle brackets.
std::vector<std::string> IncludesOf(const fs::path& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*["<]([^">]+)[">].*)");
  std::vector<std::string> headers;
  std::ifstream stream(file);
  std::smatch match;
  for (std::string line; std::getline(stream, line);) {
    if (std::regex_match(line, match, kInclude)) headers.push_back(match[1]);
  }
  return headers;
}

bool IsSource(const fs::path& file) {
  return file.extension() == ".h" || file.extension() == ".cc" || file.extension() == ".fbs";
}

TEST(Layering, EachRuleCatchesItsBreach) {
  EXPECT_NE(BrokenRule("dsp/chain.h", "config/settings.h"), "");
  EXPECT_NE(BrokenRule("dsp/stages/input.h", "ipc/server.h"), "");
  EXPECT_NE(BrokenRule("dsp/chain.h", "daemon/engine.h"), "");
  EXPECT_NE(BrokenRule("config/settings.cc", "ipc/server.h"), "");
  EXPECT_NE(BrokenRule("config/settings.cc", "daemon/engine.h"), "");
  EXPECT_NE(BrokenRule("ipc/server.cc", "daemon/engine.h"), "");
  EXPECT_NE(BrokenRule("dsp/stages/input.cc", "hwy/highway.h"), "");
  EXPECT_NE(BrokenRule("daemon/engine.cc", "hwy/targets.h"), "");
  EXPECT_NE(BrokenRule("daemon/engine.cc", "portaudio.h"), "");
  EXPECT_NE(BrokenRule("daemon/engine.cc", "pa_jack.h"), "");
  EXPECT_NE(BrokenRule("tests/daemon/engine_test.cc", "portaudio.h"), "");
  EXPECT_NE(BrokenRule("daemon/midi.cc", "RtMidi.h"), "");
  EXPECT_NE(BrokenRule("tests/daemon/midi_test.cc", "rtmidi/RtMidi.h"), "");
  EXPECT_NE(BrokenRule("dsp/chain.h", "../config/settings.h"), "");
  EXPECT_NE(BrokenRule("daemon/engine.cc", "tests/support/signals.h"), "");
  EXPECT_NE(BrokenRule("dsp/chain.h", "bench/support.h"), "");
}

TEST(Layering, EachRuleLetsTheRestBe) {
  EXPECT_EQ(BrokenRule("config/settings.cc", "dsp/chain.h"), "");
  EXPECT_EQ(BrokenRule("daemon/engine.cc", "ipc/server.h"), "");
  EXPECT_EQ(BrokenRule("dsp/chain.h", "dsp/stage.h"), "");
  EXPECT_EQ(BrokenRule("dsp/kernels/k_weighting.cc", "hwy/highway.h"), "");
  EXPECT_EQ(BrokenRule("tests/dsp/kernels_test.cc", "hwy/targets.h"), "");
  EXPECT_EQ(BrokenRule("daemon/portaudio_device.cc", "portaudio.h"), "");
  EXPECT_EQ(BrokenRule("daemon/midi_ports.cc", "RtMidi.h"), "");
  EXPECT_EQ(BrokenRule("tests/dsp/chain_test.cc", "daemon/engine.h"), "");
  EXPECT_EQ(BrokenRule("dsp/chain.h", "array"), "");
}

TEST(Layering, NoFileOfTheTreeBreaksARule) {
  const fs::path root = AURALIS_SOURCE_DIR;
  for (const char* folder : {"dsp", "config", "ipc", "daemon", "tests", "bench"}) {
    std::size_t includes = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !IsSource(entry.path())) continue;
      const std::string file = fs::relative(entry.path(), root).generic_string();
      for (const std::string& header : IncludesOf(entry.path())) {
        ++includes;
        const std::string rule = BrokenRule(file, header);
        EXPECT_EQ(rule, "") << file << " includes " << header;
      }
    }
    // Otherwise nothing was read.
    EXPECT_GT(includes, 3U) << folder;
  }
}

}  // namespace
