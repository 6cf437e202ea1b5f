#include "daemon/virtual_device.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>

namespace auralis {
namespace {

constexpr double kDefaultRateHz = 48000.0;

// Wakes at start + n * period without drift: the time of a frame follows from its number.
class Pacer {
 public:
  explicit Pacer(double sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {
    clock_gettime(CLOCK_MONOTONIC, &start_);
  }
  void SleepUntilFrame(std::uint64_t frame) const {
    const auto offset_ns =
        static_cast<std::int64_t>(std::llround(static_cast<double>(frame) / sample_rate_hz_ * 1e9));
    constexpr std::int64_t kSecondNs = 1'000'000'000;
    const std::int64_t ns = start_.tv_nsec + offset_ns;
    const timespec due{.tv_sec = start_.tv_sec + ns / kSecondNs, .tv_nsec = ns % kSecondNs};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
    }
  }

 private:
  double sample_rate_hz_;
  timespec start_{};
};

}  // namespace

VirtualDevice::VirtualDevice(const VirtualDeviceOptions& options) : options_(options) {
  if (options.host_frames < 1 || options.host_frames > 8192) {
    throw DeviceError("virtual device: a host buffer of " + std::to_string(options.host_frames) +
                      " frames (allowed: 1 to 8192)");
  }
  double& rate = options_.sample_rate_hz;
  if (options.play.empty()) {
    if (rate == 0.0) rate = kDefaultRateHz;
    programme_.emplace(rate);
  } else {
    reader_.emplace(options.play);
    if (rate == 0.0) rate = reader_->sample_rate_hz();
    if (rate != reader_->sample_rate_hz()) {
      throw DeviceError("virtual device: " + options.play.string() + " has a rate of " +
                        std::to_string(std::lround(reader_->sample_rate_hz())) + " Hz, not the " +
                        std::to_string(std::lround(rate)) +
                        " Hz asked for (leave the rate out to take the file's)");
    }
  }
  if (options.record.empty()) return;
  std::error_code ignored;
  if (!options.play.empty() && std::filesystem::equivalent(options.play, options.record, ignored)) {
    throw FileError(options.record.string() +
                    ": cannot be recorded: it is the file that is played");
  }
  if (PipeWriter::IsFor(options.record)) {
    pipe_.emplace(options.record);
  } else {
    writer_.emplace(options.record, rate);
  }
}

std::string VirtualDevice::name() const {
  const std::string from = options_.play.empty() ? "programme" : options_.play.string();
  const std::string to = options_.record.empty()  ? "nowhere"
                         : options_.record == "-" ? "standard output"
                                                  : options_.record.string();
  return "virtual: " + from + " -> " + to;
}

StreamFormat VirtualDevice::format() const {
  return {.sample_rate_hz = options_.sample_rate_hz,
          .host_frames = options_.host_frames,
          .speed = options_.speed};
}

void VirtualDevice::Start(AudioCallback& callback, DeviceEvents events) {
  stop_ = false;
  thread_ =
      std::thread([this, &callback, on_end = std::move(events.ended)] { Run(callback, on_end); });
  pthread_setname_np(thread_.native_handle(), "virtual-device");
}

void VirtualDevice::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void VirtualDevice::Run(AudioCallback& callback, const std::function<void(std::string)>& on_end) {
  std::string error;
  try {
    Stream(callback);
    if (writer_) writer_->Close();  // whole on disk before anybody hears that it ended
  } catch (const FileError& e) {
    error = e.what();
  }
  writer_.reset();
  pipe_.reset();  // its reader hears that it ended
  if (!stop_ || !error.empty()) on_end(error);
}

void VirtualDevice::Stream(AudioCallback& callback) {
  using Channels = std::array<std::vector<float>, 2>;
  Channels in{};
  Channels out{};
  for (auto* channels : {&in, &out}) {
    for (auto& channel : *channels) channel.assign(options_.host_frames, 0.0F);
  }
  const Pacer pacer(options_.sample_rate_hz * options_.speed);
  std::uint64_t position = 0;
  std::uint64_t end = 0;  // known once the file has ended: its length plus the engine's latency
  const auto second = static_cast<std::uint64_t>(options_.sample_rate_hz);
  std::uint64_t sync_at = second;
  bool ended = false;
  while (!stop_ && !(ended && position >= end)) {
    std::size_t frames = options_.host_frames;
    const std::size_t got = ended ? 0 : Capture(in[0].data(), in[1].data(), frames);
    if (!ended && got < frames) {
      ended = true;
      end = position + got + callback.latency_frames();
    }
    for (auto& channel : in) {
      std::fill(channel.begin() + static_cast<std::ptrdiff_t>(got), channel.end(), 0.0F);
    }
    const float* const input[2] = {in[0].data(), in[1].data()};
    float* const output[2] = {out[0].data(), out[1].data()};
    callback.Process({.input = input, .output = output, .frames = frames, .xruns = 0});
    if (ended) frames = static_cast<std::size_t>(std::min<std::uint64_t>(frames, end - position));
    if (writer_) writer_->Write(out[0].data(), out[1].data(), frames);
    if (pipe_) WriteToPipe(out[0].data(), out[1].data(), frames);
    position += frames;
    if (writer_ && position >= sync_at) {
      writer_->Sync();
      sync_at = position + second;
    }
    if (options_.paced) pacer.SleepUntilFrame(position);
  }
}

// With a clock of its own the stream goes on without a reader that is late; without one the reader
// is the clock.
void VirtualDevice::WriteToPipe(const float* left, const float* right, std::size_t frames) {
  if (options_.paced) {
    pipe_->Write(left, right, frames);
  } else {
    pipe_->Write(left, right, frames, [this] { return stop_.load(); });
  }
}

std::size_t VirtualDevice::Capture(float* left, float* right, std::size_t frames) {
  if (programme_) {
    programme_->Render(left, right, frames);
    return frames;
  }
  std::size_t got = reader_->Read(left, right, frames);
  while (options_.loop && got < frames) {
    reader_->Rewind();
    const std::size_t more = reader_->Read(left + got, right + got, frames - got);
    if (more == 0) break;
    got += more;
  }
  return got;
}

}  // namespace auralis
