#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "config/settings.h"

namespace auralis {
namespace {

constexpr std::string_view kSeed = R"(# settings
output.gain = -1.5
[audio]
device = "auto"
host_api = "jack"
input = "Auralis"
rate = 48_000
block = 64
[equalizer]
preamp = "-4 dB"
band8.gain = 3
band32 = { type = "high-shelf", frequency = "12 kHz", gain = "2 dB", q = 0.7 }
[equalizer.band1]
enabled = false
[[extra]]
list = [1, [2.5e3, inf], '''raw''', 1979-05-27T07:32:00Z, 0x1F]
[master]
bypass = true
)";
constexpr auto kPieces = std::to_array<std::string_view>({"[",
                                                          "]",
                                                          "[[",
                                                          "]]",
                                                          "{",
                                                          "}",
                                                          "=",
                                                          ".",
                                                          "\"",
                                                          "\"\"\"",
                                                          "'",
                                                          "'''",
                                                          "\n",
                                                          "\r",
                                                          "\\u0000",
                                                          "\\",
                                                          "#",
                                                          "nan",
                                                          "-inf",
                                                          "0x",
                                                          "1e999",
                                                          "9223372036854775808",
                                                          "1979-05-27",
                                                          "\xFF",
                                                          "\xC3\x28",
                                                          "\xEF\xBB\xBF",
                                                          "toggle",
                                                          "equalizer.band0.gain=1\n",
                                                          "audio.block=1\n",
                                                          "\x1B",
                                                          "[audio]\n",
                                                          "a.b.c.d.e.f",
                                                          "true",
                                                          ","});

// Cuts, doubles, overwrites and inserts, a few times.
std::string Mutated(std::mt19937& random) {
  std::string text(kSeed);
  for (auto edits = 1 + random() % 6; edits > 0; --edits) {
    const std::size_t at = random() % (text.size() + 1);
    const std::size_t length = random() % 24;
    switch (random() % 5) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      case 2:
        text.insert(at, kPieces[random() % kPieces.size()]);
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random() % 256);
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

TEST(SettingsFuzz, AMutatedFileIsReadOrRefusedAndNothingElse) {
  std::mt19937 random(2026);
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::string text = Mutated(random);
    try {
      const Settings settings = ParseSettings(text, "f");
      ParamRegistry registry;
      const auto error = registry.Apply(settings.parameters);
      ASSERT_FALSE(error.has_value()) << error->Message() << "\n" << text;
      ++read;
    } catch (const ConfigError& e) {
      const std::string message = e.what();
      ASSERT_TRUE(message.starts_with("f:")) << message;
      ASSERT_EQ(message.find('\x1B'), std::string::npos) << text;
      ++refused;
    }
  }
  // Both ways were walked, or this shows nothing.
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 1000);
}

TEST(SettingsFuzz, WhatTheParserQuotesIsCutAndSteersNoTerminal) {
  const std::string line = "\"\u009B2J" + std::string(1000, 'k') + "\" = 1\n";
  std::string error;
  try {
    ParseSettings(line + line, "f");  // a key twice
  } catch (const ConfigError& e) {
    error = e.what();
  }
  EXPECT_TRUE(error.starts_with("f:2:")) << error;
  EXPECT_NE(error.find("?2Jkkk"), std::string::npos) << error;
  EXPECT_LT(error.size(), 250U);
}

}  // namespace
}  // namespace auralis
