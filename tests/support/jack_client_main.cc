// jack_client PLAY RECORD: plays one raw file through the JACK client "player" and records what
// arrives at the client "recorder", on one time line. Both files hold interleaved stereo floats.
//
// Says "ready" once both clients run. Each line on standard input starts a round: PLAY is read and
// played, RECORD is written, and it says
//   cycle FRAME NS   for each recorded cycle: its first frame, counted from the start, and when
//   end LOST         the round is over; cycles that are missing, and those the server says it lost
// Where JACK_WAITS_FOR_CLIENTS is set the server loses none, and what it reports was late only.
// A program of its own, because which libjack it uses is decided when it is loaded.

#include <jack/jack.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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

// One round. The player fixes the start, in the server's frame time.
struct Round {
  std::vector<float> play;
  std::vector<float> record;
  std::vector<Cycle> cycles;  // reserved in full
  std::int64_t expected_position = 0;
  std::atomic<bool> started{false};
  std::atomic<jack_nframes_t> start{0};
  std::atomic<bool> done{false};
};

struct Session {
  std::atomic<Round*> round{nullptr};
  std::atomic<unsigned> xruns{0};
  const bool server_waits = std::getenv("JACK_WAITS_FOR_CLIENTS") != nullptr;
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
          auto* const client = static_cast<Client*>(self);
          client->Process(client->session_.round.load(), frames);
          ++client->cycles_;
          return 0;
        },
        this);
    jack_set_xrun_callback(
        client_,
        [](void* self) {
          Session& session = static_cast<Client*>(self)->session_;
          if (!session.server_waits) ++session.xruns;
          return 0;
        },
        this);
    if (jack_activate(client_) != 0) throw std::runtime_error("jack_activate failed");
  }

  void Deactivate() { jack_deactivate(client_); }  // no callback after it
  // Whoever was in the callback has left it.
  void AwaitTwoCycles() const {
    const unsigned before = cycles_;
    while (cycles_ - before < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 protected:
  virtual void Process(Round* round, jack_nframes_t frames) = 0;

  float* Buffer(std::size_t channel, jack_nframes_t frames) {
    return static_cast<float*>(jack_port_get_buffer(ports_[channel], frames));
  }
  // First frame of this cycle, counted from the start. Frame times wrap, differences do not.
  std::int64_t Position(const Round& round) const {
    return static_cast<std::int32_t>(jack_last_frame_time(client_) - round.start.load());
  }

  Session& session_;
  jack_client_t* client_ = nullptr;

 private:
  jack_port_t* ports_[kChannels] = {};
  std::atomic<unsigned> cycles_{0};
};

class Player : public Client {
 public:
  explicit Player(Session& session) : Client("player", "out_", JackPortIsOutput, session) {}

 private:
  void Process(Round* round, jack_nframes_t frames) override {
    if (round != nullptr && !round->started) {
      round->start = jack_last_frame_time(client_) + kLeadCycles * frames;
      round->started = true;
    }
    const std::int64_t position = round != nullptr ? Position(*round) : 0;
    const std::int64_t length =
        round != nullptr ? static_cast<std::int64_t>(round->play.size() / kChannels) : 0;
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      float* const out = Buffer(channel, frames);
      for (std::int64_t i = 0; i < frames; ++i) {
        const std::int64_t at = position + i;
        out[i] = at >= 0 && at < length
                     ? round->play[static_cast<std::size_t>(at) * kChannels + channel]
                     : 0.0F;
      }
    }
  }
};

class Recorder : public Client {
 public:
  explicit Recorder(Session& session) : Client("recorder", "in_", JackPortIsInput, session) {}

 private:
  void Process(Round* round, jack_nframes_t frames) override {
    if (round == nullptr || !round->started || round->done) return;
    const std::int64_t position = Position(*round);
    const auto length = static_cast<std::int64_t>(round->record.size() / kChannels);
    if (!round->cycles.empty() && position != round->expected_position) ++session_.xruns;
    round->expected_position = position + frames;
    if (round->cycles.size() < round->cycles.capacity()) {
      round->cycles.push_back({position, MonotonicNs()});
    }
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      const float* const in = Buffer(channel, frames);
      for (std::int64_t i = 0; i < frames; ++i) {
        const std::int64_t at = position + i;
        if (at < 0 || at >= length) continue;
        round->record[static_cast<std::size_t>(at) * kChannels + channel] = in[i];
      }
    }
    if (position >= length) round->done = true;
  }
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

void PlayRound(const char* play, const char* record, Session& session, const Recorder& recorder,
               const Player& player) {
  Round round;
  round.play = ReadFloats(play);
  round.record.resize(round.play.size());
  round.cycles.reserve(round.play.size() / kChannels);
  session.xruns = 0;
  session.round = &round;
  while (!round.done) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  session.round = nullptr;
  player.AwaitTwoCycles();
  recorder.AwaitTwoCycles();
  WriteFloats(record, round.record);
  for (const Cycle& cycle : round.cycles) {
    std::cout << "cycle " << cycle.frame << ' ' << cycle.at_ns << '\n';
  }
  std::cout << "end " << session.xruns << std::endl;
}

void PlayRounds(const char* play, const char* record) {
  Session session;
  Recorder recorder(session);
  Player player(session);
  recorder.Activate();
  player.Activate();
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    PlayRound(play, record, session, recorder, player);
  }
  player.Deactivate();
  recorder.Deactivate();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: jack_client PLAY RECORD\n";
    return 64;
  }
  try {
    PlayRounds(argv[1], argv[2]);
  } catch (const std::exception& e) {
    std::cerr << "jack_client: " << e.what() << '\n';
    return 69;
  }
  return 0;
}
