#include "tests/support/jack_client.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

void WriteInterleaved(const std::filesystem::path& path, const StereoSignal& audio) {
  std::vector<float> samples;
  samples.reserve(2 * audio.left.size());
  for (std::size_t i = 0; i < audio.left.size(); ++i) {
    samples.push_back(audio.left[i]);
    samples.push_back(audio.right[i]);
  }
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(samples.data()),
             static_cast<std::streamsize>(samples.size() * sizeof(float)));
}

StereoSignal ReadInterleaved(const std::filesystem::path& path, std::size_t frames) {
  std::vector<float> samples(2 * frames);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(samples.data()),
                 static_cast<std::streamsize>(samples.size() * sizeof(float)))) {
    throw std::runtime_error(path.string() + " is too short");
  }
  StereoSignal audio{Signal(frames), Signal(frames)};
  for (std::size_t i = 0; i < frames; ++i) {
    audio.left[i] = samples[2 * i];
    audio.right[i] = samples[2 * i + 1];
  }
  return audio;
}

}  // namespace

std::int64_t Recording::ArrivalNs(std::size_t frame) const {
  for (auto cycle = cycles.rbegin(); cycle != cycles.rend(); ++cycle) {
    if (cycle->frame <= static_cast<std::int64_t>(frame)) return cycle->at_ns;
  }
  throw std::runtime_error("no cycle holds frame " + std::to_string(frame));
}

JackClient::JackClient(const Environment& environment) {
  process_ = std::make_unique<Process>(
      std::vector<std::string>{AURALIS_JACK_CLIENT, folder_ / "play", folder_ / "record"},
      environment);
  if (!process_->AwaitOutput("ready", 10s)) {
    throw std::runtime_error("jack_client is not ready: " + process_->errors());
  }
}

JackClient::~JackClient() {
  process_->CloseInput();
  process_->WaitFor(3s);
}

Recording JackClient::Play(const StereoSignal& programme, const std::function<void()>& meanwhile) {
  WriteInterleaved(folder_ / "play", programme);
  const std::size_t said = process_->output().size();
  process_->WriteLine("go");
  meanwhile();
  const auto length = std::chrono::milliseconds(programme.left.size() / 8);  // at 8 kHz or more
  const auto ended = [&] { return process_->output().find("end ", said) != std::string::npos; };
  Await("jack_client's recording", ended, length + 10s);

  Recording recording{ReadInterleaved(folder_ / "record", programme.left.size()), {}, 0};
  std::istringstream lines(process_->output().substr(said));
  for (std::string word; lines >> word;) {
    if (word == "cycle") {
      Recording::Cycle cycle{};
      lines >> cycle.frame >> cycle.at_ns;
      recording.cycles.push_back(cycle);
    } else {
      lines >> recording.xruns;
    }
  }
  return recording;
}

}  // namespace auralis::test
