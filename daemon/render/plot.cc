#include "daemon/render/plot.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include "config/param_text.h"
#include "daemon/render/new_file.h"
#include "dsp/aligned_floats.h"
#include "dsp/analysis/spectrum.h"
#include "dsp/real_fft.h"

namespace auralis::render {
namespace {

constexpr std::size_t kFramesAMoment = 30;  // readings
constexpr double kFloorDb = -120.0;

bool HasPlotter() {
  const char* const variable = std::getenv("PATH");
  std::istringstream folders(variable != nullptr ? variable : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/gnuplot").c_str(), X_OK) == 0) return true;
  }
  return false;
}

// gnuplot does not tell when the disk was full while it wrote an SVG.
bool EndsAsSvg(const std::filesystem::path& file) {
  constexpr std::string_view kEnd = "</svg>";
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream.tellg();
  std::string tail(static_cast<std::size_t>(std::clamp<std::streamoff>(size, 0, 64)), ' ');
  stream.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
  stream.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  return tail.find(kEnd) != std::string::npos;
}

// In gnuplot's single quotes nothing but themselves means anything.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

double Floored(double db) { return std::isfinite(db) ? std::max(db, kFloorDb) : kFloorDb; }

// Only what is linear, and the delay.
SignalPath::Values EqualizersOnly(SignalPath::Values values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ParamInfo& info = SignalPath::kParams[i];
    const bool kept = info.module == "equalizer" || info.module == "bark" || info.module == "tone";
    if (!kept && info.family.empty() && info.spec.key == "enabled") values[i] = 0.0F;
  }
  values[SignalPath::IndexOf("master", "bypass")] = 0.0F;
  return values;
}

}  // namespace

void RequirePlotter() {
  if (!HasPlotter()) {
    throw NoPlotter("--plot needs gnuplot, which is not there (Debian: apt install gnuplot-nox)");
  }
}

void Plot::Hear(const AnalysisFrame& frame) {
  for (std::size_t band = 0; band < kSpectrumBands; ++band) {
    const auto power = [band](const auto& spectrum_dbfs) {
      return std::pow(10.0, 0.1 * Floored(static_cast<double>(spectrum_dbfs[band])));
    };
    power_before_[band] += power(frame.input.spectrum_dbfs);
    power_after_[band] += power(frame.output.spectrum_dbfs);
  }
  ++frames_;
  float all_db = 0.0F;
  float limiter_db = 0.0F;
  for (std::size_t i = 0; i < frame.gain_reductions_db.size(); ++i) {
    const ReductionInfo& info = ProductChain::kReductions[i];
    const float db = frame.gain_reductions_db[i];
    if (info.module == "limiter") limiter_db = db;
    if (info.band == 0) all_db += db;
  }
  next_.position_frames = frame.position_frames;
  next_.before_lufs = frame.input.short_term_lufs;
  next_.after_lufs = frame.output.short_term_lufs;
  next_.reduction_db = std::max(next_.reduction_db, all_db);
  next_.limiter_db = std::max(next_.limiter_db, limiter_db);
  if (++frames_in_next_ < kFramesAMoment) return;
  moments_.push_back(next_);
  next_ = {};
  frames_in_next_ = 0;
}

std::vector<ResponsePoint> EqualizerCurve(const ChainSetup& setup, double sample_rate_hz) {
  constexpr std::size_t kLength = 65536;
  constexpr float kImpulse = 0.01F;  // far below the limiter
  constexpr std::size_t kPoints = 400;
  const ProcessSpec spec{.sample_rate_hz = sample_rate_hz, .block_frames = setup.block_frames};
  const SignalPath::Values values = EqualizersOnly(setup.registry.Targets());
  auto path = std::make_unique<SignalPath>();
  SignalPath::Designer designer(spec);
  path->Prepare(spec, values);
  path->SetTargets(designer.Design(values));
  path->Reset();
  AlignedFloats left(kLength);
  AlignedFloats right(kLength);
  left[0] = right[0] = kImpulse;
  for (std::size_t at = 0; at < kLength; at += spec.block_frames) {
    path->Process({left.data() + at, right.data() + at, spec.block_frames});
  }
  const RealFft fft(kLength);
  AlignedFloats real(fft.bins());
  AlignedFloats imaginary(fft.bins());
  fft.Forward(left.data(), real.data(), imaginary.data());
  std::vector<ResponsePoint> curve;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double hz = 20.0 * std::pow(1000.0, static_cast<double>(i) / (kPoints - 1));
    const auto bin = static_cast<std::size_t>(std::lround(hz / sample_rate_hz * kLength));
    if (bin + 1 >= fft.bins()) break;
    const double gain =
        std::hypot(static_cast<double>(real[bin]), static_cast<double>(imaginary[bin]));
    curve.push_back({.frequency_hz = hz,
                     .gain_db = Floored(20.0 * std::log10(gain / static_cast<double>(kImpulse)))});
  }
  return curve;
}

std::string Plot::Script(const std::string& title, const ChainSetup& setup, double sample_rate_hz,
                         double length_s) const {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  const auto mean_db = [&](double sum) {
    return Floored(10.0 * std::log10(sum / static_cast<double>(std::max<std::size_t>(1, frames_))));
  };
  out << "$spectrum << EOD\n";
  for (std::size_t band = 0; band < kSpectrumBands; ++band) {
    const double hz = SpectrumBandHz(band);
    if (hz > sample_rate_hz / 2.0) break;
    out << hz << ' ' << mean_db(power_before_[band]) << ' ' << mean_db(power_after_[band]) << '\n';
  }
  out << "EOD\n$curve << EOD\n";
  for (const ResponsePoint& point : EqualizerCurve(setup, sample_rate_hz)) {
    out << point.frequency_hz << ' ' << point.gain_db << '\n';
  }
  out << "EOD\n$time << EOD\n";
  std::vector<Moment> moments = moments_;
  if (frames_in_next_ > 0 || moments.empty()) moments.push_back(next_);
  for (const Moment& one : moments) {
    const double at_s = static_cast<double>(one.position_frames) / sample_rate_hz;
    out << std::min(at_s, length_s) << ' ' << Floored(static_cast<double>(one.before_lufs)) << ' '
        << Floored(static_cast<double>(one.after_lufs)) << ' ' << one.reduction_db << ' '
        << one.limiter_db << '\n';
  }
  out << "EOD\nset multiplot layout 2,2 title " << Quoted(title) << " noenhanced\n"
      << "set grid\nset logscale x\nset xrange [20:20000]\nset xlabel 'Hz'\nset ylabel 'dBFS'\n"
      << "set title 'Spectrum'\n"
      << "plot $spectrum using 1:2 with lines lw 2 title 'before', "
      << "$spectrum using 1:3 with lines lw 2 title 'after'\n"
      << "set title 'Equalizers'\nset ylabel 'dB'\nset yrange [*<-6:6<*]\n"
      << "plot $curve using 1:2 with lines lw 2 notitle\n"
      << "unset logscale x\nset xrange [0:*]\nset xlabel 's'\n"
      << "set title 'Loudness (short-term)'\nset ylabel 'LUFS'\nset yrange [-60<*:0]\n"
      << "plot $time using 1:2 with lines lw 2 title 'before', "
      << "$time using 1:3 with lines lw 2 title 'after'\n"
      << "set title 'Gain reduction'\nset ylabel 'dB'\nset yrange [0:3<*]\n"
      << "plot $time using 1:4 with lines lw 2 title 'all stages', "
      << "$time using 1:5 with lines lw 2 title 'limiter'\n"
      << "unset multiplot\n";
  return out.str();
}

void Plot::Write(const std::filesystem::path& path, bool overwrite, const std::string& title,
                 const ChainSetup& setup, double sample_rate_hz, double length_s) const {
  NewFile file(path, overwrite);
  std::ostringstream script;
  script << "set terminal " << (path.extension() == ".svg" ? "svg" : "pngcairo")
         << " size 1600,1100 noenhanced\nset output " << Quoted(file.written_as().string()) << '\n'
         << Script(Printable(title, 200), setup, sample_rate_hz, length_s) << "unset output\n";
  const std::string text = script.str();
  std::FILE* const gnuplot = popen("gnuplot", "w");
  if (gnuplot == nullptr) throw WriteError(path.string() + ": gnuplot cannot be started");
  const bool told = std::fwrite(text.data(), 1, text.size(), gnuplot) == text.size();
  std::error_code error;
  if (pclose(gnuplot) != 0 || !told || std::filesystem::file_size(file.written_as(), error) == 0 ||
      (path.extension() == ".svg" && !EndsAsSvg(file.written_as()))) {
    throw WriteError(path.string() + ": cannot be written: gnuplot failed");
  }
  file.Commit();
}

}  // namespace auralis::render
