#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/audio_device.h"
#include "daemon/pipe_writer.h"
#include "daemon/programme.h"
#include "daemon/sound_file.h"

namespace auralis {

struct VirtualDeviceOptions {
  std::filesystem::path play = {};    // "" plays the built-in programme
  bool loop = false;                  // start again at the end of `play`
  std::filesystem::path record = {};  // "" records nothing; a sound file, or see PipeWriter
  double sample_rate_hz = 0.0;        // 0: the file's, or 48000; another one than the file's throws
  std::size_t host_frames = 256;      // length of every buffer but the last
  bool paced = true;                  // by the clock, like hardware; else as fast as possible
  double speed = 1.0;                 // of the clock that paces it
};

// A device without hardware: what it captures comes from a file or a built-in programme, what it
// is given goes to a file or nowhere. It ends when the file does, after handing out everything
// that is still inside the engine; what it records is as late as the engine's latency says.
class VirtualDevice final : public AudioDevice {
 public:
  // Opens the files. Throws FileError, DeviceError. [control]
  explicit VirtualDevice(const VirtualDeviceOptions& options);
  ~VirtualDevice() override { Stop(); }

  std::string name() const override;
  StreamFormat format() const override;
  bool is_live() const override { return false; }
  void Start(AudioCallback& callback, DeviceEvents events) override;
  void Stop() override;

 private:
  void Run(AudioCallback& callback, const std::function<void(std::string)>& on_end);
  void Stream(AudioCallback& callback);
  void WriteToPipe(const float* left, const float* right, std::size_t frames);
  std::size_t Capture(float* left, float* right, std::size_t frames);

  VirtualDeviceOptions options_;
  std::optional<SoundFileReader> reader_;
  std::optional<Programme> programme_;
  std::optional<SoundFileWriter> writer_;
  std::optional<PipeWriter> pipe_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace auralis
