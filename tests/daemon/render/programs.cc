#include "tests/daemon/render/programs.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace auralis::test {
namespace {

int FormatOf(const std::string& path, int subtype) {
  const std::string extension = std::filesystem::path(path).extension().string();
  const auto with = [&](int container, int usual) {
    return container | (subtype == 0 ? usual : subtype);
  };
  if (extension == ".flac") return with(SF_FORMAT_FLAC, SF_FORMAT_PCM_24);
  if (extension == ".ogg") return with(SF_FORMAT_OGG, SF_FORMAT_VORBIS);
  if (extension == ".opus") return with(SF_FORMAT_OGG, SF_FORMAT_OPUS);
  if (extension == ".mp3") return with(SF_FORMAT_MPEG, SF_FORMAT_MPEG_LAYER_III);
  return with(SF_FORMAT_WAV, SF_FORMAT_FLOAT);
}

}  // namespace

std::vector<std::string> Home::Names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<float> Sound::Channel(std::size_t channel) const {
  std::vector<float> one;
  for (std::size_t i = channel; i < samples.size(); i += static_cast<std::size_t>(channels)) {
    one.push_back(samples[i]);
  }
  return one;
}

void WriteSound(const std::string& path, const Sound& sound, int subtype) {
  SF_INFO info{};
  info.samplerate = sound.rate_hz;
  info.channels = sound.channels;
  info.format = FormatOf(path, subtype);
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  const auto count = static_cast<sf_count_t>(sound.samples.size());
  const bool whole = sf_write_float(file, sound.samples.data(), count) == count;
  if (sf_close(file) != 0 || !whole) throw std::runtime_error(path + ": cannot be written");
}

Sound ReadSound(const std::string& path) {
  SF_INFO info{};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  Sound sound{.rate_hz = info.samplerate, .channels = info.channels};
  sound.samples.resize(static_cast<std::size_t>(info.frames * info.channels));
  const sf_count_t got = sf_readf_float(file, sound.samples.data(), info.frames);
  sf_close(file);
  if (got != info.frames) throw std::runtime_error(path + ": ends too early");
  return sound;
}

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Finished RunRender(const Home& home, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {AURALIS_RENDER};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return RunProgram(all, home.environment(), std::chrono::seconds(100));
}

Finished Render(const Home& home, const std::vector<std::string>& arguments) {
  const Finished run = RunRender(home, arguments);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  return run;
}

}  // namespace auralis::test
