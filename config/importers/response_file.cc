#include "config/importers/response_file.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>

#include "config/text_file.h"

namespace auralis {
namespace {

constexpr double kLongestSeconds = 10.0;
constexpr int kMostChannels = 16;

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

template <class Number>
void Append(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(number); ++i) {
    bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
  }
}

}  // namespace

Response ReadResponseFile(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw ConfigError(name + ": there is no such file");
  }
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, Close> file(sf_open(name.c_str(), SFM_READ, &info));
  if (!file) throw ConfigError(name + ": is no sound file that can be read");
  if (info.channels < 1 || info.channels > kMostChannels || info.samplerate < 1000 ||
      info.samplerate > 768000) {
    throw ConfigError(name + ": is no impulse response (1 to 16 channels, 1 to 768 kHz)");
  }
  if (info.frames < 1 || static_cast<double>(info.frames) > kLongestSeconds * info.samplerate) {
    throw ConfigError(name + ": is empty or longer than 10 s");
  }
  const auto frames = static_cast<std::size_t>(info.frames);
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> samples(frames * channels);
  if (sf_readf_float(file.get(), samples.data(), info.frames) != info.frames) {
    throw ConfigError(name + ": ends before it should");
  }
  Response response{static_cast<double>(info.samplerate), {}};
  response.channels.assign(channels, std::vector<float>(frames));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i])) throw ConfigError(name + ": has samples that are no numbers");
    response.channels[i % channels][i / channels] = samples[i];
  }
  return response;
}

// RIFF WAVE with format 3 (IEEE float); ours, since libsndfile writes in place.
void WriteResponseFile(const std::filesystem::path& file, const Response& response) {
  const auto channels = static_cast<std::uint32_t>(response.channels.size());
  const auto frames = static_cast<std::uint32_t>(response.channels.front().size());
  const auto rate = static_cast<std::uint32_t>(std::lround(response.rate_hz));
  const std::uint32_t data_bytes = frames * channels * 4U;
  std::string bytes = "RIFF";
  Append(bytes, 36U + 12U + data_bytes);
  bytes += "WAVEfmt ";
  Append(bytes, std::uint32_t{16});
  Append(bytes, std::uint16_t{3});
  Append(bytes, static_cast<std::uint16_t>(channels));
  Append(bytes, rate);
  Append(bytes, rate * channels * 4U);
  Append(bytes, static_cast<std::uint16_t>(channels * 4U));
  Append(bytes, std::uint16_t{32});
  bytes += "fact";
  Append(bytes, std::uint32_t{4});
  Append(bytes, frames);
  bytes += "data";
  Append(bytes, data_bytes);
  bytes.reserve(bytes.size() + data_bytes);
  for (std::uint32_t frame = 0; frame < frames; ++frame) {
    for (const std::vector<float>& channel : response.channels) {
      Append(bytes, std::bit_cast<std::uint32_t>(channel[frame]));
    }
  }
  ReplaceFile(file, bytes);
}

}  // namespace auralis
