// auralis-programme: writes the built-in programme to a sound file.

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <vector>

#include "config/version.h"
#include "daemon/option_range.h"
#include "daemon/programme.h"
#include "daemon/sound_file.h"

namespace {

int Main(int argc, char** argv) {
  std::filesystem::path path;
  double seconds = auralis::Programme::kSeconds;
  double sample_rate_hz = 48000.0;
  CLI::App app("auralis-programme: writes Auralis' built-in piece of music to a sound file");
  app.set_version_flag("--version", std::string("auralis-programme ") + auralis::kVersion);
  app.add_option("FILE", path, "Ends in .wav or .flac")->required();
  app.add_option("--seconds", seconds, "Length; it repeats after 32 s")
      ->check(auralis::RangeOfNumbers(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--rate", sample_rate_hz, "Sample rate in Hz")
      ->check(auralis::RangeOfNumbers(8000.0, 384000.0))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? EX_OK : EX_USAGE;
  }
  try {
    auralis::SoundFileWriter writer(path, sample_rate_hz);
    auralis::Programme programme(sample_rate_hz);
    std::vector<float> left(4096);
    std::vector<float> right(4096);
    for (auto rest = static_cast<std::size_t>(seconds * sample_rate_hz); rest > 0;) {
      const std::size_t frames = std::min(rest, left.size());
      programme.Render(left.data(), right.data(), frames);
      writer.Write(left.data(), right.data(), frames);
      rest -= frames;
    }
    writer.Close();
  } catch (const auralis::FileError& e) {
    std::fprintf(stderr, "auralis-programme: %s\n", e.what());
    return EX_DATAERR;
  }
  return EX_OK;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "auralis-programme: internal error: %s\n", e.what());
    return EX_SOFTWARE;
  }
}
