#include <array>
#include <cmath>
#include <cstdio>

#include "config/exporters/equalizer_view.h"

namespace auralis::exporters {
namespace {

std::string Number(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string_view NameOf(FilterType type) {
  switch (type) {
    case FilterType::kLowShelf:
      return "LSC";
    case FilterType::kHighShelf:
      return "HSC";
    case FilterType::kLowPass:
      return "LPQ";
    case FilterType::kHighPass:
      return "HPQ";
    case FilterType::kBandPass:
      return "BP";
    case FilterType::kNotch:
      return "NO";
    case FilterType::kAllPass:
      return "AP";
    default:
      return "PK";
  }
}

bool HasGain(FilterType type) {
  return type == FilterType::kBell || type == FilterType::kLowShelf ||
         type == FilterType::kHighShelf;
}

}  // namespace

Exported EqualizerApoText(View view) {
  std::string text = "# Written by Auralis.\n";
  int channel = 0;
  const auto choose = [&](int wanted) {
    static constexpr std::array<std::string_view, 3> kNames = {"all", "L", "R"};
    if (wanted != channel) {
      text += "Channel: " + std::string(kNames[static_cast<std::size_t>(wanted)]) + "\n";
    }
    channel = wanted;
  };
  text += "Preamp: " + Number(view.preamp_db) + " dB\n";
  for (std::size_t side = 0; side < 2; ++side) {
    if (view.side_gains[side] == 1.0) continue;
    choose(static_cast<int>(side) + 1);
    const double gain_db = 20.0 * std::log10(std::max(view.side_gains[side], 1e-6));
    text += "Preamp: " + Number(gain_db) + " dB\n";
  }
  int number = 0;
  for (const Band& band : view.bands) {
    if (band.first_order) {
      view.notes.emplace_back("a pass of first order cannot be said at " +
                              Number(band.frequency_hz) + " Hz");
      continue;
    }
    choose(band.channel);
    text += "Filter " + std::to_string(++number) + ": ON " + std::string(NameOf(band.type)) +
            " Fc " + Number(band.frequency_hz) + " Hz";
    if (HasGain(band.type)) text += " Gain " + Number(band.gain_db) + " dB";
    text += " Q " + Number(band.q) + "\n";
  }
  choose(0);
  if (!view.response.empty()) text += "Convolution: " + view.response + "\n";
  return {text, view.notes};
}

}  // namespace auralis::exporters
