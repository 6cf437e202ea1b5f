#include "daemon/midi_ports.h"

#include <RtMidi.h>
#include <concurrentqueue/concurrentqueue.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "daemon/jack_watch.h"
#include "daemon/uncancelled.h"

namespace auralis {
namespace {

constexpr char kOurName[] = "Auralis";
constexpr char kClientBesideSound[] = "Auralis MIDI";
constexpr char kSequencer[] = "/dev/snd/seq";
constexpr auto kClosePatience = std::chrono::milliseconds(1500);
// RtMidi's buffer toward JACK has 16 KiB, and RtMidi waits for room without end.
constexpr std::size_t kMostUnfetched = 8192;
constexpr std::size_t kBytesBeside = sizeof(int);  // each message's length
constexpr std::uint8_t kSystemExclusive = 0xF0;
constexpr std::chrono::milliseconds kToNotice{100};  // for libjack, that its server died

using Queue = moodycamel::ConcurrentQueue<MidiBytes>;

bool IsOurs(std::string_view port) { return port.starts_with(kOurName); }
bool IsLoop(std::string_view port) { return port.find("Midi Through") != std::string_view::npos; }

void KeepForeign(std::vector<std::string>& ports) {
  std::erase_if(ports, [](const std::string& one) { return IsOurs(one) || IsLoop(one); });
}

template <class Side>
std::vector<std::string> NamesOf(Side& side) {
  std::vector<std::string> names;
  const unsigned count = side.getPortCount();
  for (unsigned i = 0; i < count; ++i) names.push_back(side.getPortName(i));
  return names;
}

// Connects to the port of that full name; false where it is gone. Ports come and go while RtMidi
// counts them, so it is looked again behind it.
template <class Side>
bool Connect(Side& side, const std::string& name) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::vector<std::string> names = NamesOf(side);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return false;
    const auto number = static_cast<unsigned>(found - names.begin());
    side.openPort(number, kOurName);
    if (side.getPortName(number) == name) return true;
    side.closePort();
  }
  return false;
}

}  // namespace

// What the threads have in common. It lives as long as one of them does.
struct MidiPorts::Shared : std::enable_shared_from_this<MidiPorts::Shared> {
  explicit Shared(Events on) : events(std::move(on)) {}

  // One port that is open. Its input calls back until it is destroyed.
  struct Port {
    Port(Shared& owner, std::uint32_t number) : shared(owner), id(number), token(owner.queue) {}
    Shared& shared;
    std::uint32_t id;
    moodycamel::ProducerToken token;  // room that is there before it is needed
    std::string input_name;
    std::string output_name;
    std::optional<RtMidiIn> input;
    std::optional<RtMidiOut> output;
    std::size_t unfetched = 0;  // bytes sent since the server ran a cycle
    std::uint32_t cycle = 0;
  };

  Events events;
  Queue queue{kQueueCapacity};  // shared by all ports
  std::atomic<std::uint64_t> lost{0};
  std::atomic<bool> told{false};  // `heard` was called since the last Drain()

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> tasks;
  bool ending = false;
  bool ended = false;
  std::atomic<bool> gone{false};    // the JACK server
  std::atomic<bool> failed{false};  // something that RtMidi was asked for

  // Of the worker alone.
  RtMidi::Api api = RtMidi::UNSPECIFIED;
  std::uint64_t server = 0;  // counts those that were found
  std::unique_ptr<JackWatch> jack;
  std::optional<RtMidiIn> alsa_inputs;  // for their names
  std::optional<RtMidiOut> alsa_outputs;
  std::map<std::uint32_t, std::unique_ptr<Port>> ports;

  void Post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
    wake.notify_one();
  }

  void Work() {
    for (;;) {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return ending || !tasks.empty(); });
      if (ending) break;
      const auto task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      try {
        task();
      } catch (const std::exception& e) {
        spdlog::warn("MIDI: {}", e.what());
      }
    }
    LetGo();
    const std::lock_guard lock(mutex);
    ended = true;
    wake.notify_all();
  }

  // PipeWire's libjack frees nothing by itself, and has no client for sound beside.
  bool IsOnJackd() const { return jack != nullptr && !IsPipeWiresJack(); }

  void LetGo() {
    if (gone && IsOnJackd()) Abandon();
    ports.clear();
    alsa_inputs.reset();
    alsa_outputs.reset();
    jack.reset();
    api = RtMidi::UNSPECIFIED;
    gone = false;
  }

  // libjack 1.9 frees the clients of a server that died by itself, whenever the next client of this
  // process is opened: none may be closed, it would be the second time. What is ours of them, a few
  // kB, is left behind.
  void Abandon() {
    for (auto& [id, port] : ports) static_cast<void>(port.release());
    JackWatch::Abandon(std::move(jack));
  }

  // Before RtMidi opens a client. That the server died may be seen here before libjack tells; its
  // threads are given time to notice, since a client that is opened meanwhile has libjack free what
  // they still use.
  bool IsServerLost() {
    if (!IsOnJackd()) return false;
    std::this_thread::sleep_for(kToNotice);
    return gone || NoticeDeath();  // `gone` tells `changed` itself
  }

  // Whether the server is dead; then nothing of it is left here, and `changed` is told.
  bool NoticeDeath() {
    if (JackWatch::CanOpen()) return false;
    spdlog::debug("MIDI: the server died");
    gone = true;
    LetGo();
    events.changed();
    return true;
  }

  void FindApi() {
    if (gone) LetGo();
    if (api != RtMidi::UNSPECIFIED) return;
    if (access(kSequencer, R_OK | W_OK) == 0) {
      try {
        alsa_inputs.emplace(RtMidi::LINUX_ALSA, kOurName);
        alsa_outputs.emplace(RtMidi::LINUX_ALSA, kOurName);
        alsa_inputs->setErrorCallback(&Shared::Fail, this);
        alsa_outputs->setErrorCallback(&Shared::Fail, this);
        api = RtMidi::LINUX_ALSA;
        return;
      } catch (const RtMidiError& e) {
        spdlog::debug("MIDI: {}", e.what());
      }
    }
    const std::weak_ptr<Shared> self = weak_from_this();
    const auto changed = [self] {
      if (const auto shared = self.lock()) shared->events.changed();
    };
    jack = JackWatch::Open({.ports = changed,
                            .connected =
                                [self] {
                                  if (const auto shared = self.lock()) shared->events.connected();
                                },
                            .gone =
                                [self] {
                                  const auto shared = self.lock();
                                  if (shared == nullptr) return;
                                  shared->gone = true;
                                  shared->events.changed();
                                }});
    if (jack != nullptr) {
      api = RtMidi::UNIX_JACK;
      ++server;
    }
  }

  void List() {
    FindApi();
    Listing listing;
    if (api == RtMidi::LINUX_ALSA) {
      listing.api = "ALSA";
      listing.inputs = NamesOf(*alsa_inputs);
      listing.outputs = NamesOf(*alsa_outputs);
    } else if (api == RtMidi::UNIX_JACK) {
      listing.left = jack->TakeLeft();
      listing.api = "JACK";
      listing.inputs = jack->Sources();
      listing.outputs = jack->Sinks();
    }
    listing.server = server;
    KeepForeign(listing.inputs);
    KeepForeign(listing.outputs);
    events.listed(std::move(listing));
  }

  // What is connected already stays so: of the virtual port others hold the connections.
  void Open(std::uint32_t id, const std::string& input, const std::string& output) {
    if (api == RtMidi::UNSPECIFIED || gone || IsServerLost()) return;
    auto& port = ports[id];
    if (port == nullptr) port = std::make_unique<Port>(*this, id);
    if (port->input_name != input) {
      port->input.reset();
      if (!input.empty()) OpenSide(port->input, id, input, port.get());
      port->input_name = input;
    }
    if (port->output_name != output) {
      port->output.reset();
      if (!output.empty()) OpenSide(port->output, id, output, nullptr);
      port->output_name = output;
      port->unfetched = 0;
    }
    if (failed.exchange(false) && IsOnJackd()) NoticeDeath();
  }

  template <class Side>
  void OpenSide(std::optional<Side>& side, std::uint32_t id, const std::string& name,
                [[maybe_unused]] Port* listener) {
    // On a bare JACK server "Auralis" is the client with the ports for sound, whoever comes first.
    side.emplace(api, IsOnJackd() ? kClientBesideSound : kOurName);
    side->setErrorCallback(&Shared::Fail, this);
    if constexpr (std::is_same_v<Side, RtMidiIn>) {
      side->ignoreTypes(true, true, true);
      side->setCallback(&Shared::Hear, listener);
    }
    if (id == kVirtual) {
      side->openVirtualPort(kOurName);
    } else if (!Connect(*side, name)) {
      spdlog::debug("MIDI: {} went away before it was connected", name);
      side.reset();
    }
  }

  void Send(std::uint32_t id, const std::vector<std::vector<std::uint8_t>>& messages) {
    const auto found = ports.find(id);
    if (found == ports.end() || !found->second->output || gone) return;
    Port& port = *found->second;
    for (const auto& message : messages) {
      if (jack != nullptr) {
        const std::uint32_t cycle = jack->CycleTime();
        if (std::exchange(port.cycle, cycle) != cycle) port.unfetched = 0;
        if (port.unfetched + message.size() + kBytesBeside > kMostUnfetched) return;
        port.unfetched += message.size() + kBytesBeside;
      }
      port.output->sendMessage(message.data(), message.size());
    }
  }

  static void Fail(RtMidiError::Type, const std::string& text, void* self) {
    static_cast<Shared*>(self)->failed = true;
    spdlog::debug("MIDI: {}", text);
  }

  // [midi] Copies and wakes. System exclusive is nobody's business here.
  static void Hear(double, std::vector<unsigned char>* message, void* self) {
    Uncancelled([&] { HearAll(message, *static_cast<Port*>(self)); });
  }

  static void HearAll(const std::vector<unsigned char>* message, Port& port) {
    if (message->empty() || message->front() == kSystemExclusive) return;
    for (std::size_t at = 0; at < message->size();) {
      MidiBytes bytes{.port = port.id};
      const std::size_t size = std::min(message->size() - at, bytes.bytes.size());
      bytes.size = static_cast<std::uint8_t>(size);
      std::copy_n(message->begin() + static_cast<std::ptrdiff_t>(at), size, bytes.bytes.begin());
      if (!port.shared.queue.try_enqueue(port.token, bytes)) ++port.shared.lost;
      at += size;
    }
    if (!port.shared.told.exchange(true)) port.shared.events.heard();
  }
};

MidiPorts::MidiPorts(Events events)
    : shared_(std::make_shared<Shared>(std::move(events))),
      thread_([shared = shared_] { shared->Work(); }) {}

MidiPorts::~MidiPorts() { Close(); }

void MidiPorts::List() {
  shared_->Post([shared = shared_.get()] { shared->List(); });
}

void MidiPorts::Open(std::uint32_t port, const std::string& input, const std::string& output) {
  shared_->Post([=, shared = shared_.get()] { shared->Open(port, input, output); });
}

void MidiPorts::Close(std::uint32_t port) {
  shared_->Post([=, shared = shared_.get()] { shared->ports.erase(port); });
}

void MidiPorts::Send(std::uint32_t port, std::vector<std::vector<std::uint8_t>> messages) {
  if (messages.empty()) return;
  shared_->Post(
      [port, shared = shared_.get(), all = std::move(messages)] { shared->Send(port, all); });
}

void MidiPorts::Drain(const std::function<void(const MidiBytes&)>& take) {
  shared_->told = false;  // before it is looked: what comes now wakes again
  MidiBytes bytes;
  while (shared_->queue.try_dequeue(bytes)) take(bytes);
}

std::uint64_t MidiPorts::lost() const { return shared_->lost; }

void MidiPorts::Close() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->wake.notify_all();
  const bool ended = shared_->wake.wait_for(lock, kClosePatience, [&] { return shared_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    spdlog::warn("MIDI: the server does not let go; it is left to itself");
    thread_.detach();  // it holds what it uses
  }
}

}  // namespace auralis
