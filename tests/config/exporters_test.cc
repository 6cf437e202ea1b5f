#include "config/exporters/exporters.h"

#include <gtest/gtest.h>

#include <regex>

#include "config/importers/importers.h"
#include "tests/config/importer_support.h"

namespace auralis {
namespace {

using test::Db;
using test::Frequencies;
using test::IndexOf;
using test::Played;
using test::Rbj;
using test::RbjAt;

Preset SomePreset() {
  return ParsePreset(R"(schema = 1
[equalizer]
preamp = -5
band1 = { type = "high-pass", frequency = 30, slope = "bw24" }
band2 = { type = "low-shelf", frequency = 100, gain = 4, q = 0.7 }
band3 = { frequency = 700, gain = -3, q = 2, channel = "left" }
band4 = { frequency = 2500, gain = 2.5, q = 1.2, channel = "right" }
band5 = { type = "high-shelf", frequency = 8000, gain = -2, q = 0.8 }
band6 = { type = "notch", frequency = 50, q = 20 }
band8 = { type = "high-pass", frequency = 22, slope = "lr12" }
band7 = { type = "low-pass", frequency = 16000, slope = "resonant", q = 0.8 }
[input]
gain = -1
balance = 0.2
)",
                     "f");
}

TEST(Exporters, TheNativeOneReadsBackAsItWas) {
  const Exported exported = ExportPreset(SomePreset(), ExportFormat::kNative, "x");
  EXPECT_EQ(ParsePreset(exported.text, "f"), SomePreset());
  EXPECT_TRUE(exported.notes.empty());
}

TEST(Exporters, EqualizerApoTextComesBackWithTheSameSound) {
  const Exported exported = ExportPreset(SomePreset(), ExportFormat::kEqualizerApo, "x");
  EXPECT_TRUE(exported.notes.empty());
  const Imported back = ImportEqualizerApo(exported.text, "f", ".");
  EXPECT_TRUE(back.notes.empty());
  const Played again(back);
  Imported original;
  original.preset = SomePreset();
  const Played before(original);
  for (const double hz : Frequencies()) {
    // `input` is not among the stages played: its gains are reckoned.
    const double left_db = Db(before.At(hz)[0][0]) - 1.0 + 20.0 * std::log10(0.8);
    const double right_db = Db(before.At(hz)[1][1]) - 1.0;
    EXPECT_NEAR(Db(again.At(hz)[0][0]), left_db, 0.02) << hz;
    EXPECT_NEAR(Db(again.At(hz)[1][1]), right_db, 0.02) << hz;
  }
}

TEST(Exporters, AFilterChainHasTheSameSound) {
  const Exported exported = ExportPreset(SomePreset(), ExportFormat::kPipeWire, "my preset");
  EXPECT_TRUE(exported.notes.empty());
  Imported original;
  original.preset = SomePreset();
  const Played before(original);
  // The nodes as PipeWire reads them: its biquads are the cookbook's.
  static const std::regex kNode(
      R"(name = (\w+) label = bq_(\w+) control = \{ "Freq" = (\S+) "Q" = (\S+) "Gain" = (\S+) \})");
  const std::map<std::string, Rbj> types = {
      {"peaking", Rbj::kBell},      {"lowshelf", Rbj::kLowShelf}, {"highshelf", Rbj::kHighShelf},
      {"lowpass", Rbj::kLowPass},   {"highpass", Rbj::kHighPass}, {"notch", Rbj::kNotch},
      {"bandpass", Rbj::kBandPass}, {"allpass", Rbj::kAllPass}};
  for (const double hz : Frequencies()) {
    std::map<char, double> db;
    for (std::sregex_iterator at(exported.text.begin(), exported.text.end(), kNode), end; at != end;
         ++at) {
      const double f = std::stod((*at)[3]);
      const double gain_db = std::stod((*at)[5]);
      db[(*at)[1].str()[0]] +=
          f == 0.0 ? gain_db : Db(RbjAt(types.at((*at)[2]), f, gain_db, std::stod((*at)[4]), hz));
    }
    EXPECT_NEAR(db['l'], Db(before.At(hz)[0][0]) - 1.0 + 20.0 * std::log10(0.8), 0.1) << hz;
    EXPECT_NEAR(db['r'], Db(before.At(hz)[1][1]) - 1.0, 0.1) << hz;
  }
  // Every node but the first of a side is fed by the one before it.
  EXPECT_NE(exported.text.find(R"({ output = "left_1:Out" input = "left_2:In" })"),
            std::string::npos);
  EXPECT_NE(exported.text.find(R"(inputs = [ "left_1:In" "right_1:In" ])"), std::string::npos);
}

TEST(Exporters, WhatAFormatCannotSayIsNoted) {
  Preset preset = SomePreset();
  preset.values[IndexOf("compressor.enabled")] = 1.0F;
  preset.values[IndexOf("tone.air")] = 0.5F;
  preset.values[IndexOf("equalizer.band10.channel")] = 3.0F;
  preset.values[IndexOf("equalizer.band10.gain")] = 1.0F;
  preset.values[IndexOf("equalizer.band9.type")] = 5.0F;
  preset.values[IndexOf("equalizer.band9.slope")] = 0.0F;
  EXPECT_EQ(
      ExportPreset(preset, ExportFormat::kEqualizerApo, "x").notes,
      (std::vector<std::string>{"equalizer.band10: tilts, and bands on mid or side, cannot be said",
                                "tone: cannot be said", "compressor: cannot be said",
                                "a pass of first order cannot be said at 100 Hz"}));
}

}  // namespace
}  // namespace auralis
