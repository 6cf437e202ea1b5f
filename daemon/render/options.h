#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/options.h"
#include "daemon/render/render_file.h"

namespace auralis::render {

// What the command line of auralis-render says.
struct RenderOptions {
  Options daemon;  // config, preset, block, simd: as auralisd takes them
  std::vector<std::string> set;
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::filesystem::path out_dir;
  std::string format;  // wav, flac, opus; "" as the input
  std::string bits;    // 16, 24, 32f; "" as the input
  bool overwrite = false;
  bool stereo = false;
  std::string raw_in;
  std::string raw_out;
  std::optional<double> normalize_lufs;
  std::size_t jobs = 0;  // 0: one a core
  std::filesystem::path compare;
  std::filesystem::path plot;
  bool json = false;
  bool quiet = false;
};

struct ParsedRenderOptions {
  RenderOptions options;
  std::optional<int> exit_code;  // there is nothing left to do
};
ParsedRenderOptions ParseRenderOptions(int argc, const char* const* argv);

// Options that do not fit together, or do not fit the files.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One for each input, with the output's name worked out. Throws UsageError, WriteError.
std::vector<Job> JobsFor(const RenderOptions& options);
// "RATE:CHANNELS:FORMAT". Throws UsageError.
RawFormat ParseRawFormat(const std::string& text);

}  // namespace auralis::render
