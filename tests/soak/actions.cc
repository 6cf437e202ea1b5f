#include "tests/soak/actions.h"

#include <sndfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "config/param_history.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "dsp/param_law.h"
#include "dsp/signal_path.h"
#include "tests/support/signals.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

using Act = void (Actions::*)();
constexpr std::size_t kActs = 10;
constexpr std::array<const char*, kActs> kNames = {
    "turned knobs",    "switched stages", "loaded presets", "took back",         "loaded responses",
    "edited settings", "adapted",         "misbehaved",     "played controller", "faults"};

// A controller's: a knob, an endless encoder with its ring, a key.
constexpr char kMap[] = R"(schema = 1
name = "Soak"
ports = ["soak-box:midi_out"]
[[control]]
source = "cc 16"
target = "input.gain"
mode = "jump"
from = "-12 dB"
to = "0 dB"
[[control]]
source = "cc 18"
target = "tone.air"
mode = "relative-twos"
ticks = 100
feedback = true
[[control]]
source = "note 43"
target = "undo"
)";

// A room of so many frames, in stereo.
void WriteResponse(const std::filesystem::path& file, std::size_t frames, std::uint32_t seed) {
  SF_INFO info{};
  info.samplerate = 48000;
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* const out = sf_open(file.c_str(), SFM_WRITE, &info);
  Signal samples = Noise(0.05, 2 * frames, seed);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] *= std::exp(-4.0F * static_cast<float>(i) / static_cast<float>(samples.size()));
  }
  samples[0] = samples[1] = 1.0F;
  sf_write_float(out, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(out);
}

std::string KeyOf(const ParamInfo& info) {
  std::string key(info.module);
  if (!info.family.empty()) {
    key += "." + std::string(info.family) + std::to_string(info.number);
  }
  return info.spec.key.empty() ? key : key + "." + std::string(info.spec.key);
}

int Connect(const std::filesystem::path& socket_file) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_file.c_str(), sizeof address.sun_path - 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    throw std::runtime_error("the daemon takes no connection");
  }
  return fd;
}

}  // namespace

void Actions::WriteMap(const JackServer& server) {
  const std::filesystem::path folder =
      std::filesystem::path(server.environment().at("XDG_CONFIG_HOME")) / "auralis/midi";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "soak-box.toml") << kMap;
}

Actions::Actions(Process& daemon, std::filesystem::path socket, std::filesystem::path folder,
                 JackServer& server)
    : daemon_(daemon),
      server_(server),
      controller_(std::make_unique<MidiController>(server.environment(), "soak-box")),
      socket_(std::move(socket)),
      folder_(std::move(folder)),
      client_(socket_, "soak", 20s),
      listener_(socket_, "soak listener", 20s),
      counts_(kActs) {
  WriteResponse(folder_ / "short.wav", 3000, 1);
  WriteResponse(folder_ / "long.wav", 90000, 2);
  std::ofstream(folder_ / "bad.wav") << "no sound";
  using ipc::Stream;
  ipc::Subscribe all;
  for (const Stream stream : {Stream::kMeters, Stream::kSpectrum, Stream::kParameters,
                              Stream::kAdaptation, Stream::kEvents}) {
    all.streams.push_back({stream, 30.0F});
  }
  listener_.Ask<ipc::Subscribed>(all);
}

ipc::Status Actions::Status() { return client_.Ask<ipc::Status>(ipc::GetStatus{}); }

void Actions::Act() {
  constexpr std::array<std::pair<void (Actions::*)(), unsigned>, kActs> kChances = {
      {{&Actions::TurnKnobs, 538},
       {&Actions::SwitchStage, 100},
       {&Actions::LoadPreset, 80},
       {&Actions::TakeBack, 60},
       {&Actions::LoadResponse, 40},
       {&Actions::EditSettings, 20},
       {&Actions::Adapt, 60},
       {&Actions::Misbehave, 40},
       {&Actions::PlayController, 60},
       {&Actions::Fault, 2}}};
  unsigned at = static_cast<unsigned>(chance_() % 1000);
  for (std::size_t i = 0; i < kActs; ++i) {
    const auto& [act, share] = kChances[i];
    if (at < share) {
      ++counts_[i];
      (this->*act)();
      return;
    }
    at -= share;
  }
}

void Actions::Rest() {
  client_.Ask<ipc::Values>(ipc::Reset{""});
  client_.Ask<ipc::ResponseLoaded>(ipc::LoadResponse{""});
  for (std::size_t i = 0; i < ParamHistory::kMaxSteps; ++i) {
    client_.Ask<ipc::Values>(ipc::Set{{{"input.gain", i % 2 == 0 ? -1.0 : 0.0}}});
  }
}

void Actions::Listen() {
  while (const auto event = listener_.NextEvent(0ms)) {
    if (std::holds_alternative<ipc::Meters>(*event)) ++readings_;
    if (std::holds_alternative<ipc::Bye>(*event)) throw std::runtime_error("the daemon said bye");
  }
}

std::string Actions::Summary() const {
  std::string text;
  for (std::size_t i = 0; i < kActs; ++i) {
    text += (i > 0 ? ", " : "") + std::string(kNames[i]) + " " + std::to_string(counts_[i]);
  }
  return text + " (" + std::to_string(let_go_) + " controllers lost by the server), " +
         std::to_string(readings_) + " readings";
}

// A few parameters anywhere in their ranges, as one change.
void Actions::TurnKnobs() {
  ipc::Set set;
  for (int i = 0; i < 4; ++i) {
    const ParamInfo& info = SignalPath::kParams[chance_() % SignalPath::kParamCount];
    if (info.spec.structural || info.spec.key == "bypass") continue;
    const double at = static_cast<double>(chance_()) / static_cast<double>(chance_.max());
    set.assignments.push_back({KeyOf(info), static_cast<double>(ValueAt(info.spec, at))});
  }
  if (!set.assignments.empty()) client_.Ask<ipc::Values>(set);
}

// What is structural takes a new signal path, and bypass is heard at once.
void Actions::SwitchStage() {
  constexpr std::array<const char*, 8> kSwitches = {
      "exciter.enabled",   "clipper.enabled", "multiband.enabled", "convolver.enabled",
      "crossfeed.enabled", "bass.enabled",    "master.bypass",     "leveler.enabled"};
  if (chance_() % 8 == 0) {
    const char* const phase = chance_() % 2 == 0 ? "linear" : "minimum";
    client_.Ask<ipc::Values>(ipc::Set{{{"equalizer.phase", std::string(phase)}}});
    return;
  }
  const std::string key = kSwitches[chance_() % kSwitches.size()];
  client_.Ask<ipc::Values>(ipc::Set{{{key, std::string("toggle")}}});
}

void Actions::LoadPreset() {
  static const std::vector<PresetFile> kPresets = ListPresets();
  if (kPresets.empty()) throw std::runtime_error("no presets are shipped");
  const Preset preset = auralis::LoadPreset(kPresets[chance_() % kPresets.size()].file);
  client_.Ask<ipc::Values>(ipc::Set{AssignmentsOf(preset), "soak"});
}

void Actions::TakeBack() {
  switch (chance_() % 4) {
    case 0:
      client_.Ask<ipc::Values>(ipc::Reset{"equalizer.*"});
      break;
    case 1:
      client_.Ask<ipc::Values>(ipc::Reset{""});
      break;
    case 2:
      client_.Call(ipc::Undo{});
      break;
    default:
      client_.Call(ipc::Redo{});
  }
}

void Actions::LoadResponse() {
  switch (chance_() % 4) {
    case 0:
      client_.Ask<ipc::ResponseLoaded>(ipc::LoadResponse{folder_ / "short.wav"});
      break;
    case 1:
      client_.Ask<ipc::ResponseLoaded>(ipc::LoadResponse{folder_ / "long.wav"});
      break;
    case 2:
      client_.Ask<ipc::ResponseLoaded>(ipc::LoadResponse{""});
      break;
    default:
      if (!std::holds_alternative<ipc::Error>(
              client_.Call(ipc::LoadResponse{folder_ / "bad.wav"}))) {
        throw std::runtime_error("a file that is no sound was taken for a response");
      }
  }
}

// The file watch sees it by itself; a signal asks for it once more.
void Actions::EditSettings() {
  const auto gain = chance_() % 6;
  std::ofstream(folder_ / "auralis.toml")
      << (chance_() % 3 == 0 ? "[output]\ngain = \"loud\"\n"
                             : "[output]\ngain = -" + std::to_string(gain) + "\n");
  if (chance_() % 2 == 0) daemon_.Signal(SIGHUP);
}

void Actions::Adapt() {
  using Action = ipc::Adapt::Action;
  constexpr std::array kSteps = {Action::kFreeze, Action::kThaw, Action::kRelearn,
                                 Action::kRelease};
  client_.Ask<ipc::Values>(
      ipc::Set{{{"master.adaptive", 0.25 * static_cast<double>(chance_() % 5)}}});
  client_.Ask<ipc::Adaptation>(ipc::Adapt{.action = kSteps[chance_() % kSteps.size()], .text = ""});
}

void Actions::Misbehave() {
  switch (chance_() % 4) {
    case 0: {  // garbage
      const int fd = Connect(socket_);
      std::array<char, 512> noise{};
      for (char& c : noise) c = static_cast<char>(chance_());
      send(fd, noise.data(), noise.size(), MSG_NOSIGNAL);
      close(fd);
      break;
    }
    case 1: {  // a key that does not exist
      if (!std::holds_alternative<ipc::Error>(client_.Call(ipc::Get{{"no.such.key"}}))) {
        throw std::runtime_error("a key that does not exist has a value");
      }
      break;
    }
    case 2: {  // comes and goes
      ipc::Client guest(socket_, "guest", 20s);
      guest.Ask<ipc::Parameters>(ipc::Describe{"*"});
      guest.Ask<ipc::Subscribed>(ipc::Subscribe{{{ipc::Stream::kSpectrum, 120.0F}}});
      break;
    }
    default:  // stays, and does not read; a few of them
      deaf_.push_back(Connect(socket_));
      if (deaf_.size() > 5) {
        close(deaf_.front());
        deaf_.erase(deaf_.begin());
      }
  }
}

// On a loaded machine the server lets go of a controller that is late: it is plugged in again.
void Actions::PlayController() {
  try {
    Play();
  } catch (const std::runtime_error& e) {
    std::printf("the server let go of the controller: %s\n", e.what());
    ++let_go_;
    PlugIn();
  }
}

void Actions::Play() {
  switch (chance_() % 4) {
    case 0:
      controller_->Sweep(16, 128, 20000.0);
      break;
    case 1:
      controller_->Sweep(18, 128, 20000.0);  // back and forth
      break;
    case 2:
      controller_->Send({0x90, 43, 127});
      break;
    default:
      for (int i = 0; i < 8; ++i) {
        controller_->Send({static_cast<int>(chance_() % 256), static_cast<int>(chance_() % 256),
                           static_cast<int>(chance_() % 256)});
      }
      controller_->Send({0xF7});  // ends what may have begun as a system exclusive message
  }
}

// The controller is pulled out, now and then because its server died; then it must be heard again.
void Actions::Fault() {
  controller_.reset();
  if (chance_() % 4 == 0) {
    // libjack 1.9 itself does not survive a server that dies while a client is opened, or closed.
    std::this_thread::sleep_for(500ms);
    server_.Kill();
    server_.Restart();
  }
  PlugIn();
}

void Actions::PlugIn() {
  constexpr int kTries = 3;  // the server may let go of it once more
  for (int i = 1;; ++i) {
    try {
      controller_.reset();
      controller_ = std::make_unique<MidiController>(server_.environment(), "soak-box");
      return AwaitHeard();
    } catch (const std::runtime_error& e) {
      std::printf("the controller is not heard: %s\n", e.what());
      ++let_go_;
      if (i == kTries) throw;
    }
  }
}

void Actions::AwaitHeard() {
  int knob = 0;
  Await(
      "the controller to be heard again",
      [&] {
        knob = knob == 0 ? 127 : 0;
        controller_->Send({0xB0, 16, knob});
        std::this_thread::sleep_for(20ms);
        return std::abs(Gain() - (knob == 0 ? -12.0 : 0.0)) < 0.01;
      },
      30s);
}

double Actions::Gain() {
  return client_.Ask<ipc::Values>(ipc::Get{{"input.gain"}}).values.front().value;
}

}  // namespace auralis::test
