#include "dsp/equal_loudness.h"

#include <cmath>

namespace auralis {
namespace {

// ISO 226:2003, table 1: exponent of loudness perception, magnitude of the linear transfer function
// normalized at 1 kHz in dB, threshold of hearing in dB.
struct Row {
  double alpha, transfer_db, threshold_db;
};
constexpr std::array<Row, kContourHz.size()> kRows = {{
    {0.532, -31.6, 78.5}, {0.506, -27.2, 68.7}, {0.480, -23.0, 59.5}, {0.455, -19.1, 51.1},
    {0.432, -15.9, 44.0}, {0.409, -13.0, 37.5}, {0.387, -10.3, 31.5}, {0.367, -8.1, 26.5},
    {0.349, -6.2, 22.1},  {0.330, -4.5, 17.9},  {0.315, -3.1, 14.4},  {0.301, -2.0, 11.4},
    {0.288, -1.1, 8.6},   {0.276, -0.4, 6.2},   {0.267, 0.0, 4.4},    {0.259, 0.3, 3.0},
    {0.253, 0.5, 2.2},    {0.250, 0.0, 2.4},    {0.246, -2.7, 3.5},   {0.244, -4.1, 1.7},
    {0.243, -1.0, -1.3},  {0.243, 1.7, -4.2},   {0.243, 2.5, -6.0},   {0.242, 1.2, -5.4},
    {0.242, -2.1, -1.5},  {0.245, -7.1, 6.0},   {0.254, -11.2, 12.6}, {0.271, -10.7, 13.9},
    {0.301, -3.1, 12.3},
}};

}  // namespace

double EqualLoudnessDb(std::size_t i, double phon) noexcept {
  const auto [alpha, transfer_db, threshold_db] = kRows[i];
  const double intensity =
      4.47e-3 * (std::pow(10.0, 0.025 * phon) - 1.15) +
      std::pow(0.4 * std::pow(10.0, (threshold_db + transfer_db) / 10.0 - 9.0), alpha);
  return 10.0 / alpha * std::log10(intensity) - transfer_db + 94.0;
}

}  // namespace auralis
