// EasyEffects, CamillaDSP, and what all importers have in common.

#include "config/importers/importers.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

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

std::string NotesOf(const Imported& imported) {
  std::string notes;
  for (const ImportNote& note : imported.notes) {
    notes += std::to_string(note.line) + " " + note.text + "\n";
  }
  return notes;
}

double Slope(double s, double gain_db) {
  const double a = std::pow(10.0, gain_db / 40.0);
  return 1.0 / std::sqrt((a + 1.0 / a) * (1.0 / s - 1.0) + 2.0);
}

// (t2 s^2 + t1 s + t0) / (b2 s^2 + b1 s + b0) at j f / f0.
Complex Analog(const std::array<double, 3>& t, const std::array<double, 3>& b, double f0,
               double hz) {
  const Complex s(0.0, hz / f0);
  return (t[2] * s * s + t[1] * s + t[0]) / (b[2] * s * s + b[1] * s + b[0]);
}

// LSP's bell of mode RLC.
Complex RlcBell(double f0, double gain_db, double q, double hz) {
  const double g = std::pow(10.0, gain_db / 20.0);
  const double k = 2.0 * (1.0 / g + g) / (1.0 + 2.0 * q);
  return Analog({1.0, k * std::sin(std::atan(g)), 1.0}, {1.0, k * std::cos(std::atan(g)), 1.0}, f0,
                hz);
}

// LSP's low shelf of mode RLC.
Complex RlcLowShelf(double f0, double gain_db, double q, double hz) {
  const double g = std::pow(10.0, gain_db / 20.0);
  const double f = std::pow(g, 0.25);
  const double d = 2.0 / (1.0 + q);
  return std::sqrt(g) * Analog({f, d, 1.0 / f}, {1.0 / f, d, f}, f0, hz);
}

TEST(EasyEffects, ItsEqualizerSoundsAsItsPluginIsDefined) {
  const Imported imported = ImportFile(kFixtures / "easyeffects/headphones.json");
  EXPECT_FALSE(imported.response);
  const Played played(imported);
  double worst = 0.0;
  for (const double hz : Frequencies()) {
    Complex both = std::pow(10.0, -4.5 / 20.0) * RlcLowShelf(90, 4, 0.6, hz);
    both *= RbjAt(Rbj::kBell, 2500, 5, 1.3, hz);
    both *= RbjAt(Rbj::kHighPass, 25, 0, 0.75, hz);  // damping 2 / (1 + 0.5)
    const double left =
        Db(both * RlcBell(400, -3.5, 2, hz) * RbjAt(Rbj::kHighShelf, 9000, -2, 0.7, hz));
    const double right = Db(both * RlcBell(500, 2.5, 4, hz));
    const Matrix got = played.At(hz);
    worst = std::max({worst, std::abs(Db(got[0][0]) - left), std::abs(Db(got[1][1]) - right)});
  }
  EXPECT_LT(worst, 0.1);
  RecordProperty("worst_error_mdb", static_cast<int>(1000 * worst));
}

TEST(EasyEffects, EveryPluginIsTakenByWhatItsNumbersMean) {
  const Imported imported = ImportFile(kFixtures / "easyeffects/headphones.json");
  const auto value = [&](const std::string& key) {
    const auto found = imported.preset.values.find(IndexOf(key));
    return found == imported.preset.values.end() ? SignalPath::kDefaults[IndexOf(key)]
                                                 : found->second;
  };
  EXPECT_EQ(value("leveler.enabled"), 1.0F);
  EXPECT_EQ(value("leveler.target"), -20.0F);
  EXPECT_EQ(value("bass.frequency"), 120.0F);
  EXPECT_EQ(value("exciter.enabled"), 0.0F);         // bypassed
  EXPECT_EQ(value("compressor.threshold"), -25.0F);  // less what goes in louder
  EXPECT_EQ(value("compressor.makeup"), 2.5F);
  EXPECT_EQ(value("compressor.ratio"), 3.0F);
  EXPECT_EQ(value("compressor.knee"), 8.0F);
  EXPECT_NEAR(value("compressor.attack"), 20.0F, 0.01F);  // 71 % in 24.6 ms are 63 % in 20 ms
  EXPECT_NEAR(value("compressor.release"), 100.0F, 0.05F);
  EXPECT_EQ(value("compressor.lookahead"), 4.0F);
  EXPECT_EQ(value("compressor.detector"), 1.0F);
  EXPECT_EQ(value("compressor.rms_time"), 12.0F);
  EXPECT_EQ(value("compressor.sidechain_highpass"), 60.0F);
  EXPECT_EQ(value("multiband.bands"), 3.0F);
  EXPECT_EQ(value("multiband.crossover1"), 250.0F);  // sorted
  EXPECT_EQ(value("multiband.crossover2"), 3000.0F);
  EXPECT_EQ(value("multiband.band2.enabled"), 0.0F);
  EXPECT_EQ(value("multiband.band3.ratio"), 5.0F);
  EXPECT_EQ(value("multiband.band1.gain"), 1.0F);
  EXPECT_EQ(value("multiband.detector"), 0.0F);
  EXPECT_NEAR(value("stereo.width"), 0.5F * std::sqrt(2.0F), 1e-4F);
  EXPECT_EQ(value("stereo.balance"), 0.25F);
  EXPECT_EQ(value("crossfeed.model"), 3.0F);
  EXPECT_EQ(value("crossfeed.frequency"), 650.0F);
  EXPECT_EQ(value("crossfeed.feed"), 9.5F);
  EXPECT_EQ(value("convolver.enabled"), 0.0F);  // its kernel is not there
  EXPECT_EQ(value("loudness.volume"), -12.0F);
  EXPECT_EQ(value("limiter.ceiling"), -2.0F);
  EXPECT_EQ(value("limiter.lookahead"), 4.0F);
  EXPECT_NEAR(value("limiter.release"), 50.0F, 0.05F);
}

TEST(EasyEffects, WhatIsNotTakenIsNamedWithItsLine) {
  EXPECT_EQ(
      NotesOf(ImportFile(kFixtures / "easyeffects/headphones.json")),
      "32 equalizer#0.left.band6.type: Ladder-pass is a type that the equalizer does not "
      "have\n"
      "44 bass_enhancer#0.amount: is an estimate: harmonics are made in another way\n"
      "56 multiband_compressor#0.band2.sidechain-mode: is not taken: all bands have the first "
      "one's\n"
      "59 stereo_tools#0.stereo-base: is not taken\n"
      "61 convolver#0.kernel-name: missing room is not there (looked for as .irs and .wav "
      "beside the preset, and in irs)\n"
      "62 loudness#0.std: its curve is taken as that of ISO 226:2003 below 80 dB\n"
      "63 reverb#0: is a plug-in that is not taken\n");
}

TEST(EasyEffects, AKernelIsFoundByItsName) {
  const test::TempDir folder;
  std::filesystem::create_directory(folder / "irs");
  WriteResponseFile(folder / "irs/room.irs", {48000.0, {{1.0F, 0.5F}}});
  std::ofstream(folder / "p.json")
      << R"({"output": {"convolver": {"kernel-path": "", "kernel-name": "room", "autogain": false,
             "output-gain": -3}}})";
  const Imported imported = ImportFile(folder / "p.json");
  EXPECT_EQ(NotesOf(imported), "");
  EXPECT_EQ(imported.preset.convolver_file, (folder / "irs/room.irs").string());
  EXPECT_EQ(imported.preset.values.at(IndexOf("convolver.enabled")), 1.0F);
  EXPECT_EQ(imported.preset.values.at(IndexOf("convolver.normalize")), 0.0F);
  EXPECT_EQ(imported.preset.values.at(IndexOf("convolver.gain")), -3.0F);
}

Matrix CamillaConfiguration(double hz) {
  const double octaves = std::log2(1000.0) / 5.0;
  const double w = 1.0 / (2.0 * std::sinh(0.5 * std::numbers::ln2 * 0.7));
  Complex both = std::pow(10.0, -6.5 / 20.0) * RbjAt(Rbj::kLowShelf, 105, 5.5, 0.7, hz);
  both *= RbjAt(Rbj::kHighShelf, 8000, -3, Slope(0.5, -3), hz);
  both *= RbjAt(Rbj::kBell, 1500, -4.2, w, hz);
  const Complex section = RbjAt(Rbj::kHighPass, 40, 0, std::sqrt(0.5), hz);
  Complex right = section * section * std::polar(1.0, -2.0 * std::numbers::pi * hz * 96 / 48000.0);
  Complex left = -0.5;
  const std::array<double, 5> gains = {1, -1, 2, 0, -2};
  for (std::size_t i = 0; i < 5; ++i) {
    const double f = 20.0 * std::exp2((static_cast<double>(i) + 0.5) * octaves);
    left *= RbjAt(Rbj::kBell, f, gains[i], 0.5 / std::sinh(0.5 * std::numbers::ln2 * octaves), hz);
  }
  // First-order shelves, bilinear.
  const auto tangent = [](double f) { return std::tan(std::numbers::pi * f / 48000.0); };
  const auto shelf = [&](double f, double gain_db, bool low) {
    const Complex s(0.0, tangent(hz) / tangent(f));
    const double a = std::pow(10.0, gain_db / 40.0);
    return low ? a * (s + a) / (a * s + 1.0) : a * (a * s + 1.0) / (s + a);
  };
  left *= shelf(300, 4, true);
  // Butterworth of order 5: poles on a circle.
  const Complex s(0.0, tangent(hz) / tangent(15000));
  Complex fifth = 1.0;
  for (int k = 0; k < 5; ++k) {
    fifth /= s - std::polar(1.0, std::numbers::pi * (0.5 + (2 * k + 1) / 10.0));
  }
  left *= fifth;
  const double minus_nine = std::pow(10.0, -9.0 / 20.0);
  const Matrix mix = {{{1.0, -minus_nine}, {0.0, std::pow(10.0, -1.0 / 20.0)}}};
  Matrix all = Played::Times(mix, {{{both * left, 0.0}, {0.0, both * right}}});
  Complex after = test::Quotient({0.9, 0.05, -0.02}, {1, 0, 0}, hz, 48000.0);
  const Complex f(0.0, hz);
  after *= (f * f + f * 60.0 / 0.9 + 3600.0) / (f * f + f * 30.0 / 0.7 + 900.0);
  after *= shelf(3000, -2.5, false);
  for (auto& row : all) {
    for (Complex& cell : row) cell *= after;
  }
  return all;
}

TEST(CamillaDsp, AWholeConfigurationPlaysAsItIsDefined) {
  const Imported imported = ImportFile(kFixtures / "camilladsp/config.yml");
  ASSERT_TRUE(imported.response);
  const Played played(imported);
  double worst = 0.0;
  for (const double hz : Frequencies(18000.0)) {
    const Matrix wanted = CamillaConfiguration(hz);
    const Matrix got = played.At(hz);
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) {
        if (i == 1 && j == 0) {
          EXPECT_EQ(std::abs(got[i][j]), 0.0) << hz;
          continue;
        }
        EXPECT_NEAR(Db(got[i][j]), Db(wanted[i][j]), 0.1) << hz << " Hz, " << j << " to " << i;
        EXPECT_LT(std::abs(got[i][j] / wanted[i][j] - 1.0), 0.5) << hz << ": turned round?";
        worst = std::max(worst, std::abs(Db(got[i][j]) - Db(wanted[i][j])));
      }
    }
  }
  RecordProperty("worst_error_mdb", static_cast<int>(1000 * worst));
}

TEST(CamillaDsp, WhatIsNotTakenIsNamedWithItsLine) {
  EXPECT_EQ(NotesOf(ImportFile(kFixtures / "camilladsp/config.yml")),
            "53 loud: Loudness is not taken\n"
            "79 absent: is a filter that is not there\n"
            "80 Processor: is a step that is not taken\n");
}

TEST(CamillaDsp, WordsInTheirPlaceAreNoNumbers) {
  const std::string filter =
      "filters: {a: {type: BiquadCombo, parameters: {type: ButterworthLowpass, freq: 100, order: ";
  for (const char* order : {"many", "1e30", "-1"}) {
    const Imported imported = ImportCamillaDsp(
        filter + order + "}}}\npipeline: [{type: Filter, channel: 0, names: [a]}]\n", "f", ".");
    EXPECT_NE(NotesOf(imported).find("a: "), std::string::npos) << order;
  }
  const Imported imported = ImportCamillaDsp(
      "filters: {}\nmixers: {m: {mapping: [{dest: left, sources: [{channel: 0}]},"
      " {dest: 0, sources: [{channel: right}]}]}}\npipeline: [{type: Mixer, name: m}]\n",
      "f", ".");
  EXPECT_NE(NotesOf(imported).find("m: "), std::string::npos) << NotesOf(imported);
}

TEST(Importers, AResponseIsAPresetOfItsOwn) {
  const test::TempDir folder;
  WriteResponseFile(folder / "room.irs", {44100.0, {{1.0F, 0.5F}, {0.25F, 0.0F}}});
  const Imported imported = ImportFile(folder / "room.irs");
  SaveImported(folder / "saved/room.toml", imported);
  const Preset preset = LoadPreset(folder / "saved/room.toml");
  EXPECT_EQ(preset.convolver_file, (folder / "saved/room.wav").string());
  EXPECT_EQ(preset.values, (std::map<std::size_t, float>{{IndexOf("convolver.enabled"), 1.0F}}));
  const Response read = ReadResponseFile(folder / "saved/room.wav");
  EXPECT_EQ(read.rate_hz, 44100.0);
  EXPECT_EQ(read.channels, (std::vector<std::vector<float>>{{1.0F, 0.5F}, {0.25F, 0.0F}}));
  WriteResponseFile(folder / "three.wav", {48000.0, {{1.0F}, {1.0F}, {1.0F}}});
  EXPECT_THROW(ImportFile(folder / "three.wav"), ConfigError);
}

TEST(Importers, AResponseOfSomebodyElseIsNotWrittenOver) {
  const test::TempDir folder;
  std::ofstream(folder / "a.wav") << "precious";
  const Imported imported = ImportEqualizerApo("GraphicEQ: 20 0; 2000 3\n", "f", ".");
  EXPECT_THROW(SaveImported(folder / "a.toml", imported), ConfigError);
  EXPECT_EQ(ReadFileBytes(folder / "a.wav"), "precious");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.toml"));
}

TEST(Importers, HostileFilesAreRefusedWithTheirNameAndLine) {
  const auto error_of = [](auto import, const std::string& text) -> std::string {
    try {
      import(text, "f", ".", ImportOptions{});
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  const std::string deep_json = "{\"output\":" + std::string(200000, '[');
  const std::string deep_yaml = "filters: " + std::string(100000, '[');
  EXPECT_TRUE(error_of(ImportEasyEffects, deep_json).starts_with("f:1: not JSON"));
  EXPECT_TRUE(error_of(ImportEasyEffects, "{\n\n\"output\": nan}").starts_with("f:3: not JSON"));
  EXPECT_EQ(error_of(ImportEasyEffects, "[1]"),
            "f: is no preset of EasyEffects (it has no \"output\")");
  EXPECT_TRUE(error_of(ImportCamillaDsp, deep_yaml).starts_with("f:1:"))
      << error_of(ImportCamillaDsp, deep_yaml);
  EXPECT_TRUE(error_of(ImportCamillaDsp, "filters:\n  a: b: c\n").starts_with("f:2:"));
  EXPECT_EQ(error_of(ImportCamillaDsp, "a: b"),
            "f: is no configuration of CamillaDSP (it has no filters)");
  EXPECT_NE(error_of(ImportCamillaDsp, std::string("filters:\0", 9)), "");
  EXPECT_NE(error_of(ImportEasyEffects, std::string(2 << 20, ' ')), "");
}

std::string Mutated(std::string text, std::mt19937& random) {
  constexpr auto kPieces = std::to_array<std::string_view>({"\"",
                                                            "{",
                                                            "}",
                                                            "[",
                                                            "]",
                                                            ":",
                                                            ",",
                                                            "\n",
                                                            "  ",
                                                            "-",
                                                            "1e308",
                                                            "-1e-308",
                                                            "nan",
                                                            "null",
                                                            "true",
                                                            "99999999999999999999",
                                                            "*",
                                                            "&a",
                                                            "*a",
                                                            "\xFF",
                                                            "ON ",
                                                            "Fc 0 Hz",
                                                            "Q 1e9",
                                                            "=",
                                                            "+",
                                                            "L",
                                                            "Copy: X=L R=X\n",
                                                            "Channel: all\n",
                                                            "GraphicEQ: 1 1\n"});
  for (auto edits = 1 + random() % 8; edits > 0; --edits) {
    const std::size_t at = random() % (text.size() + 1);
    const std::size_t length = random() % 40;
    switch (random() % 4) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(random() % (text.size() + 1), length));
        break;
      case 2:
        text.insert(at, kPieces[random() % kPieces.size()]);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random() % 256);
        break;
    }
  }
  return text;
}

struct Seed {
  const char* file;
  ImportFormat format;
  int runs;
};

class ImporterFuzz : public testing::TestWithParam<Seed> {};

TEST_P(ImporterFuzz, AMutatedFileIsTakenOrRefusedAndNothingElse) {
  const std::filesystem::path file = kFixtures / GetParam().file;
  const std::string seed = ReadFileBytes(file);
  std::mt19937 random(7);
  int taken = 0;
  for (int i = 0; i < GetParam().runs; ++i) {
    const std::string text = Mutated(seed, random);
    try {
      const auto import = GetParam().format == ImportFormat::kEasyEffects  ? ImportEasyEffects
                          : GetParam().format == ImportFormat::kCamillaDsp ? ImportCamillaDsp
                                                                           : ImportEqualizerApo;
      const Imported imported =
          import(text, "f", file.parent_path(), ImportOptions{.as_biquads = i % 2 == 1});
      ++taken;
      ParamRegistry registry;
      ASSERT_FALSE(registry.Apply(AssignmentsOf(imported.preset))) << text;
      ASSERT_EQ(ParsePreset(PresetText(imported.preset), "p"), imported.preset) << text;
      for (const ImportNote& note : imported.notes) {
        ASSERT_LE(note.line,
                  1U + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')))
            << note.text;
        ASSERT_EQ(note.text.find('\x1B'), std::string::npos);
      }
      if (!imported.response) continue;
      for (const auto& channel : imported.response->channels) {
        for (const float x : channel) ASSERT_TRUE(std::isfinite(x)) << text;
      }
    } catch (const ConfigError& e) {
      ASSERT_TRUE(std::string_view(e.what()).starts_with("f:")) << e.what();
    }
  }
  EXPECT_GT(taken, GetParam().runs / 50);
}

TEST(ResponseFuzz, AMutatedSoundFileIsTakenOrRefusedAndNothingElse) {
  const test::TempDir folder;
  Response response{48000.0, {std::vector<float>(300, 0.25F), std::vector<float>(300, -0.5F)}};
  WriteResponseFile(folder / "seed.wav", response);
  const std::string seed = ReadFileBytes(folder / "seed.wav");
  std::mt19937 random(9);
  int taken = 0;
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = seed;
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      // Of the header, mostly.
      const std::size_t at = random() % (random() % 2 == 0 ? 64 : bytes.size());
      bytes[at] = static_cast<char>(random() % 256);
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    std::ofstream(folder / "f.wav", std::ios::binary) << bytes;
    try {
      const Imported imported = ImportResponse(folder / "f.wav");
      ++taken;
      for (const auto& channel : imported.response->channels) {
        for (const float x : channel) ASSERT_TRUE(std::isfinite(x));
      }
    } catch (const ConfigError& e) {
      ++refused;
      ASSERT_TRUE(std::string_view(e.what()).starts_with((folder / "f.wav").string())) << e.what();
    }
  }
  EXPECT_GT(taken, 100);
  EXPECT_GT(refused, 100);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, ImporterFuzz,
    testing::Values(Seed{"apo/config.txt", ImportFormat::kEqualizerApo, 150},
                    Seed{"apo/shelves.txt", ImportFormat::kEqualizerApo, 1000},
                    Seed{"rew/filters.txt", ImportFormat::kEqualizerApo, 1000},
                    Seed{"autoeq/Example One GraphicEQ.txt", ImportFormat::kEqualizerApo, 100},
                    Seed{"easyeffects/headphones.json", ImportFormat::kEasyEffects, 2000},
                    Seed{"camilladsp/config.yml", ImportFormat::kCamillaDsp, 600}));

}  // namespace
}  // namespace auralis
