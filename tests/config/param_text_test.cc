#include "config/param_text.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <locale>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "dsp/signal_path.h"

namespace auralis {
namespace {

constexpr ParamSpec kGain = {.key = "gain",
                             .name = "Gain",
                             .unit = Unit::kDecibel,
                             .min = -36.0F,
                             .max = 36.0F,
                             .doc = "Gain."};
constexpr ParamSpec kFrequency = {.key = "frequency",
                                  .name = "Frequency",
                                  .unit = Unit::kHertz,
                                  .scale = Scale::kLog,
                                  .min = 10.0F,
                                  .max = 24000.0F,
                                  .def = 1000.0F,
                                  .doc = "Frequency."};
constexpr ParamSpec kTime = {.key = "release",
                             .name = "Release",
                             .unit = Unit::kMillisecond,
                             .min = 0.1F,
                             .max = 1000.0F,
                             .def = 50.0F,
                             .doc = "Time."};
constexpr ParamSpec kRatio = {.key = "ratio",
                              .name = "Ratio",
                              .unit = Unit::kRatio,
                              .min = 1.0F,
                              .max = 20.0F,
                              .def = 1.0F,
                              .doc = "Ratio."};
constexpr ParamSpec kAmount = {.key = "amount", .name = "Amount", .doc = "Amount."};
constexpr ParamSpec kSwitch = {
    .key = "enabled", .name = "Enabled", .scale = Scale::kToggle, .doc = "Switch."};
constexpr std::array<std::string_view, 3> kShapes = {"bell", "low-shelf", "notch"};
constexpr ParamSpec kShape = {.key = "type",
                              .name = "Type",
                              .scale = Scale::kChoice,
                              .max = 2.0F,
                              .choices = kShapes,
                              .doc = "Shape."};

float Parsed(const ParamSpec& spec, std::string_view text,
             std::optional<float> current = std::nullopt) {
  const auto parsed = ParseValue(spec, text, current);
  const auto* value = std::get_if<float>(&parsed);
  EXPECT_NE(value, nullptr) << text << ": " << std::get<ValueError>(parsed).reason;
  return value == nullptr ? std::numeric_limits<float>::quiet_NaN() : *value;
}

// Why the text is refused; "" where it is not.
std::string Reason(const ParamSpec& spec, std::string_view text) {
  const auto parsed = ParseValue(spec, text, std::nullopt);
  const auto* error = std::get_if<ValueError>(&parsed);
  return error == nullptr ? "" : error->reason;
}

TEST(ParamText, ReadsNumbersWithAndWithoutTheirUnit) {
  EXPECT_EQ(Parsed(kGain, "-3"), -3.0F);
  EXPECT_EQ(Parsed(kGain, "-3dB"), -3.0F);
  EXPECT_EQ(Parsed(kGain, " -3.5 db\t"), -3.5F);
  EXPECT_EQ(Parsed(kGain, "+6 dB"), 6.0F);
  EXPECT_EQ(Parsed(kGain, "\u22123 dB"), -3.0F) << "the minus sign of typography";
  EXPECT_EQ(Parsed(kFrequency, "1.2 kHz"), 1200.0F);
  EXPECT_EQ(Parsed(kFrequency, "1200hz"), 1200.0F);
  EXPECT_EQ(Parsed(kFrequency, "1.2e3"), 1200.0F);
  EXPECT_EQ(Parsed(kTime, "50 ms"), 50.0F);
  EXPECT_EQ(Parsed(kTime, "0.05 s"), 50.0F);
  EXPECT_EQ(Parsed(kRatio, "4:1"), 4.0F);
  EXPECT_EQ(Parsed(kRatio, "2.5 :1"), 2.5F);
  EXPECT_EQ(Parsed(kAmount, ".5"), 0.5F);
}

TEST(ParamText, ReadsSwitchesAndChoices) {
  for (const char* on : {"on", "ON", "true", "yes", "1"}) EXPECT_EQ(Parsed(kSwitch, on), 1.0F);
  for (const char* off : {"off", "False", "no", "0"}) EXPECT_EQ(Parsed(kSwitch, off), 0.0F);
  EXPECT_EQ(Parsed(kSwitch, "toggle", 0.0F), 1.0F);
  EXPECT_EQ(Parsed(kSwitch, "toggle", 1.0F), 0.0F);
  EXPECT_EQ(Reason(kSwitch, "toggle"), "has nothing to turn round here");
  EXPECT_EQ(Parsed(kShape, "Low-Shelf"), 1.0F);
  EXPECT_EQ(Parsed(kShape, "2"), 2.0F);
}

TEST(ParamText, SaysWhyAValueIsRefused) {
  EXPECT_EQ(Reason(kGain, ""), "is empty");
  EXPECT_EQ(Reason(kGain, " \t "), "is empty");
  EXPECT_EQ(Reason(kGain, std::string(65, '1')), "is too long");
  EXPECT_EQ(Reason(kGain, "loud"), "is not a number");
  EXPECT_EQ(Reason(kGain, "--3"), "is not a number");
  EXPECT_EQ(Reason(kGain, "+-3"), "is not a number");
  EXPECT_EQ(Reason(kGain, "\u2212-3"), "is not a number");
  EXPECT_EQ(Reason(kGain, "nan"), "is not a finite number");
  EXPECT_EQ(Reason(kGain, "-inf dB"), "is not a finite number");
  EXPECT_EQ(Reason(kGain, "1e999"), "is beyond what a number can be");
  EXPECT_EQ(Reason(kGain, "1e300"), "is above the maximum");
  EXPECT_EQ(Reason(kGain, "36.01 dB"), "is above the maximum");
  EXPECT_EQ(Reason(kGain, "-36.01 dB"), "is below the minimum");
  EXPECT_EQ(Reason(kGain, "3 Hz"), "ends in 'Hz', which does not fit");
  EXPECT_EQ(Reason(kGain, "0x10"), "ends in 'x10', which does not fit");
  EXPECT_EQ(Reason(kGain, "3 dB please"), "ends in 'dB please', which does not fit");
  EXPECT_EQ(Reason(kGain, "0,5"), "has a comma where a decimal point belongs");
  EXPECT_EQ(Reason(kFrequency, "1k2"), "ends in 'k2', which does not fit");
  EXPECT_EQ(Reason(kTime, "2 s"), "is above the maximum");
  EXPECT_EQ(Reason(kSwitch, "2"), "is not on or off");
  EXPECT_EQ(Reason(kSwitch, "maybe"), "is not on or off");
  EXPECT_EQ(Reason(kShape, "bells"), "is not one of the choices");
  EXPECT_EQ(Reason(kShape, "3"), "is not one of the choices");
  EXPECT_EQ(Reason(kShape, "0.5"), "is not one of the choices");
}

TEST(ParamText, WritesValuesForPeopleAndForMachines) {
  EXPECT_EQ(FormatValue(kGain, -3.0F), "-3.0 dB");
  EXPECT_EQ(FormatValue(kGain, -7.244094F), "-7.244 dB");
  EXPECT_EQ(FormatValue(kGain, -0.0001F), "0.0 dB");
  EXPECT_EQ(FormatValue(kFrequency, 12500.0F), "12500 Hz");
  EXPECT_EQ(FormatValue(kTime, 0.1F), "0.1 ms");
  EXPECT_EQ(FormatValue(kRatio, 4.0F), "4:1");
  EXPECT_EQ(FormatValue(kAmount, 0.5F), "0.5");
  EXPECT_EQ(FormatValue(kSwitch, 1.0F), "on");
  EXPECT_EQ(FormatValue(kShape, 2.0F), "notch");
  EXPECT_EQ(ExactText(0.1F), "0.1");
  EXPECT_EQ(ExactText(-7.244094F), "-7.244094");
  EXPECT_EQ(ExactDouble(0.1F), 0.1);
  EXPECT_EQ(AllowedText(kGain), "-36 dB to 36 dB");
  EXPECT_EQ(AllowedText(kTime), "0.1 ms to 1000 ms");
  EXPECT_EQ(AllowedText(kRatio), "1:1 to 20:1");
  EXPECT_EQ(AllowedText(kSwitch), "on, off or toggle");
  EXPECT_EQ(AllowedText(kShape), "bell, low-shelf, notch");
}

// The decimal comma and the grouping of German, for what reads and writes through streams: needs no
// locale to be installed.
class German : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(ParamText, ZeroHasNoSign) {
  EXPECT_FALSE(std::signbit(Parsed(kGain, "-0")));
  EXPECT_FALSE(std::signbit(Parsed(kGain, "-1e-60 dB")));
}

TEST(ParamText, TakesNoNoticeOfTheLocale) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new German));
  std::ostringstream german;
  german << 12500.5;
  EXPECT_EQ(Parsed(kGain, "-3.5 dB"), -3.5F);
  EXPECT_EQ(FormatValue(kGain, -3.5F), "-3.5 dB");
  EXPECT_EQ(FormatValue(kFrequency, 12500.0F), "12500 Hz");
  EXPECT_EQ(ExactText(12500.5F), "12500.5");
  EXPECT_EQ(ExactDouble(-3.5F), -3.5);
  EXPECT_EQ(AllowedText(kTime), "0.1 ms to 1000 ms");
  std::locale::global(before);
  EXPECT_EQ(german.str(), "12.500,5") << "the locale was never in force";
}

TEST(ParamText, ExactTextReadsBackAsTheSameFloat) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    const std::string text = ExactText(value);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), nullptr)),
              std::bit_cast<std::uint32_t>(value))
        << text;
    ASSERT_EQ(static_cast<float>(ExactDouble(value)), value) << text;
  }
}

// --- The whole table of the product.

// What ParseValue makes of the text; NaN, which equals nothing, where it refuses.
float ReadBack(const ParamSpec& spec, const std::string& text) {
  const auto parsed = ParseValue(spec, text, std::nullopt);
  const auto* value = std::get_if<float>(&parsed);
  return value == nullptr ? std::numeric_limits<float>::quiet_NaN() : *value;
}

// A parameter's least, greatest and default value, and a thousand between.
std::vector<float> SamplesOf(const ParamSpec& spec, std::mt19937& random) {
  std::vector<float> samples = {spec.min, spec.max, spec.def};
  const bool whole = spec.scale == Scale::kToggle || spec.scale == Scale::kChoice;
  std::uniform_real_distribution<float> between(spec.min, spec.max);
  for (int i = 0; i < 1000; ++i) {
    const float value = between(random);
    samples.push_back(whole ? std::round(value) : value);
  }
  return samples;
}

TEST(ParamTable, TextForMachinesReadsBackAsTheSameFloat) {
  std::mt19937 random(11);
  for (const ParamInfo& info : SignalPath::kParams) {
    for (const float value : SamplesOf(info.spec, random)) {
      ASSERT_EQ(ReadBack(info.spec, ExactText(value)), value) << FullKey(info);
      const auto number = CheckValue(info.spec, ExactDouble(value));
      ASSERT_EQ(std::get<float>(number), value) << FullKey(info);
    }
  }
}

TEST(ParamTable, TextForPeopleReadsBackToThreeDecimalsAndThenStaysPut) {
  std::mt19937 random(12);
  for (const ParamInfo& info : SignalPath::kParams) {
    for (const float value : SamplesOf(info.spec, random)) {
      const std::string text = FormatValue(info.spec, value);
      const float read = ReadBack(info.spec, text);
      // Half of the last decimal, plus what a float itself rounds.
      ASSERT_NEAR(read, value, 0.0005F + std::abs(value) * 1e-6F) << FullKey(info) << " = " << text;
      ASSERT_EQ(FormatValue(info.spec, read), text) << FullKey(info);
      ASSERT_EQ(ReadBack(info.spec, FormatValue(info.spec, read)), read) << FullKey(info);
    }
    // What a table declares has no more decimals than people are shown.
    for (const float value : {info.spec.min, info.spec.max, info.spec.def}) {
      ASSERT_EQ(ReadBack(info.spec, FormatValue(info.spec, value)), value) << FullKey(info);
    }
  }
}

TEST(ParamTable, NothingJustOutsideARangeIsAllowed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const ParamInfo& info : SignalPath::kParams) {
    const ParamSpec& spec = info.spec;
    for (const float outside :
         {std::nextafter(spec.min, -kInfinity), std::nextafter(spec.max, kInfinity), kInfinity,
          -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
      const auto checked = CheckValue(spec, static_cast<double>(outside));
      EXPECT_TRUE(std::holds_alternative<ValueError>(checked)) << FullKey(info) << " " << outside;
    }
  }
}

TEST(ParamTable, RandomTextIsInRangeOrRefusedWithAReason) {
  constexpr std::string_view kAlphabet = "0123456789.,+-eExX:dBkHzms onfflsetrguabcy\t\n\u2212";
  std::mt19937 random(3);
  for (const ParamInfo& info : SignalPath::kParams) {
    const ParamSpec& spec = info.spec;
    for (int i = 0; i < 300; ++i) {
      std::string text;
      for (std::size_t length = random() % 9; text.size() < length;) {
        text += random() % 16 == 0 ? static_cast<char>(random() % 256)
                                   : kAlphabet[random() % kAlphabet.size()];
      }
      const auto parsed = ParseValue(spec, text, spec.def);
      if (const auto* value = std::get_if<float>(&parsed)) {
        ASSERT_GE(*value, spec.min) << FullKey(info) << " = '" << text << "'";
        ASSERT_LE(*value, spec.max) << FullKey(info) << " = '" << text << "'";
      } else {
        ASSERT_FALSE(std::get<ValueError>(parsed).reason.empty());
      }
    }
  }
}

TEST(ParamText, PrintableCutsWithoutBreakingACharacter) {
  EXPECT_EQ(Printable("a\nb\x1b[31m\x7f"), "a?b?[31m?");
  EXPECT_EQ(Printable(std::string(64, 'a')), std::string(64, 'a'));
  EXPECT_EQ(Printable(std::string(65, 'a')), std::string(64, 'a') + "...");
  EXPECT_EQ(Printable(std::string(63, 'a') + "\u2212bc"), std::string(63, 'a') + "...");
  EXPECT_EQ(Printable(std::string(61, 'a') + "\u2212"), std::string(61, 'a') + "\u2212");
}

TEST(ParamText, PrintableIsUtf8ThatSteersNothing) {
  EXPECT_EQ(Printable("Größe \u2212 \U0001F3A7"), "Größe \u2212 \U0001F3A7");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "?31m")
      << "the control sequence introducer of C1";
  EXPECT_EQ(Printable("\u202Eabc\u2069\u2028"), "?abc??") << "text that runs backwards";
  EXPECT_EQ(Printable("\xFF\xFE"), "??");
  EXPECT_EQ(Printable("a\xC3"), "a?") << "cut off";
  EXPECT_EQ(Printable("\xC3("), "?(");
  EXPECT_EQ(Printable("\xC0\xAF"), "??") << "overlong";
  EXPECT_EQ(Printable("\xED\xA0\x80"), "???") << "a surrogate";
  EXPECT_EQ(Printable("\xF4\x90\x80\x80"), "????") << "beyond Unicode";
}

}  // namespace
}  // namespace auralis
