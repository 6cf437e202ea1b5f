#include "daemon/impulse_response_file.h"

#include <sndfile.h>
#include <soxr.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <system_error>
#include <vector>

#include "daemon/sound_file.h"
#include "dsp/stages/convolver.h"

namespace auralis {
namespace {

using Channels = std::vector<std::vector<float>>;

constexpr double kLowestRateHz = 4000.0;
constexpr double kHighestRateHz = 768000.0;

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& why) {
  throw FileError(path.string() + ": cannot be a response: " + why);
}

std::string Text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

SF_INFO Check(const std::filesystem::path& path, SNDFILE* file, const SF_INFO& info) {
  if (file == nullptr) Refuse(path, sf_strerror(nullptr));
  if (info.channels != 1 && info.channels != 2 && info.channels != 4) {
    Refuse(path, "it has " + std::to_string(info.channels) + " channels; 1, 2 and 4 are supported");
  }
  if (info.samplerate < kLowestRateHz || info.samplerate > kHighestRateHz) {
    Refuse(path, "its rate is " + std::to_string(info.samplerate) + " Hz; " + Text(kLowestRateHz) +
                     " to " + Text(kHighestRateHz) + " are supported");
  }
  if (info.frames <= 0) Refuse(path, "it holds no audio");
  const double seconds = static_cast<double>(info.frames) / info.samplerate;
  if (seconds > Convolver::kLongestSeconds) {
    Refuse(path, "it is " + Text(seconds) + " s long; up to " + Text(Convolver::kLongestSeconds) +
                     " s are supported");
  }
  return info;
}

Channels Read(const std::filesystem::path& path, SNDFILE* file, const SF_INFO& info) {
  const auto count = static_cast<std::size_t>(info.channels);
  const auto frames = static_cast<std::size_t>(info.frames);
  std::vector<float> interleaved(frames * count);
  if (sf_readf_float(file, interleaved.data(), info.frames) != info.frames) {
    Refuse(path, "it is damaged: it ends before its end");
  }
  Channels channels(count, std::vector<float>(frames));
  float largest = 0.0F;
  for (std::size_t i = 0; i < interleaved.size(); ++i) {
    if (!std::isfinite(interleaved[i])) Refuse(path, "it holds samples that are no numbers");
    largest = std::max(largest, std::abs(interleaved[i]));
    channels[i % count][i / count] = interleaved[i];
  }
  if (largest == 0.0F) Refuse(path, "it is silent");
  return channels;
}

// The same response at another rate: as loud, so each sample counts for the time it stands for.
// What would ring ahead of the first sample is cut off, as it would come before the sound itself.
std::vector<float> Resampled(const std::filesystem::path& path, const std::vector<float>& in,
                             double from_hz, double to_hz) {
  if (from_hz == to_hz) return in;
  const auto frames =
      static_cast<std::size_t>(std::ceil(static_cast<double>(in.size()) * to_hz / from_hz));
  std::vector<float> out(frames);
  std::size_t made = 0;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  const soxr_error_t error =
      soxr_oneshot(from_hz, to_hz, 1, in.data(), in.size(), nullptr, out.data(), out.size(), &made,
                   nullptr, &quality, nullptr);
  if (error != nullptr) Refuse(path, std::string("it cannot be resampled: ") + error);
  out.resize(made);
  const auto scale = static_cast<float>(from_hz / to_hz);
  for (float& sample : out) sample *= scale;
  return out;
}

}  // namespace

LoadedResponse LoadImpulseResponse(const std::filesystem::path& path, double stream_rate_hz) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::not_found) Refuse(path, "there is no such file");
  if (error) Refuse(path, error.message());
  if (type != std::filesystem::file_type::regular) Refuse(path, "it is not a file");
  SF_INFO info{};
  const SoundFileHandle file(sf_open(path.c_str(), SFM_READ, &info));
  Check(path, file.get(), info);
  Channels channels = Read(path, file.get(), info);
  for (auto& channel : channels) {
    channel = Resampled(path, channel, info.samplerate, stream_rate_hz);
  }
  auto response = std::make_shared<ImpulseResponse>();
  using Path = PartitionedFilter::Path;
  response->paths[Path::kLeftLeft] = channels.front();
  response->paths[Path::kRightRight] = channels.back();
  if (channels.size() == 4) {
    response->paths[Path::kLeftRight] = channels[1];
    response->paths[Path::kRightLeft] = channels[2];
  }
  LoadedResponse loaded{.response = response,
                        .channels = info.channels,
                        .file_rate_hz = static_cast<double>(info.samplerate),
                        .frames = response->frames(),
                        .memory_bytes = 0};
  const std::size_t paths = channels.size() == 4 ? 4 : 2;
  // Itself, and spectra of twice its length.
  loaded.memory_bytes = 3 * paths * loaded.frames * sizeof(float);
  return loaded;
}

}  // namespace auralis
