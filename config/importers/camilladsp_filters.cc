#include "config/importers/camilladsp_filters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <sstream>

#include "config/importers/response_file.h"
#include "config/importers/text_scan.h"
#include "config/param_text.h"
#include "config/text_file.h"

namespace auralis::camilladsp {
namespace {

const std::map<std::string, FilterType>& Types() {
  static const std::map<std::string, FilterType> kTypes = {
      {"Peaking", FilterType::kBell},        {"Lowshelf", FilterType::kLowShelf},
      {"Highshelf", FilterType::kHighShelf}, {"Lowpass", FilterType::kLowPass},
      {"Highpass", FilterType::kHighPass},   {"Notch", FilterType::kNotch},
      {"Bandpass", FilterType::kBandPass},   {"Allpass", FilterType::kAllPass}};
  return kTypes;
}

// Coefficients in z of (b2 s^2 + b1 s + b0) / (a2 s^2 + a1 s + a0), s relative to the frequency
// whose tan(pi f / rate) is `g`: the bilinear transform.
std::pair<std::vector<double>, std::vector<double>> Bilinear(const std::array<double, 3>& b,
                                                             const std::array<double, 3>& a,
                                                             double g) {
  const auto transform = [g](const std::array<double, 3>& p) {
    const double c2 = p[2];
    const double c1 = p[1] * g;
    const double c0 = p[0] * g * g;
    return std::vector<double>{c2 + c1 + c0, 2.0 * (c0 - c2), c2 - c1 + c0};
  };
  return {transform(b), transform(a)};
}

}  // namespace

void FilterReader::Take() {
  const std::string type = TextOf(node, "type");
  YAML::Node parameters = Child(node, "parameters");
  if (!parameters.IsMap()) parameters = YAML::Node(YAML::NodeType::Map);
  if (type == "Biquad") return Biquad(parameters);
  if (type == "BiquadCombo") return Combination(parameters);
  if (type == "Gain") return Gain(parameters);
  if (type == "Delay") return Delay(parameters);
  if (type == "Conv") return Convolution(parameters);
  if (type == "Dither") return note("Dither is not needed: the output is not reduced to few bits");
  note((type.empty() ? "what has no type" : type) + " is not taken");
}

void FilterReader::Add(LinearFilter filter) {
  const bool sound = filter.frequency_hz > 0.0 && filter.frequency_hz < 400000.0 &&
                     std::abs(filter.gain_db) <= 200.0 && filter.q > 1e-4 && filter.q < 1e4;
  if (!sound) return note("its numbers make no filter");
  chain.Filter(channels, filter);
}

void FilterReader::Gain(const YAML::Node& parameters) {
  const double gain = NumberOf(parameters, "gain", 0.0);
  const bool is_linear = TextOf(parameters, "scale") == "linear";
  if (!(std::abs(gain) <= (is_linear ? 10.0 : 150.0))) return note("its gain is none");
  if (Truth(parameters, "mute", false) || (is_linear && gain == 0.0)) {
    return chain.Silence(channels);
  }
  chain.Gain(channels, is_linear ? 20.0 * std::log10(std::abs(gain)) : gain);
  const bool turned = is_linear && gain < 0.0;
  if (Truth(parameters, "inverted", false) != turned) chain.Invert(channels);
}

void FilterReader::Delay(const YAML::Node& parameters) {
  const double delay = NumberOf(parameters, "delay", 0.0);
  const std::string unit = TextOf(parameters, "unit");
  double seconds = delay / 1000.0;
  if (unit == "us") seconds = delay / 1e6;
  if (unit == "mm") seconds = delay / 1000.0 / 343.0;
  if (unit == "samples") seconds = delay / chain.rate_hz();
  if (!(seconds >= 0.0 && seconds <= 1.0)) return note("its delay is none from 0 to 1 s");
  if (Truth(parameters, "subsample", false)) note("its delay is rounded to a sample");
  chain.Delay(channels, seconds);
}

void FilterReader::Biquad(const YAML::Node& parameters) {
  const std::string type = TextOf(parameters, "type");
  const double frequency_hz = NumberOf(parameters, "freq", 0.0);
  const double gain_db = NumberOf(parameters, "gain", 0.0);
  if (type == "Free") {
    const auto at = [&](const char* key) { return NumberOf(parameters, key, 0.0); };
    if (!chain.Recur(channels, {at("b0"), at("b1"), at("b2")}, {1.0, at("a1"), at("a2")})) {
      note("its coefficients make no stable filter");
    }
    return;
  }
  if (type.ends_with("FO")) return FirstOrder(type, frequency_hz, gain_db);
  if (type == "LinkwitzTransform") return LinkwitzTransform(parameters);
  const auto known = Types().find(type);
  if (known == Types().end()) return note(type + " is a type that is not taken");
  LinearFilter filter{.type = known->second, .frequency_hz = frequency_hz, .gain_db = gain_db};
  const double octaves = NumberOf(parameters, "bandwidth", 0.0);
  const double slope_db = NumberOf(parameters, "slope", 0.0);
  filter.q = NumberOf(parameters, "q", 0.0);
  if (octaves != 0.0) filter.q = QOfBandwidth(octaves);
  if (slope_db != 0.0) filter.q = QOfSlope(slope_db / 12.0, gain_db);
  Add(filter);
}

void FilterReader::FirstOrder(const std::string& type, double frequency_hz, double gain_db) {
  const double gain = std::pow(10.0, std::clamp(gain_db, -200.0, 200.0) / 20.0);
  const double root = std::sqrt(gain);
  if (!(frequency_hz > 0.0 && frequency_hz < 0.5 * chain.rate_hz())) {
    return note("its frequency is none below half the rate");
  }
  if (type == "LowpassFO" || type == "HighpassFO") {
    return Add({.type = type == "LowpassFO" ? FilterType::kLowPass : FilterType::kHighPass,
                .frequency_hz = frequency_hz,
                .slope = FilterSlope::k6});
  }
  const double g = std::tan(std::numbers::pi * frequency_hz / chain.rate_hz());
  const auto recur = [&](double b0, double b1, double a0, double a1) {
    const auto [b, a] = Bilinear({b0, b1, 0.0}, {a0, a1, 0.0}, g);
    // One root of each lies at z = -1, and cancels.
    if (!chain.Recur(channels, {b[0], b[2]}, {a[0], a[2]})) {
      note("its numbers make no filter");
    }
  };
  if (type == "LowshelfFO") return recur(gain, root, 1.0, root);
  if (type == "HighshelfFO") return recur(root, gain, root, 1.0);
  if (type == "AllpassFO") return recur(1.0, -1.0, 1.0, 1.0);
  note(type + " is a type that is not taken");
}

// A box that plays as freq_act and q_act say is to play as freq_target and q_target say.
void FilterReader::LinkwitzTransform(const YAML::Node& parameters) {
  const double f0 = NumberOf(parameters, "freq_act", 0.0);
  const double q0 = NumberOf(parameters, "q_act", 0.0);
  const double fp = NumberOf(parameters, "freq_target", 0.0);
  const double qp = NumberOf(parameters, "q_target", 0.0);
  const double half_hz = 0.5 * chain.rate_hz();
  if (!(f0 > 0.0 && f0 < half_hz && fp > 0.0 && fp < half_hz && q0 > 0.0 && qp > 0.0)) {
    return note("its numbers make no filter");
  }
  const double g = std::numbers::pi / chain.rate_hz();  // s in Hz: both corners lie far below
  const auto [b, a] = Bilinear({f0 * f0, f0 / q0, 1.0}, {fp * fp, fp / qp, 1.0}, g);
  if (!chain.Recur(channels, b, a)) note("its numbers make no stable filter");
}

void FilterReader::Combination(const YAML::Node& parameters) {
  const std::string type = TextOf(parameters, "type");
  const double frequency_hz = NumberOf(parameters, "freq", 0.0);
  const double order = NumberOf(parameters, "order", 0.0);
  if (type == "ButterworthLowpass") return Pass(false, false, frequency_hz, order);
  if (type == "ButterworthHighpass") return Pass(true, false, frequency_hz, order);
  if (type == "LinkwitzRileyLowpass") return Pass(false, true, frequency_hz, order);
  if (type == "LinkwitzRileyHighpass") return Pass(true, true, frequency_hz, order);
  if (type == "GraphicEqualizer") return Graphic(parameters);
  if (type != "FivePointPeq") return note(type + " is a type that is not taken");
  const auto add = [&](FilterType kind, const std::string& name) {
    Add({.type = kind,
         .frequency_hz = NumberOf(parameters, ("f" + name).c_str(), 0.0),
         .gain_db = NumberOf(parameters, ("g" + name).c_str(), 0.0),
         .q = NumberOf(parameters, ("q" + name).c_str(), 0.0)});
  };
  add(FilterType::kLowShelf, "ls");
  for (const char* name : {"p1", "p2", "p3"}) add(FilterType::kBell, name);
  add(FilterType::kHighShelf, "hs");
}

// Of the orders that a band can have, one band; of the others sections of second order.
void FilterReader::Pass(bool high, bool riley, double frequency_hz, double order) {
  const FilterType type = high ? FilterType::kHighPass : FilterType::kLowPass;
  const int n = order >= 1.0 && order <= 32.0 ? static_cast<int>(order) : 0;
  if (n == 0 || order != n || (riley && n % 2 != 0)) {
    return note("its order is none");
  }
  static const std::map<int, FilterSlope> kButterworth = {
      {1, FilterSlope::k6},  {2, FilterSlope::k12}, {3, FilterSlope::k18},  {4, FilterSlope::k24},
      {6, FilterSlope::k36}, {8, FilterSlope::k48}, {12, FilterSlope::k72}, {16, FilterSlope::k96}};
  static const std::map<int, FilterSlope> kRiley = {{2, FilterSlope::kLr12},
                                                    {4, FilterSlope::kLr24},
                                                    {8, FilterSlope::kLr48},
                                                    {16, FilterSlope::kLr96}};
  const auto& slopes = riley ? kRiley : kButterworth;
  if (const auto slope = slopes.find(n); slope != slopes.end()) {
    return Add({.type = type, .frequency_hz = frequency_hz, .slope = slope->second});
  }
  const int half = riley ? n / 2 : n;  // Linkwitz-Riley is Butterworth twice
  for (int repeat = 0; repeat < (riley ? 2 : 1); ++repeat) {
    for (int pair = 0; pair < half / 2; ++pair) {
      const double angle = std::numbers::pi * (2 * pair + 1) / (2.0 * half);
      Add({.type = type, .frequency_hz = frequency_hz, .q = 0.5 / std::sin(angle)});
    }
    if (half % 2 != 0) {
      Add({.type = type, .frequency_hz = frequency_hz, .slope = FilterSlope::k6});
    }
  }
}

// Bells side by side, each as wide as it is from one to the next.
void FilterReader::Graphic(const YAML::Node& parameters) {
  const YAML::Node gains = Child(parameters, "gains");
  const double bottom = NumberOf(parameters, "freq_min", 20.0);
  const double top = NumberOf(parameters, "freq_max", 20000.0);
  constexpr std::size_t kMostGains = 64;
  if (!gains.IsSequence() || gains.size() == 0 || gains.size() > kMostGains ||
      !(bottom > 0.0 && top > bottom)) {
    return note("its gains or frequencies are none");
  }
  const double octaves = std::log2(top / bottom) / static_cast<double>(gains.size());
  for (std::size_t i = 0; i < gains.size(); ++i) {
    const double gain_db = gains[i].IsScalar() ? NumberIn(gains[i].Scalar()).value_or(1e9) : 1e9;
    Add({.type = FilterType::kBell,
         .frequency_hz = bottom * std::exp2((static_cast<double>(i) + 0.5) * octaves),
         .gain_db = gain_db,
         .q = QOfBandwidth(octaves)});
  }
}

void FilterReader::Convolution(const YAML::Node& parameters) {
  const std::string type = TextOf(parameters, "type");
  const auto most_taps = static_cast<std::size_t>(10.0 * chain.rate_hz());
  std::vector<double> taps;
  if (type == "Dummy") return;
  if (type == "Values") {
    const YAML::Node values = Child(parameters, "values");
    if (!values.IsSequence() || values.size() == 0) return note("has no values");
    for (const YAML::Node& value : values) {
      const auto number = value.IsScalar() ? NumberIn(value.Scalar()) : std::nullopt;
      if (!number) return note("has a value that is no number");
      if (taps.size() >= most_taps) return note("has more values than 10 s take");
      taps.push_back(*number);
    }
    chain.Convolve(channels, taps);
    return;
  }
  const std::string name = TextOf(parameters, "filename");
  if (name.find('$') != std::string::npos)
    return note(name + " has tokens in it, and is not taken");
  try {
    if (type == "Wav") {
      const Response response = ReadResponseFile(folder / name);
      const double channel = NumberOf(parameters, "channel", 0.0);
      if (!(channel >= 0.0 && channel < static_cast<double>(response.channels.size()))) {
        return note("names a channel that the file does not have");
      }
      const auto& samples = response.channels[static_cast<std::size_t>(channel)];
      taps.assign(samples.begin(), samples.end());  // whatever its rate: so does CamillaDSP
    } else if (const std::string format = TextOf(parameters, "format");
               type == "Raw" && (format.empty() || format == "TEXT")) {
      const std::string text = ReadFileBytes(folder / name, 16 * kMaxTextFileBytes);
      for (const std::string& word : WordsOf(text, " \t\r\n")) {
        const auto number = NumberIn(word);
        if (!number || taps.size() >= most_taps)
          return note(name + " has a line that is no number");
        taps.push_back(*number);
      }
    } else {
      return note(type + " " + format + " is a kind of response that is not taken");
    }
  } catch (const ConfigError& e) {
    return note(e.what());
  }
  if (taps.empty()) return note("has no values");
  chain.Convolve(channels, taps);
}

}  // namespace auralis::camilladsp
