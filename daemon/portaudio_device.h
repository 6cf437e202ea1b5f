#pragma once
// Real sound devices: JACK (PipeWire's or jackd's) and ALSA, through PortAudio.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "daemon/audio_device.h"
#include "daemon/device_match.h"

namespace auralis {

struct PortAudioOptions {
  std::string host_api;       // "jack", "alsa", or "": JACK where a server answers, else ALSA
  std::string input;          // name, or a part of it; "" takes the sink called Auralis
  std::string output;         // name, or a part of it; "" takes the host API's default
  double sample_rate_hz = 0;  // 0: the device's own
  bool awaits = false;        // a device that is not there is waited for
  bool jack_route = false;    // nobody else keeps JACK's links
  bool jack_sink = false;     // nor is there a sink
  std::string client_name = "auralis";  // what patch bays show
};

// What this machine offers now; empty where no sound server and no card answers. Throws
// DeviceError. [control]
std::vector<SoundDevice> ListPortAudioDevices();

// One full-duplex stream of 2 x 2 float channels. It runs (silent) from construction, because only
// a running stream tells the size of its buffers; Start() lets the callback in. Where the rate
// changes the stream is renewed. A stream whose server died is abandoned, never closed: PortAudio
// would wait ten minutes for the dead server. Then it has ended, and only another process can begin
// anew: there it is awaited, without a stream, and renewed when the stream is there.
class PortAudioDevice final : public AudioDevice {
 public:
  // Throws DeviceError, which lists the devices there are. [control]
  explicit PortAudioDevice(const PortAudioOptions& options);
  ~PortAudioDevice() override;
  PortAudioDevice(const PortAudioDevice&) = delete;
  PortAudioDevice& operator=(const PortAudioDevice&) = delete;

  std::string name() const override { return name_; }
  pid_t callback_thread() const override;
  StreamFormat format() const override { return format_; }
  bool is_live() const override { return true; }
  // What it says comes from a watcher thread and must not call Stop() there.
  void Start(AudioCallback& callback, DeviceEvents events) override;
  void Stop() override;
  void LookSoon() override;

 private:
  class Stream;
  class StuckError;

  void TakeOver(std::unique_ptr<Stream> stream);
  void Watch(const std::stop_token& stop, const AudioCallback& callback,
             const DeviceEvents& events);
  void AwaitStream(const std::stop_token& stop, const DeviceEvents& events);

  PortAudioOptions options_;
  std::unique_ptr<Stream> stream_;  // none while it is awaited
  bool is_stuck_ = false;           // one was opened in vain
  std::unique_ptr<Stream> fresh_;   // that the watcher opened, for Stop() to take over
  std::string name_;
  StreamFormat format_{};
  std::mutex look_mutex_;
  std::condition_variable_any look_;
  bool look_soon_ = false;
  std::jthread watcher_;  // polls: PortAudio's JACK side reports a dead server in no other way
};

}  // namespace auralis
