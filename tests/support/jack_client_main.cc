// jack_client PLAY RECORD: plays one raw file through the JACK client "player" and records what
// arrives at the client "recorder", on one time line. Both files hold interleaved stereo floats.
//
// Says "ready" once both clients run, starts at a line on standard input, and then says
//   cycle FRAME NS for each cycle it recorded: its first frame counted from the start, when it ran
//   xruns COUNT    what the server reported, and cycles that are missing
// A program of its own, because which libjack it uses is decided when it is loaded.

#include <jack/jack.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kChannels = 2;
constexpr jack_nframes_t kLeadCycles = 4;  // between the order to start and the first frame

std::int64_t MonotonicNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

struct Cycle {
  std::int64_t frame;
  std::int64_t at_ns;
};

// What both callbacks share. The player fixes the start, in the server's frame time.
struct Session {
  std::vector<float> play;
  std::vector<float> record;
  std::vector<Cycle> cycles;  // reserved in full before the start
  std::atomic<bool> go{false};
  std::atomic<bool> started{false};
  std::atomic<jack_nframes_t> start{0};
  std::atomic<bool> done{false};
  std::atomic<unsigned> xruns{0};
};

class Client {
 public:
  Client(const char* name, const char* port_prefix, unsigned long port_flags, Session& session)
      : session_(session) {
    jack_status_t status{};
    client_ = jack_client_open(name, jack_options_t(JackNoStartServer | JackUseExactName), &status);
    if (client_ == nullptr) throw std::runtime_error(std::string(name) + ": no JACK server");
    for (std::size_t i = 0; i < kChannels; ++i) {
      const std::string port = port_prefix + std::to_string(i + 1);
      ports_[i] = jack_port_register(client_, port.c_str(), JACK_DEFAULT_AUDIO_TYPE, port_flags, 0);
      if (ports_[i] == nullptr) throw std::runtime_error(port + ": cannot register");
    }
  }
  virtual ~Client() { jack_client_close(client_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Activate() {
    jack_set_process_callback(
        client_,
        [](jack_nframes_t frames, void* self) {
          static_cast<Client*>(self)->Process(frames);
          return 0;
        },
        this);
    jack_set_xrun_callback(
        client_,
        [](void* self) {
          ++static_cast<Client*>(self)->session_.xruns;
          return 0;
        },
        this);
    if (jack_activate(client_) != 0) throw std::runtime_error("jack_activate failed");
  }

  void Deactivate() { jack_deactivate(client_); }  // no callback after it

 protected:
  virtual void Process(jack_nframes_t frames) = 0;

  float* Buffer(std::size_t channel, jack_nframes_t frames) {
    return static_cast<float*>(jack_port_get_buffer(ports_[channel], frames));
  }
  // First frame of this cycle, counted from the start. Frame times wrap, differences do not.
  std::int64_t Position() const {
    return static_cast<std::int32_t>(jack_last_frame_time(client_) - session_.start.load());
  }

  Session& session_;
  jack_client_t* client_ = nullptr;

 private:
  jack_port_t* ports_[kChannels] = {};
};

class Player : public Client {
 public:
  explicit Player(Session& session) : Client("player", "out_", JackPortIsOutput, session) {}

 private:
  void Process(jack_nframes_t frames) override {
    if (session_.go && !session_.started) {
      session_.start = jack_last_frame_time(client_) + kLeadCycles * frames;
      session_.started = true;
    }
    const std::int64_t position = session_.started ? Position() : INT32_MIN;
    const auto length = static_cast<std::int64_t>(session_.play.size() / kChannels);
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      float* const out = Buffer(channel, frames);
      for (std::int64_t i = 0; i < frames; ++i) {
        const std::int64_t at = position + i;
        out[i] = at >= 0 && at < length
                     ? session_.play[static_cast<std::size_t>(at) * kChannels + channel]
                     : 0.0F;
      }
    }
  }
};

class Recorder : public Client {
 public:
  explicit Recorder(Session& session) : Client("recorder", "in_", JackPortIsInput, session) {}

 private:
  void Process(jack_nframes_t frames) override {
    if (!session_.started || session_.done) return;
    const std::int64_t position = Position();
    const auto length = static_cast<std::int64_t>(session_.record.size() / kChannels);
    if (!session_.cycles.empty() && position != expected_) ++session_.xruns;
    expected_ = position + frames;
    if (session_.cycles.size() < session_.cycles.capacity()) {
      session_.cycles.push_back({position, MonotonicNs()});
    }
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      const float* const in = Buffer(channel, frames);
      for (std::int64_t i = 0; i < frames; ++i) {
        const std::int64_t at = position + i;
        if (at < 0 || at >= length) continue;
        session_.record[static_cast<std::size_t>(at) * kChannels + channel] = in[i];
      }
    }
    if (position >= length) session_.done = true;
  }

  std::int64_t expected_ = 0;
};

std::vector<float> ReadFloats(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> samples(static_cast<std::size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(samples.data()),
                 static_cast<std::streamsize>(samples.size() * sizeof(float)))) {
    throw std::runtime_error(std::string(path) + ": cannot read");
  }
  return samples;
}

void WriteFloats(const char* path, const std::vector<float>& samples) {
  std::ofstream file(path, std::ios::binary);
  if (!file.write(reinterpret_cast<const char*>(samples.data()),
                  static_cast<std::streamsize>(samples.size() * sizeof(float)))) {
    throw std::runtime_error(std::string(path) + ": cannot write");
  }
}

void PlayAndRecord(const char* play, const char* record) {
  Session session;
  session.play = ReadFloats(play);
  session.record.resize(session.play.size());
  session.cycles.reserve(session.play.size() / kChannels);
  Recorder recorder(session);
  Player player(session);
  recorder.Activate();
  player.Activate();
  std::cout << "ready" << std::endl;
  std::string line;
  session.go = static_cast<bool>(std::getline(std::cin, line));
  while (session.go && !session.done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  player.Deactivate();
  recorder.Deactivate();
  WriteFloats(record, session.record);
  for (const Cycle& cycle : session.cycles) {
    std::cout << "cycle " << cycle.frame << ' ' << cycle.at_ns << '\n';
  }
  std::cout << "xruns " << session.xruns << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: jack_client PLAY RECORD\n";
    return 64;
  }
  try {
    PlayAndRecord(argv[1], argv[2]);
  } catch (const std::exception& e) {
    std::cerr << "jack_client: " << e.what() << '\n';
    return 69;
  }
  return 0;
}
