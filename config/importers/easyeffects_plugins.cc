// What the numbers of EasyEffects' plug-ins mean in ours.

#include <algorithm>
#include <array>
#include <cmath>

#include "config/importers/easyeffects.h"
#include "config/param_text.h"

namespace auralis::easyeffects {
namespace {

constexpr double kSilenceDb = -80.0;  // what "dry" stands at to be off, or below

// LSP's times are those in which 1 - 1/sqrt(2) of the way is left, ours in which 1/e is.
double OurTime(double lsp_ms) { return lsp_ms / -std::log(1.0 - std::sqrt(0.5)); }

// LSP's knee is how far the bend goes to each side of the threshold, as a gain below 0 dB.
double OurKnee(double lsp_db) { return 2.0 * std::abs(lsp_db); }

void NoteGains(const Plugin& plugin) {
  for (const char* key : {"input-gain", "output-gain"}) {
    if (plugin.Number(key, 0.0) != 0.0) plugin.Note(key, "is not taken");
  }
}

void NoteUnless(const Plugin& plugin, const std::string& key, const std::string& usual) {
  const std::string text = plugin.Text(key, usual);
  if (text != usual) plugin.Note(key, text + " is not taken (but " + usual + ")");
}

// Which of our detectors a mode of LSP's side-chain is, and over which time.
void TakeDetector(const Plugin& plugin, const std::string& module, const std::string& mode,
                  double reactivity_ms, const std::string& key) {
  plugin.Set(module + ".detector", mode == "Peak" ? 0.0 : 1.0);
  if (mode != "Peak") plugin.Set(module + ".rms_time", reactivity_ms, "reactivity");
  if (mode != "Peak" && mode != "RMS") {
    plugin.Note(key, mode + " is taken as RMS, which is near");
  }
}

// Q of the cookbook for LSP's filters of mode "RLC", whose prototypes are
// (s^2 + t s + 1) / (s^2 + b s + 1) with t = 2 sqrt(1 + g^2) / (1 + 2 Q) and b = t / g for bells,
// and damping 2 / (1 + Q) for shelves and passes.
double CookbookQ(FilterType type, double q, double gain_db) {
  if (type != FilterType::kBell) return 0.5 * (1.0 + q);
  const double gain = std::pow(10.0, gain_db / 20.0);
  return std::sqrt(gain) * (1.0 + 2.0 * q) / (2.0 * std::sqrt(1.0 + gain * gain));
}

struct BandType {
  std::string_view name;
  FilterType type;
};
constexpr auto kBandTypes = std::to_array<BandType>({{"Bell", FilterType::kBell},
                                                     {"Hi-pass", FilterType::kHighPass},
                                                     {"Lo-pass", FilterType::kLowPass},
                                                     {"Hi-shelf", FilterType::kHighShelf},
                                                     {"Lo-shelf", FilterType::kLowShelf},
                                                     {"Notch", FilterType::kNotch},
                                                     {"Bandpass", FilterType::kBandPass},
                                                     {"Allpass", FilterType::kAllPass}});

// One band of one channel; what it says that is not taken is noted.
std::optional<LinearFilter> BandOf(const Plugin& band) {
  const std::string type = band.Text("type", "Bell");
  if (type == "Off" || band.Truth("mute", false)) return std::nullopt;
  if (band.Truth("solo", false)) band.Note("solo", "is not taken: all bands are heard");
  const auto* const known = std::find_if(kBandTypes.begin(), kBandTypes.end(),
                                         [&](const BandType& one) { return one.name == type; });
  if (known == kBandTypes.end()) {
    band.Note("type", type + " is a type that the equalizer does not have");
    return std::nullopt;
  }
  LinearFilter filter{.type = known->type,
                      .frequency_hz = band.Number("frequency", 1000.0),
                      .gain_db = band.Number("gain", 0.0),
                      .q = band.Number("q", 4.36)};
  const std::string mode = band.Text("mode", "RLC (BT)");
  const bool cookbook = mode == "APO (DR)";
  if (!cookbook && (filter.type == FilterType::kBandPass || filter.type == FilterType::kAllPass)) {
    band.Note("type", type + " of mode " + mode + " is not taken");
    return std::nullopt;
  }
  if (!cookbook && mode != "RLC (BT)" && mode != "RLC (MT)") {
    band.Note("mode", mode + " is taken as APO (DR), which is near");
  } else if (!cookbook) {
    filter.q = CookbookQ(filter.type, filter.q, filter.gain_db);
  }
  if (!cookbook && band.Text("slope", "x1") != "x1") {
    band.Note("slope", band.Text("slope", "x1") + " is taken as x1");
  }
  if (!(filter.frequency_hz >= 1.0) || !(filter.q > 1e-3) || std::abs(filter.gain_db) > 100.0) {
    band.Note("", "is no band that can be");
    return std::nullopt;
  }
  return filter;
}

bool Same(const std::optional<LinearFilter>& a, const std::optional<LinearFilter>& b) {
  if (!a || !b) return !a && !b;
  return a->type == b->type && a->frequency_hz == b->frequency_hz && a->gain_db == b->gain_db &&
         a->q == b->q;
}

}  // namespace

void TakeEqualizer(const Plugin& plugin) {
  LinearChain& linear = plugin.context().linear;
  const bool split = plugin.Truth("split-channels", false);
  const auto bands = static_cast<int>(std::clamp(plugin.Number("num-bands", 32.0), 0.0, 32.0));
  const Plugin left = plugin.Table("left");
  const Plugin right = plugin.Table("right");
  for (int i = 0; i < bands; ++i) {
    const std::string name = "band" + std::to_string(i);
    const std::optional<LinearFilter> one =
        left.HasTable(name) ? BandOf(left.Table(name)) : std::nullopt;
    const std::optional<LinearFilter> other =
        split && right.HasTable(name) ? BandOf(right.Table(name)) : std::nullopt;
    if (!split || Same(one, other)) {
      if (one) linear.Filter({"L", "R"}, *one);
      continue;
    }
    if (one) linear.Filter({"L"}, *one);
    if (other) linear.Filter({"R"}, *other);
  }
  const double gain_db = plugin.Number("input-gain", 0.0) + plugin.Number("output-gain", 0.0);
  linear.Gain({"L", "R"}, std::clamp(gain_db, -100.0, 100.0));
  for (const char* key : {"balance", "pitch-left", "pitch-right"}) {
    if (plugin.Number(key, 0.0) != 0.0) plugin.Note(key, "is not taken");
  }
}

void TakeCompressor(const Plugin& plugin) {
  const std::string mode = plugin.Text("mode", "Downward");
  if (mode != "Downward") return plugin.Note("mode", mode + " is not taken");
  const Plugin sidechain = plugin.Table("sidechain");
  const double in_db = plugin.Number("input-gain", 0.0);
  double makeup_db = plugin.Number("makeup", 0.0) + in_db + plugin.Number("output-gain", 0.0);
  if (plugin.Number("dry", -100.0) <= kSilenceDb) {
    makeup_db += plugin.Number("wet", 0.0);
  } else {
    plugin.Note("dry", "is not taken: only the compressed signal is heard");
  }
  plugin.Set("compressor.enabled", 1.0);
  plugin.Set("compressor.threshold",
             plugin.Number("threshold", -12.0) - in_db - sidechain.Number("preamp", 0.0),
             "threshold");
  plugin.Set("compressor.ratio", plugin.Number("ratio", 4.0), "ratio");
  plugin.Set("compressor.knee", OurKnee(plugin.Number("knee", -6.0)), "knee");
  plugin.Set("compressor.attack", OurTime(plugin.Number("attack", 20.0)), "attack");
  plugin.Set("compressor.release", OurTime(plugin.Number("release", 100.0)), "release");
  plugin.Set("compressor.makeup", makeup_db, "makeup");
  plugin.Set("compressor.lookahead", sidechain.Number("lookahead", 0.0), "lookahead");
  TakeDetector(plugin, "compressor", sidechain.Text("mode", "RMS"),
               sidechain.Number("reactivity", 10.0), "sidechain");
  const std::string highpass = plugin.Text("hpf-mode", "Off");
  const bool off = highpass == "Off" || highpass == "off";
  plugin.Set("compressor.sidechain_highpass", off ? 10.0 : plugin.Number("hpf-frequency", 10.0),
             "hpf-frequency");
  if (!off && highpass != "12 dB/oct") plugin.Note("hpf-mode", highpass + " is taken as 12 dB/oct");
  const std::string lowpass = plugin.Text("lpf-mode", "Off");
  if (lowpass != "Off" && lowpass != "off") plugin.Note("lpf-mode", "is not taken");
  NoteUnless(sidechain, "type", "Feed-forward");
  NoteUnless(sidechain, "source", "Middle");
}

namespace {

struct Band {
  Plugin settings;
  double from_hz;
};

void TakeBand(const Band& band, std::size_t number) {
  const std::string ours = "multiband.band" + std::to_string(number) + ".";
  const Plugin& one = band.settings;
  const bool downward = one.Text("compression-mode", "Downward") == "Downward";
  if (!downward) one.Note("compression-mode", "is not taken: the band passes as it is");
  one.Set(ours + "enabled", one.Truth("compressor-enable", true) && downward ? 1.0 : 0.0);
  one.Set(ours + "threshold",
          one.Number("attack-threshold", -12.0) - one.Number("sidechain-preamp", 0.0),
          "attack-threshold");
  one.Set(ours + "ratio", one.Number("ratio", 4.0), "ratio");
  one.Set(ours + "knee", OurKnee(one.Number("knee", -6.0)), "knee");
  one.Set(ours + "attack", OurTime(one.Number("attack-time", 20.0)), "attack-time");
  one.Set(ours + "release", OurTime(one.Number("release-time", 100.0)), "release-time");
  one.Set(ours + "gain", one.Number("makeup", 0.0), "makeup");
  one.Set(ours + "solo", one.Truth("solo", false) ? 1.0 : 0.0);
  one.Set(ours + "mute", one.Truth("mute", false) ? 1.0 : 0.0);
}

}  // namespace

void TakeMultiband(const Plugin& plugin) {
  constexpr std::array<double, 8> kSplitsHz = {0, 500, 1000, 2000, 4000, 8000, 12000, 16000};
  constexpr std::size_t kMostBands = 6;
  std::vector<Band> bands;
  for (std::size_t i = 0; i < kSplitsHz.size(); ++i) {
    const std::string name = "band" + std::to_string(i);
    const Plugin one = plugin.Table(name);
    // Bands 2 and up are off where nothing says that they are on.
    if (i > 0 && !one.Truth("enable-band", i == 1)) continue;
    bands.push_back({one, i == 0 ? 0.0 : one.Number("split-frequency", kSplitsHz[i])});
  }
  std::stable_sort(bands.begin(), bands.end(),
                   [](const Band& a, const Band& b) { return a.from_hz < b.from_hz; });
  if (bands.size() < 2 || bands.size() > kMostBands) {
    return plugin.Note("", "is not taken: it has " + std::to_string(bands.size()) +
                               " bands, and there are 2 to 6");
  }
  plugin.Set("multiband.enabled", 1.0);
  plugin.Set("multiband.bands", static_cast<double>(bands.size()));
  const Plugin& first = bands[0].settings;
  const std::string mode = first.Text("sidechain-mode", "RMS");
  TakeDetector(plugin, "multiband", mode, first.Number("sidechain-reactivity", 10.0), "band0");
  plugin.Set("multiband.lookahead", first.Number("sidechain-lookahead", 0.0), "band0");
  for (std::size_t i = 0; i < bands.size(); ++i) {
    if (i > 0) {
      plugin.Set("multiband.crossover" + std::to_string(i), bands[i].from_hz, "split-frequency");
    }
    TakeBand(bands[i], i + 1);
    if (bands[i].settings.Text("sidechain-mode", "RMS") != mode) {
      bands[i].settings.Note("sidechain-mode", "is not taken: all bands have the first one's");
    }
  }
  NoteGains(plugin);
}

void TakeLimiter(const Plugin& plugin) {
  const double threshold_db = plugin.Number("threshold", 0.0);
  plugin.Set("limiter.ceiling", threshold_db, "threshold");
  plugin.Set("limiter.lookahead", plugin.Number("lookahead", 5.0), "lookahead");
  plugin.Set("limiter.release", OurTime(plugin.Number("release", 5.0)), "release");
  plugin.Set("limiter.adaptive_release", 0.0);
  if (threshold_db != 0.0 && plugin.Truth("gain-boost", true)) {
    plugin.Note("gain-boost", "is not taken: the level stays below the threshold");
  }
  if (plugin.Truth("alr", false)) plugin.Note("alr", "is not taken");
  NoteGains(plugin);
}

void TakeBassEnhancer(const Plugin& plugin) {
  const double gain = std::pow(10.0, std::min(plugin.Number("amount", 0.0), 60.0) / 20.0);
  plugin.Set("bass.enabled", 1.0);
  plugin.Set("bass.amount", std::min(1.0, 0.5 * gain));
  plugin.Set("bass.frequency", plugin.Number("scope", 100.0), "scope");
  plugin.Note("amount", "is an estimate: harmonics are made in another way");
  if (plugin.Truth("floor-active", false)) plugin.Note("floor", "is not taken");
  NoteGains(plugin);
}

void TakeExciter(const Plugin& plugin) {
  const double gain = std::pow(10.0, std::min(plugin.Number("amount", 0.0), 60.0) / 20.0);
  plugin.Set("exciter.enabled", 1.0);
  plugin.Set("exciter.amount", std::min(1.0, 0.5 * gain));
  plugin.Set("exciter.frequency", plugin.Number("scope", 7500.0), "scope");
  plugin.Note("amount", "is an estimate: harmonics are made in another way");
  if (plugin.Truth("ceil-active", false)) plugin.Note("ceil", "is not taken");
  NoteGains(plugin);
}

void TakeCrossfeed(const Plugin& plugin) {
  plugin.Set("crossfeed.enabled", 1.0);
  plugin.Set("crossfeed.model", 3.0);  // custom
  plugin.Set("crossfeed.frequency", plugin.Number("fcut", 700.0), "fcut");
  plugin.Set("crossfeed.feed", plugin.Number("feed", 4.5), "feed");
  NoteGains(plugin);
}

void TakeStereoTools(const Plugin& plugin) {
  NoteUnless(plugin, "mode", "LR > LR (Stereo Default)");
  const double side_db = std::clamp(plugin.Number("side-level", 0.0), -200.0, 200.0);
  plugin.Set("stereo.width", 0.5 * std::pow(10.0, side_db / 20.0), "side-level");
  plugin.Set("stereo.balance", plugin.Number("balance-out", 0.0), "balance-out");
  for (const char* key : {"balance-in", "middle-level", "middle-panorama", "side-balance",
                          "stereo-base", "delay", "stereo-phase"}) {
    if (plugin.Number(key, 0.0) != 0.0) plugin.Note(key, "is not taken");
  }
  for (const char* key : {"softclip", "mutel", "muter", "phasel", "phaser"}) {
    if (plugin.Truth(key, false)) plugin.Note(key, "is not taken");
  }
  NoteGains(plugin);
}

void TakeConvolver(const Plugin& plugin) {
  const std::string name = plugin.Text("kernel-name", "");
  std::string path = plugin.Text("kernel-path", "");
  if (name.empty() && path.empty()) return plugin.Note("", "names no kernel");
  const std::filesystem::path& folder = plugin.context().folder;
  std::vector<std::filesystem::path> places;
  if (!path.empty()) places.emplace_back(path);
  if (name.find('/') == std::string::npos && name.find('\0') == std::string::npos) {
    for (const char* where : {".", "irs", "../irs"}) {
      for (const char* ending : {".irs", ".wav"})
        places.push_back(folder / where / (name + ending));
    }
  }
  std::error_code ignored;
  const auto found = std::find_if(places.begin(), places.end(), [&](const auto& place) {
    return std::filesystem::is_regular_file(place, ignored);
  });
  if (found == places.end()) {
    return plugin.Note("kernel-name", (name.empty() ? path : name) +
                                          " is not there (looked for as .irs and .wav beside the "
                                          "preset, and in irs)");
  }
  plugin.context().preset.convolver_file =
      std::filesystem::absolute(*found).lexically_normal().string();
  plugin.Set("convolver.enabled", 1.0);
  plugin.Set("convolver.normalize", plugin.Truth("autogain", true) ? 1.0 : 0.0);
  double gain_db = plugin.Number("input-gain", 0.0) + plugin.Number("output-gain", 0.0);
  if (plugin.Number("dry", -100.0) <= kSilenceDb) {
    gain_db += plugin.Number("wet", 0.0);
  } else {
    plugin.Note("dry", "is not taken: only the convolved signal is heard");
  }
  plugin.Set("convolver.gain", gain_db, "output-gain");
  if (plugin.Number("ir-width", 100.0) != 100.0) plugin.Note("ir-width", "is not taken");
}

void TakeLoudness(const Plugin& plugin) {
  plugin.Set("loudness.enabled", 1.0);
  plugin.Set("loudness.volume", std::min(0.0, plugin.Number("volume", 0.0)), "volume");
  plugin.Note("std", "its curve is taken as that of ISO 226:2003 below 80 dB");
  NoteGains(plugin);
}

void TakeAutogain(const Plugin& plugin) {
  plugin.Set("leveler.enabled", 1.0);
  plugin.Set("leveler.target", plugin.Number("target", -23.0), "target");
  if (plugin.Number("maximum-history", 15.0) != 15.0) {
    plugin.Note("maximum-history", "is not taken: the leveler has a speed of its own");
  }
  NoteGains(plugin);
}

}  // namespace auralis::easyeffects
