#include <gtest/gtest.h>

#include <fstream>

#include "config/importers/importers.h"
#include "config/importers/minimum_phase.h"
#include "config/importers/response_file.h"
#include "config/text_file.h"
#include "tests/config/importer_support.h"
#include "tests/support/temp_dir.h"

namespace auralis {
namespace {

using test::Complex;
using test::Db;
using test::Frequencies;
using test::IndexOf;
using test::kFixtures;
using test::Matrix;
using test::Played;
using test::Rbj;
using test::RbjAt;

Imported ReadFixture(const std::string& file) {
  const std::filesystem::path path = kFixtures / file;
  return ImportEqualizerApo(ReadFileBytes(path), file, path.parent_path());
}

Imported Read(const std::string& text) { return ImportEqualizerApo(text, "f", "."); }

struct Expected {
  Rbj type;
  double hz, gain_db, q;
};

double ExpectedDb(const std::vector<Expected>& filters, double hz) {
  double db = 0.0;
  for (const Expected& one : filters) db += Db(RbjAt(one.type, one.hz, one.gain_db, one.q, hz));
  return db;
}

double WorstDb(const Imported& imported, const std::vector<Expected>& filters, double preamp_db) {
  const Played played(imported);
  double worst = 0.0;
  for (const double hz : Frequencies()) {
    const double wanted = preamp_db + ExpectedDb(filters, hz);
    worst = std::max(worst, std::abs(played.GainDb(hz) - wanted));
  }
  return worst;
}

// Q of a shelf with slope S.
double Slope(double s, double gain_db) {
  const double a = std::pow(10.0, gain_db / 40.0);
  return 1.0 / std::sqrt((a + 1.0 / a) * (1.0 / s - 1.0) + 2.0);
}

TEST(EqualizerApo, AutoEqsParametricEqualizerSoundsAsItsFiltersAreDefined) {
  const Imported imported = ReadFixture("autoeq/Example One ParametricEQ.txt");
  EXPECT_TRUE(imported.notes.empty());
  EXPECT_FALSE(imported.response);
  EXPECT_FALSE(imported.preset.values.contains(IndexOf("equalizer.auto_headroom")));
  const double worst = WorstDb(imported,
                               {{Rbj::kLowShelf, 105, 5.6, 0.70},
                                {Rbj::kBell, 182, -3.1, 0.48},
                                {Rbj::kBell, 771, 1.7, 1.42},
                                {Rbj::kBell, 1836, -2.9, 1.38},
                                {Rbj::kBell, 3012, 3.4, 2.73},
                                {Rbj::kBell, 4455, -4.8, 4.80},
                                {Rbj::kBell, 5720, 2.2, 5.92},
                                {Rbj::kBell, 6310, -1.9, 6.00},
                                {Rbj::kBell, 8260, 3.9, 2.05},
                                {Rbj::kHighShelf, 10000, -4.5, 0.70}},
                               -6.4);
  EXPECT_LT(worst, 0.1);
  RecordProperty("worst_error_mdb", static_cast<int>(1000 * worst));
}

TEST(EqualizerApo, AsBiquadsItSoundsAsItsBiquadsDidAt48Khz) {
  const std::filesystem::path path = kFixtures / "autoeq/Example One ParametricEQ.txt";
  const Imported imported = ImportEqualizerApo(ReadFileBytes(path), "f", path.parent_path(),
                                               ImportOptions{.as_biquads = true});
  ASSERT_TRUE(imported.response);
  // Bass stays a band, that can be turned.
  EXPECT_EQ(imported.preset.values.at(IndexOf("equalizer.band1.frequency")), 105.0F);
  const std::vector<Expected> filters = {
      {Rbj::kLowShelf, 105, 5.6, 0.70}, {Rbj::kBell, 182, -3.1, 0.48},
      {Rbj::kBell, 771, 1.7, 1.42},     {Rbj::kBell, 1836, -2.9, 1.38},
      {Rbj::kBell, 3012, 3.4, 2.73},    {Rbj::kBell, 4455, -4.8, 4.80},
      {Rbj::kBell, 5720, 2.2, 5.92},    {Rbj::kBell, 6310, -1.9, 6.00},
      {Rbj::kBell, 8260, 3.9, 2.05},    {Rbj::kHighShelf, 10000, -4.5, 0.70}};
  const Played played(imported);
  double worst = 0.0;
  for (const double hz : Frequencies()) {
    double wanted = -6.4;
    for (const Expected& one : filters) {
      wanted += Db(test::RbjAt(one.type, one.hz, one.gain_db, one.q, hz, Played::kRateHz));
    }
    worst = std::max(worst, std::abs(played.GainDb(hz) - wanted));
  }
  EXPECT_LT(worst, 0.1);
  RecordProperty("worst_error_mdb", static_cast<int>(1000 * worst));
}

TEST(EqualizerApo, AutoEqsGraphicEqualizerIsAMinimumPhaseResponseOfItsCurve) {
  const Imported imported = ReadFixture("autoeq/Example One GraphicEQ.txt");
  EXPECT_TRUE(imported.notes.empty());
  ASSERT_TRUE(imported.response);
  ASSERT_EQ(imported.response->channels.size(), 1U);
  // The curve read again, by the test.
  const std::string text = ReadFileBytes(kFixtures / "autoeq/Example One GraphicEQ.txt");
  std::istringstream numbers(text.substr(text.find(':') + 1));
  std::vector<std::pair<double, double>> points;
  for (char semicolon = ';'; semicolon == ';'; numbers >> semicolon) {
    double hz = 0.0;
    double gain_db = 0.0;
    if (!(numbers >> hz >> gain_db)) break;
    points.emplace_back(hz, gain_db);
    semicolon = ' ';
  }
  ASSERT_GT(points.size(), 100U);
  const Played played(imported);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const auto [f0, g0] = points[i];
    const auto [f1, g1] = points[i + 1];
    const double middle = std::sqrt(f0 * f1);
    EXPECT_NEAR(played.GainDb(middle), 0.5 * (g0 + g1), 0.1) << middle;
  }
  // Minimum phase: most of the energy is at the beginning.
  double early = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < imported.response->channels[0].size(); ++i) {
    const double x = static_cast<double>(imported.response->channels[0][i]);
    all += x * x;
    if (i < 48) early += x * x;
  }
  EXPECT_GT(early / all, 0.95);
}

TEST(EqualizerApo, MinimumPhaseOfAShelfHasThePhaseOfTheShelf) {
  GainCurve curve;
  for (double hz = 5.0; hz < 24000.0; hz *= 1.02) {
    curve.emplace_back(hz, Db(RbjAt(Rbj::kLowShelf, 300, 9, 0.7, hz)));
  }
  const std::vector<double> response = MinimumPhaseResponse(curve, 48000.0, 32768);
  const std::vector<float> samples(response.begin(), response.end());
  for (const double hz : Frequencies(5000.0)) {
    const Complex wanted = RbjAt(Rbj::kLowShelf, 300, 9, 0.7, hz);
    EXPECT_LT(std::abs(test::StereoResponse::At(samples, hz, 48000.0) / wanted - 1.0), 0.01) << hz;
  }
}

TEST(EqualizerApo, RoomEqWizardsTextIsRead) {
  const Imported imported = ReadFixture("rew/filters.txt");
  ASSERT_EQ(imported.notes.size(), 1U);
  EXPECT_EQ(imported.notes[0],
            (ImportNote{12, "Filter  3: the T60 target of a modal filter is not needed"}));
  // It says no preamp, so room is made for what it boosts.
  EXPECT_EQ(imported.preset.values.at(IndexOf("equalizer.auto_headroom")), 1.0F);
  Imported level = imported;
  level.preset.values.erase(IndexOf("equalizer.auto_headroom"));
  EXPECT_LT(WorstDb(level,
                    {{Rbj::kBell, 38.5, -9.4, 6.21},
                     {Rbj::kBell, 71.9, 3.1, 3.87},
                     {Rbj::kBell, 124, -6, 11.3},
                     {Rbj::kLowShelf, 90, 2.5, Slope(0.9, 2.5)},
                     {Rbj::kHighShelf, 6500, -1.5, Slope(0.9, -1.5)},
                     {Rbj::kBell, 1250, -2.2, 1.44}},
                    0.0),
            0.1);
}

// The whole configuration, evaluated as matrices of complex numbers.
Matrix FullConfiguration(double hz) {
  const auto corner = [](double f, double gain_db, double s, bool low) {
    const double factor = std::pow(10.0, std::abs(gain_db) / 80.0 / s);
    return low ? f * factor : f / factor;
  };
  Complex both = std::pow(10.0, -3.5 / 20.0);
  both *= RbjAt(Rbj::kBell, 50.5, -3, 10, hz);
  both *= RbjAt(Rbj::kBell, 100, 1, 0.5 / std::sinh(0.5 * std::numbers::ln2 * 0.167), hz);
  both *= RbjAt(Rbj::kBell, 42, -8, 12, hz);
  both *= RbjAt(Rbj::kNotch, 1000, 0, 30, hz);
  both *= RbjAt(Rbj::kBandPass, 400, 0, 0.2, hz);
  both *= RbjAt(Rbj::kAllPass, 900, 0, 0.707, hz);
  both *= test::Quotient({0.9, -0.1, 0.05}, {1.0, -0.2, 0.1}, hz, 48000.0);
  Complex left = std::pow(10.0, -1.25 / 20.0) * RbjAt(Rbj::kLowPass, 10000, 0, 0.4, hz);
  left *= std::polar(1.0, -2.0 * std::numbers::pi * hz * 0.002);
  Complex right = RbjAt(Rbj::kHighPass, 30, 0, std::sqrt(0.5), hz);
  right *= RbjAt(Rbj::kLowShelf, 200, 4, Slope(0.5, 4), hz);
  right *= RbjAt(Rbj::kHighShelf, 5000, -6, Slope(1.0, -6), hz);
  right *= RbjAt(Rbj::kLowShelf, 300, 5, Slope(0.9, 5), hz);
  right *= RbjAt(Rbj::kHighShelf, corner(4000, 3, 0.5, false), 3, Slope(0.5, 3), hz);
  right *= RbjAt(Rbj::kLowShelf, corner(120, -4, 1.0, true), -4, Slope(1.0, -4), hz);
  right *= RbjAt(Rbj::kHighShelf, 9000, 2, 0.9, hz);
  const double share = std::pow(10.0, -1.938 / 20.0);
  const Matrix filters = {{{both * left, 0.0}, {0.0, both * right}}};
  const Matrix mix = {{{0.8, 0.2}, {0.2, share}}};
  Matrix all = Played::Times(mix, filters);
  const GainCurve curve = {{20, 0}, {200, -2}, {2000, 1}, {10000, -3}};
  const Complex after =
      RbjAt(Rbj::kBell, 3000, 4, 2, hz) * std::pow(10.0, GainDbAt(curve, hz) / 20.0);
  for (auto& row : all) {
    for (Complex& cell : row) cell *= after;
  }
  return all;
}

TEST(EqualizerApo, AWholeConfigurationPlaysAsItIsDefined) {
  const Imported imported = ReadFixture("apo/config.txt");
  ASSERT_TRUE(imported.response);
  EXPECT_EQ(imported.response->channels.size(), 4U);
  const Played played(imported);
  double worst = 0.0;
  for (const double hz : Frequencies()) {
    if (std::abs(std::log2(hz / 1000.0)) < 0.03) continue;  // the notch has no level
    const Matrix wanted = FullConfiguration(hz);
    const Matrix got = played.At(hz);
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) {
        const double error_db = Db(got[i][j]) - Db(wanted[i][j]);
        EXPECT_NEAR(error_db, 0.0, 0.1) << hz << " Hz, from " << j << " to " << i;
        worst = std::max(worst, std::abs(error_db));
      }
    }
  }
  RecordProperty("worst_error_mdb", static_cast<int>(1000 * worst));
}

TEST(EqualizerApo, WhatIsNotTakenIsNamedWithItsLine) {
  const Imported imported = ReadFixture("apo/config.txt");
  std::string notes;
  for (const ImportNote& note : imported.notes) {
    const std::string text = note.text.substr(0, note.text.find("there is no such file"));
    notes += std::to_string(note.line) + " " + text + "\n";
  }
  const std::string missing = (kFixtures / "apo/missing.wav").string();
  EXPECT_EQ(notes,
            "7 Filter: the T60 target of a modal filter is not needed\n"
            "17 Channel: channel C is none that stereo has\n"
            "24 Eval: is a command that is not known here\n"
            "25 Filter: XX is a type of filter that Equalizer APO does not have\n"
            "26 If: conditions are not evaluated; what they hold is left out\n"
            "27 Preamp: is left out: it stands in a condition\n"
            "29 Convolution: " +
                missing +
                ": \n"
                "31 Preamp: is left out: it is for another device\n");
}

TEST(EqualizerApo, AConvolutionIsTakenAtItsOwnRate) {
  const test::TempDir folder;
  Response response{44100.0, {{0.5F, 0.25F}, {0.0F, -0.5F}}};
  WriteResponseFile(folder / "room.wav", response);
  const Imported imported =
      ImportEqualizerApo("Preamp: -2 dB\nConvolution: room.wav\n", "f", folder.path());
  EXPECT_TRUE(imported.notes.empty());
  ASSERT_TRUE(imported.response);
  EXPECT_EQ(imported.response->rate_hz, 44100.0);
  ASSERT_EQ(imported.response->channels.size(), 2U);
  EXPECT_NEAR(imported.response->channels[0][1], 0.25, 1e-6);
  EXPECT_NEAR(imported.response->channels[1][1], -0.5, 1e-6);
  EXPECT_EQ(imported.preset.values.at(IndexOf("equalizer.preamp")), -2.0F);
  EXPECT_EQ(imported.preset.values.at(IndexOf("convolver.enabled")), 1.0F);
  EXPECT_EQ(imported.preset.values.at(IndexOf("convolver.normalize")), 0.0F);
}

TEST(EqualizerApo, MoreBandsThanThereAreGoIntoTheResponse) {
  std::string text = "Preamp: -3 dB\n";
  std::vector<Expected> filters;
  for (int i = 0; i < 40; ++i) {
    const double hz = 30.0 * std::pow(1.1, i);
    text += "Filter: ON PK Fc " + std::to_string(hz) + " Hz Gain 1.5 dB Q 8\n";
    filters.push_back({Rbj::kBell, hz, 1.5, 8});
  }
  text += "Filter: ON PK Fc 200 Hz Gain -40 dB Q 3\n";  // deeper than a band goes
  filters.push_back({Rbj::kBell, 200, -40, 3});
  const Imported imported = Read(text);
  EXPECT_TRUE(imported.response);
  EXPECT_LT(WorstDb(imported, filters, -3.0), 0.1);
}

TEST(EqualizerApo, HostileTextsAreRefusedOrNoted) {
  EXPECT_THROW(Read(""), ConfigError);
  EXPECT_THROW(Read("just words\n"), ConfigError);
  EXPECT_THROW(Read(std::string("Preamp: 1 dB\0", 13)), ConfigError);
  EXPECT_THROW(Read(std::string(2 << 20, 'x')), ConfigError);
  const auto note_of = [](const std::string& line) {
    const Imported imported = Read(line);
    EXPECT_TRUE(imported.preset.values.empty()) << line;
    EXPECT_FALSE(imported.response) << line;
    return imported.notes.size() == 1 ? imported.notes[0].text : "";
  };
  EXPECT_EQ(note_of("Preamp: nan dB"), "Preamp: is no gain in dB");
  EXPECT_EQ(note_of("Preamp: 1e999 dB"), "Preamp: is no gain in dB");
  EXPECT_EQ(note_of("Filter: ON PK Fc -3 Hz Gain 1 dB Q 1"), "Filter: its frequency is none");
  EXPECT_EQ(note_of("Filter: ON PK Fc 30 Hz Gain 1 dB Q 0"),
            "Filter: its width is none that a filter can have");
  EXPECT_EQ(note_of("Filter: ON PK Fc 30 Hz Gain 1 dB"), "Filter: it wants Fc, Gain, Q or BW");
  EXPECT_EQ(note_of("Filter: ON LSC 0.1 dB Fc 30 Hz Gain inf dB"),
            "Filter: gain has no number behind it");
  EXPECT_EQ(note_of("Filter: ON IIR Order 2 Coefficients 1 0 0 1 -2.1 1.2"),
            "Filter: its coefficients make no stable filter");
  EXPECT_EQ(note_of("Filter: ON IIR Order 999999999 Coefficients 1"),
            "Filter: IIR wants an order of 1 to 16 and twice one more coefficients than that");
  EXPECT_EQ(note_of("GraphicEQ: 20 0; 30"), "GraphicEQ: 30 is no frequency and gain");
  EXPECT_EQ(note_of("Delay: 1e9 ms"), "Delay: is a delay of more than 1 s");
  EXPECT_EQ(note_of("Copy: =L"), "Copy: is no mix");
}

TEST(EqualizerApo, AFileThatIncludesItselfEnds) {
  const test::TempDir folder;
  std::ofstream(folder / "a.txt") << "Preamp: -1 dB\nInclude: a.txt\nInclude: a.txt\n";
  const Imported imported =
      ImportEqualizerApo(ReadFileBytes(folder / "a.txt"), "a.txt", folder.path());
  EXPECT_FALSE(imported.notes.empty());
  EXPECT_LT(imported.notes.size(), 250U);
}

}  // namespace
}  // namespace auralis
