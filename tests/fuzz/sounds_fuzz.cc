// Sound files: played to their end, or loaded as a response, or refused with a FileError.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/impulse_response_file.h"
#include "daemon/sound_file.h"

namespace {

// A file that says it is an hour long is not read for an hour.
constexpr std::size_t kMostReads = 64;

void Play(const std::string& path) {
  auralis::SoundFileReader reader(path);
  std::array<float, 256> left{};
  std::array<float, 256> right{};
  for (std::size_t i = 0; i < kMostReads; ++i) {
    if (reader.Read(left.data(), right.data(), left.size()) > left.size()) std::abort();
  }
}

void Load(const std::string& path) {
  const auralis::LoadedResponse loaded = auralis::LoadImpulseResponse(path, 48000.0);
  for (const auto& one : loaded.response->paths) {
    for (const float v : one) {
      if (!std::isfinite(v)) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int kFile = memfd_create("fuzz", 0);
  static const std::string kPath = "/proc/self/fd/" + std::to_string(kFile);
  if (ftruncate(kFile, 0) != 0 || pwrite(kFile, data, size, 0) != static_cast<ssize_t>(size))
    return 0;
  for (const auto& act : {Play, Load}) {
    try {
      act(kPath);
    } catch (const auralis::FileError&) {  // that is an answer
    }
  }
  return 0;
}
