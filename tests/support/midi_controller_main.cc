// midi_controller NAME: a MIDI controller on a JACK server: client NAME, ports midi_out and
// midi_in.
//
// Says "ready". Takes lines on standard input:
//   b0 10 40                one event of these bytes; answers "sent NS" when the cycle took it
//   sweep b0 10 COUNT RATE  COUNT events with values 0, 1, .. 127, 0, .. at RATE a second; answers
//                           "sent NS" after the last
// and prints what arrives at midi_in: "in b0 10 40".
// A program of its own, because which libjack it uses is decided when it is loaded.

#include <jack/jack.h>
#include <jack/midiport.h>
#include <jack/ringbuffer.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kMaxBytes = 1024;
constexpr std::size_t kRingBytes = 1 << 16;

std::int64_t MonotonicNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

struct Event {
  std::uint32_t size;
  std::array<std::uint8_t, kMaxBytes> bytes;
};

class Controller {
 public:
  explicit Controller(const char* name) {
    client_ = jack_client_open(name, jack_options_t(JackNoStartServer | JackUseExactName), nullptr);
    if (client_ == nullptr) throw std::runtime_error(std::string(name) + ": no JACK server");
    out_ = jack_port_register(client_, "midi_out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    in_ = jack_port_register(client_, "midi_in", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
    heard_ = jack_ringbuffer_create(kRingBytes);
    rate_hz_ = jack_get_sample_rate(client_);
    jack_set_process_callback(
        client_,
        [](jack_nframes_t frames, void* self) {
          static_cast<Controller*>(self)->Process(frames);
          return 0;
        },
        this);
    if (jack_activate(client_) != 0) throw std::runtime_error("jack_activate failed");
  }
  ~Controller() { jack_client_close(client_); }
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Waits until the cycle has taken it; when that was.
  std::int64_t Send(const Event& event) {
    event_ = event;
    return Await(pending_);
  }
  std::int64_t Sweep(std::uint8_t status, std::uint8_t number, std::uint64_t count, double rate) {
    sweep_ = {status, number};
    sweep_count_ = count;
    sweep_rate_ = rate;
    swept_ = 0;
    sweep_frames_ = 0;
    return Await(sweeping_);
  }
  // Prints what came.
  void Print() {
    std::array<std::uint8_t, 4> head{};
    while (jack_ringbuffer_read_space(heard_) >= head.size()) {
      std::uint32_t size = 0;
      jack_ringbuffer_read(heard_, reinterpret_cast<char*>(&size), sizeof(size));
      std::vector<char> bytes(size);
      jack_ringbuffer_read(heard_, bytes.data(), size);
      std::printf("in");
      for (const char one : bytes) std::printf(" %02x", static_cast<unsigned char>(one));
      std::printf("\n");
    }
    std::fflush(stdout);
  }

 private:
  std::int64_t Await(std::atomic<bool>& flag) {
    flag = true;
    while (flag) std::this_thread::sleep_for(std::chrono::microseconds(200));
    return sent_ns_;
  }

  void Process(jack_nframes_t frames) {
    void* const out = jack_port_get_buffer(out_, frames);
    jack_midi_clear_buffer(out);
    if (pending_) {
      jack_midi_event_write(out, 0, event_.bytes.data(), event_.size);
      sent_ns_ = MonotonicNs();
      pending_ = false;
    }
    if (sweeping_) {
      sweep_frames_ += frames;
      const auto due = static_cast<std::uint64_t>(static_cast<double>(sweep_frames_) * sweep_rate_ /
                                                  static_cast<double>(rate_hz_));
      for (; swept_ < due && swept_ < sweep_count_; ++swept_) {
        const std::uint8_t bytes[] = {sweep_[0], sweep_[1],
                                      static_cast<std::uint8_t>(swept_ % 128)};
        if (jack_midi_event_write(out, 0, bytes, sizeof bytes) != 0) break;  // the next cycle
      }
      if (swept_ == sweep_count_) {
        sent_ns_ = MonotonicNs();
        sweeping_ = false;
      }
    }
    void* const in = jack_port_get_buffer(in_, frames);
    const std::uint32_t count = jack_midi_get_event_count(in);
    for (std::uint32_t i = 0; i < count; ++i) {
      jack_midi_event_t event{};
      jack_midi_event_get(&event, in, i);
      const auto size = static_cast<std::uint32_t>(event.size);
      if (jack_ringbuffer_write_space(heard_) < sizeof(size) + size) continue;
      jack_ringbuffer_write(heard_, reinterpret_cast<const char*>(&size), sizeof(size));
      jack_ringbuffer_write(heard_, reinterpret_cast<const char*>(event.buffer), size);
    }
  }

  jack_client_t* client_ = nullptr;
  jack_port_t* out_ = nullptr;
  jack_port_t* in_ = nullptr;
  jack_ringbuffer_t* heard_ = nullptr;
  jack_nframes_t rate_hz_ = 0;
  Event event_{};
  std::array<std::uint8_t, 2> sweep_{};
  std::uint64_t sweep_count_ = 0;
  double sweep_rate_ = 0.0;
  std::uint64_t swept_ = 0;
  std::uint64_t sweep_frames_ = 0;
  std::atomic<bool> pending_{false};
  std::atomic<bool> sweeping_{false};
  std::atomic<std::int64_t> sent_ns_{0};
};

void Carry(Controller& controller, const std::string& line) {
  std::istringstream words(line);
  std::string first;
  words >> first;
  std::int64_t at_ns = 0;
  if (first == "sweep") {
    unsigned status = 0;
    unsigned number = 0;
    std::uint64_t count = 0;
    double rate = 0.0;
    words >> std::hex >> status >> number >> std::dec >> count >> rate;
    at_ns = controller.Sweep(static_cast<std::uint8_t>(status), static_cast<std::uint8_t>(number),
                             count, rate);
  } else {
    Event event{};
    std::istringstream bytes(line);
    for (unsigned byte = 0; event.size < kMaxBytes && bytes >> std::hex >> byte;) {
      event.bytes.at(event.size++) = static_cast<std::uint8_t>(byte);
    }
    at_ns = controller.Send(event);
  }
  std::printf("sent %lld\n", static_cast<long long>(at_ns));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: midi_controller NAME\n", stderr);
    return 64;
  }
  try {
    Controller controller(argv[1]);
    std::printf("ready\n");
    std::fflush(stdout);
    std::atomic<bool> done{false};
    std::thread printer([&] {
      while (!done) {
        controller.Print();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
    for (std::string line; std::getline(std::cin, line);) Carry(controller, line);
    done = true;
    printer.join();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "midi_controller: %s\n", e.what());
    return 69;
  }
  return 0;
}
