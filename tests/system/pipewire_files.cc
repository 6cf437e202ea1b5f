#include "tests/system/pipewire_files.h"

#include <sndfile.h>

#include <stdexcept>

#include "tests/system/stream_check.h"

namespace auralis::test {

void WriteWav(const std::filesystem::path& path, const StereoSignal& audio) {
  SF_INFO info{};
  info.samplerate = static_cast<int>(kRateHz);
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  for (std::size_t i = 0; i < audio.left.size(); ++i) {
    const float frame[2] = {audio.left[i], audio.right[i]};
    sf_writef_float(file, frame, 1);
  }
  sf_close(file);
}

StereoSignal ReadWav(const std::filesystem::path& path) {
  SF_INFO info{};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  StereoSignal audio;
  for (float frame[2]; sf_readf_float(file, frame, 1) == 1;) {
    audio.left.push_back(frame[0]);
    audio.right.push_back(frame[1]);
  }
  sf_close(file);
  return audio;
}

void AwaitLink(const PipeWireServer& server, const std::string& from, const std::string& to) {
  Await(from + " -> " + to, [&] {
    const std::string links = RunProgram({"pw-link", "-l"}, server.environment()).output;
    return links.find(to + "\n  |<- " + from + "\n") != std::string::npos;
  });
}

}  // namespace auralis::test
