#pragma once
// Where audio comes from and goes to. The engine knows nothing of it but the callback.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace auralis {

// Throws carry what failed, on which device, and what would be right.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One host buffer. Two planar channels each way; input and output never alias.
struct HostBuffer {
  const float* const* input;
  float* const* output;
  std::size_t frames;
  std::uint32_t xruns;  // the device lost this many buffers since the last call
  // The device did not ask for audio for a while: what is still on its way through belongs to then.
  bool after_pause = false;
  // Sound was lost on the way here: what follows begins in the middle of it. Not the same as
  // `xruns`: JACK reports those also where it waited.
  bool after_loss = false;
};

class AudioCallback {
 public:
  virtual ~AudioCallback() = default;
  virtual void Process(const HostBuffer& buffer) noexcept = 0;  // [rt]
  // How many frames later the input comes out. [any]
  virtual std::size_t latency_frames() const noexcept = 0;
  // Nothing is computed: there has been silence for long. [any]
  virtual bool idle() const noexcept { return false; }
};

struct StreamFormat {
  double sample_rate_hz;
  std::size_t host_frames;  // 0 where the host's buffer varies or is unknown
  double speed = 1.0;       // seconds of it that go by in one of the clock's
};

// What a device says by itself: from any thread, but never from within the callback.
struct DeviceEvents {
  // Once: it ended, with "" at a regular end (a file was played) or with what failed.
  std::function<void(std::string error)> ended;
  // The stream is another one, for the reason given: format() may differ, and what the callback
  // remembers is of the past. It is not called any more until Start() lets one in again.
  std::function<void(std::string reason)> renewed = {};
};

class AudioDevice {
 public:
  virtual ~AudioDevice() = default;

  virtual std::string name() const = 0;  // for people: "JACK: Auralis -> Speakers"
  // The thread that calls the callback; 0 while nobody knows. [any]
  virtual pid_t callback_thread() const { return 0; }
  // Stays while a callback is let in. [control]
  virtual StreamFormat format() const = 0;
  // Whether a listener hears it: such a device starts and stops with a fade. A file does not.
  virtual bool is_live() const = 0;
  // Calls `callback` from a thread of its own until Stop(), or until it says that it ended or was
  // renewed. Throws DeviceError. [control]
  virtual void Start(AudioCallback& callback, DeviceEvents events) = 0;
  // No callback runs after it returned. Idempotent. [control]
  virtual void Stop() = 0;
  // Something happened to the sound server: what is looked at now and then is looked at soon.
  // [control]
  virtual void LookSoon() {}
};

}  // namespace auralis
