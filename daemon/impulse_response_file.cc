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

std::vector<float> ResampledOne(const std::filesystem::path& path, const std::vector<float>& in,
                                double from_hz, double to_hz) {
  std::vector<float> out(
      static_cast<std::size_t>(std::ceil(static_cast<double>(in.size()) * to_hz / from_hz)));
  std::size_t made = 0;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ | SOXR_MINIMUM_PHASE, 0);
  const soxr_error_t error =
      soxr_oneshot(from_hz, to_hz, 1, in.data(), in.size(), nullptr, out.data(), out.size(), &made,
                   nullptr, &quality, nullptr);
  if (error != nullptr) Refuse(path, std::string("it cannot be resampled: ") + error);
  out.resize(made);
  // As loud: each sample counts for the time it stands for.
  const auto scale = static_cast<float>(from_hz / to_hz);
  for (float& sample : out) sample *= scale;
  return out;
}

// The same response at another rate, of minimum phase: what a resampler of linear phase rings ahead
// of the first frame would have to be cut off, and 1.4 dB with it. Silence around it lets what is
// left of that ringing come out; all channels then begin where the first of them is heard.
void Resample(const std::filesystem::path& path, double from_hz, double to_hz, Channels& channels) {
  if (from_hz == to_hz) return;
  constexpr double kSilenceS = 0.05;
  constexpr float kOnset = 1e-4F;  // of the peak
  constexpr float kTail = 1e-7F;
  const auto around = static_cast<std::size_t>(kSilenceS * from_hz);
  float peak = 0.0F;
  for (auto& channel : channels) {
    channel.insert(channel.begin(), around, 0.0F);
    channel.insert(channel.end(), around, 0.0F);
    channel = ResampledOne(path, channel, from_hz, to_hz);
    for (const float sample : channel) peak = std::max(peak, std::abs(sample));
  }
  // The silence of the file itself stays.
  auto begin = static_cast<std::size_t>(static_cast<double>(around) * to_hz / from_hz);
  std::size_t end = 0;
  for (const auto& channel : channels) {
    const auto louder_than = [=](float floor) {
      return [=](float sample) { return std::abs(sample) > floor; };
    };
    const auto first = std::find_if(channel.begin(), channel.end(), louder_than(kOnset * peak));
    const auto last = std::find_if(channel.rbegin(), channel.rend(), louder_than(kTail * peak));
    begin = std::min(begin, static_cast<std::size_t>(first - channel.begin()));
    end = std::max(end, static_cast<std::size_t>(channel.rend() - last));
  }
  const auto longest = static_cast<std::size_t>(Convolver::kLongestSeconds * to_hz);
  for (auto& channel : channels) {
    channel.resize(std::max(begin + 1, end));
    channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(begin));
    channel.resize(std::min(channel.size(), longest));
  }
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
  Resample(path, info.samplerate, stream_rate_hz, channels);
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
