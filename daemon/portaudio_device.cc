#include "daemon/portaudio_device.h"

#include <portaudio.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <sstream>

#include "daemon/callback_gate.h"
#include "daemon/jack_route.h"
#include "daemon/portaudio_library.h"

namespace auralis {
namespace {

using namespace std::chrono_literals;

constexpr int kChannels = 2;
constexpr unsigned kMeasuredBuffers = 3;  // enough to tell a fixed buffer from a varying one
constexpr auto kOpenTimeout = 20s;        // seven periods, which may take a second
constexpr auto kFirstBufferTimeout = 5s;  // 8192 frames at 8 kHz, three times, and room
constexpr auto kCloseTimeout = 2s;
constexpr auto kWatchInterval = 100ms;
// While nothing is heard, and PipeWire's connection tells what happens.
constexpr auto kRestInterval = 3s;
constexpr auto kAwaitInterval = 250ms;
constexpr double kUsualRateHz = 48000.0;
// PulseAudio's monitors give sound in lumps; with the 9 ms that PortAudio proposes the stream
// stalls.
constexpr double kPulseLatencyS = 0.1;
constexpr int kStalledIntervals = 20;  // counted, not timed: a suspended machine is not a stall

std::string RateText(double rate_hz) {
  std::ostringstream text;
  text << rate_hz << " Hz";
  return text.str();
}

double ChooseRate(const SoundDevice& output, double wanted_hz) {
  if (wanted_hz <= 0.0) return output.sample_rate_hz;
  if (output.host_api == "JACK" && wanted_hz != output.sample_rate_hz) {
    throw DeviceError("--rate " + RateText(wanted_hz) + ": the JACK server runs at " +
                      RateText(output.sample_rate_hz) + ", which is the only rate it offers");
  }
  return wanted_hz;
}

}  // namespace

// The library's list of devices is what it was, and it may hang: only another process begins anew.
class PortAudioDevice::StuckError : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

// The stream and what its callback sees. On the heap, so that it can be left behind whole.
class PortAudioDevice::Stream {
 public:
  // One that runs, silent until its gate is opened. Against the clock: a server that takes a client
  // and then does not call it would be waited for ten minutes. Throws DeviceError where there is
  // nothing yet, StuckError where a stream was opened in vain.
  static std::unique_ptr<Stream> Opened(const PortAudioOptions& options) {
    std::packaged_task<std::unique_ptr<Stream>()> task([options] {
      auto stream = std::make_unique<Stream>(options);
      try {
        stream->Begin();
      } catch (const DeviceError& e) {
        Dispose(std::move(stream));
        throw StuckError(e.what());
      }
      return stream;
    });
    auto opened = task.get_future();
    std::thread(std::move(task)).detach();
    if (opened.wait_for(kOpenTimeout) != std::future_status::ready) {
      throw StuckError("the sound server is there, but does not ask for audio");
    }
    return opened.get();
  }

  // Opens; no callback runs before Begin(). Use Opened().
  explicit Stream(const PortAudioOptions& options)
      : jack_(RouteFor(options)), library_(options.client_name) {
    const std::vector<SoundDevice> devices = library_.Devices();
    const DevicePair pair = ChooseDevices(
        devices, {options.host_api, options.input, options.output, options.client_name});
    const SoundDevice& input = devices[pair.input];
    const SoundDevice& output = devices[pair.output];
    name_ = output.host_api + ": " + input.name + " -> " + output.name;
    input_channels_ = std::min(kChannels, input.input_channels);
    is_jack_ = output.host_api == "JACK";
    Open(static_cast<PaDeviceIndex>(pair.input), static_cast<PaDeviceIndex>(pair.output),
         ChooseRate(output, options.sample_rate_hz));
  }

  // What is linked stays linked.
  void KeepLinks() {
    if (jack_) jack_->Keep();
  }

  const std::string& name() const { return name_; }
  // JACK's rate may change while it runs.
  double rate_hz() const { return Pa_GetStreamInfo(stream_)->sampleRate; }
  StreamFormat format() const {
    const bool fixed = buffers() >= kMeasuredBuffers && !varies_.load();
    return {rate_hz(), fixed ? first_frames_.load() : 0};
  }
  pid_t thread() const { return thread_.load(); }
  std::uint64_t buffers() const { return buffers_.load(std::memory_order_relaxed); }
  bool IsRunning() const { return !given_up_ && Pa_IsStreamActive(stream_) == 1; }
  void GiveUp() { given_up_ = true; }

  CallbackGate& gate() { return gate_; }

  // Closes what still answers, and leaves the rest behind for the process's end.
  static void Dispose(std::unique_ptr<Stream> stream) {
    Stream* const raw = stream.release();
    if (!raw->IsRunning()) {
      raw->library_.Abandon();
      return;
    }
    // The server may die in this moment, so even a healthy stream is closed against the clock.
    std::promise<void> closed;
    std::future<void> done = closed.get_future();
    std::thread([raw, closed = std::move(closed)]() mutable {
      Pa_StopStream(raw->stream_);  // plays what is buffered, the end of a fade among it
      Pa_CloseStream(raw->stream_);
      delete raw;
      closed.set_value();
    }).detach();
    done.wait_for(kCloseTimeout);
  }

 private:
  // Before the library takes its look at what there is.
  static std::unique_ptr<JackRoute> RouteFor(const PortAudioOptions& options) {
    if (!options.jack_route || options.host_api == "alsa") return nullptr;
    SilenceSoundLibraries();
    static std::future<std::unique_ptr<JackRoute>> done;
    static std::string client;
    static bool makes_sink = false;
    if (!done.valid()) {
      client = options.client_name;
      makes_sink = options.jack_sink;
    }
    return AwaitAnswer<std::unique_ptr<JackRoute>>(
        done, [] { return JackRoute::Open(client, makes_sink); });
  }

  void Open(PaDeviceIndex input, PaDeviceIndex output, double rate_hz) {
    const PaSampleFormat planar_float = paFloat32 | paNonInterleaved;
    const double least_s = name_.find("pulse") != std::string::npos ? kPulseLatencyS : 0.0;
    const PaStreamParameters from{
        input, input_channels_, planar_float,
        std::max(least_s, Pa_GetDeviceInfo(input)->defaultLowInputLatency), nullptr};
    const PaStreamParameters to{
        output, kChannels, planar_float,
        std::max(least_s, Pa_GetDeviceInfo(output)->defaultLowOutputLatency), nullptr};
    CheckPortAudio(Pa_OpenStream(&stream_, &from, &to, rate_hz, paFramesPerBufferUnspecified,
                                 paClipOff | paDitherOff, &Stream::Run, this),
                   "open " + name_ + " with 2 channels at " + RateText(rate_hz));
  }

  // Runs. A stream that fails here is to be disposed of.
  void Begin() {
    CheckPortAudio(Pa_StartStream(stream_), "start " + name_);
    WaitForBuffers();
    if (jack_) jack_->Learn();
  }

  void WaitForBuffers() const {
    const auto deadline = std::chrono::steady_clock::now() + kFirstBufferTimeout;
    while (buffers() < kMeasuredBuffers && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    if (buffers() == 0) throw DeviceError(name_ + " opened, but did not ask for audio within 5 s");
  }

  static int Run(const void* input, void* output, unsigned long frames,
                 const PaStreamCallbackTimeInfo*, PaStreamCallbackFlags flags,
                 void* user) {  // [rt]
    static_cast<Stream*>(user)->Process(static_cast<const float* const*>(input),
                                        static_cast<float* const*>(output), frames, flags);
    return paContinue;
  }

  void Process(const float* const* input, float* const* output, std::size_t frames,
               PaStreamCallbackFlags flags) {  // [rt]
    // A mono input is heard on both sides.
    const float* const both[kChannels] = {input[0], input[input_channels_ - 1]};
    constexpr PaStreamCallbackFlags kLost =
        paInputUnderflow | paInputOverflow | paOutputUnderflow | paOutputOverflow;
    // JACK's buffers are all of one length: with another one the server began anew. ALSA's vary.
    const bool begins = is_jack_ && frames != last_frames_;
    last_frames_ = frames;
    if (!gate_.Process({.input = both,
                        .output = output,
                        .frames = frames,
                        .xruns = (flags & kLost) != 0 ? 1U : 0U,
                        .after_pause = begins,
                        .after_loss = begins})) {
      for (int channel = 0; channel < kChannels; ++channel) {
        std::fill_n(output[channel], frames, 0.0F);
      }
      // While the stream is opened; later nothing is asked of the system in here.
      if (thread_.load(std::memory_order_relaxed) == 0) thread_.store(gettid());
    }
    MeasureBuffer(frames);
  }

  void MeasureBuffer(std::size_t frames) {  // [rt]
    const std::uint64_t seen = buffers_.load(std::memory_order_relaxed);
    if (seen == 0) first_frames_.store(frames, std::memory_order_relaxed);
    if (frames != first_frames_.load(std::memory_order_relaxed)) varies_.store(true);
    buffers_.store(seen + 1);
  }

  std::unique_ptr<JackRoute> jack_;
  PortAudioLibrary library_;
  std::string name_;
  PaStream* stream_ = nullptr;
  int input_channels_ = kChannels;
  bool is_jack_ = false;
  std::size_t last_frames_ = 0;  // [rt]
  std::atomic<bool> given_up_{false};
  CallbackGate gate_;
  std::atomic<pid_t> thread_{0};
  std::atomic<bool> varies_{false};
  std::atomic<std::size_t> first_frames_{0};
  std::atomic<std::uint64_t> buffers_{0};
};

PortAudioDevice::PortAudioDevice(const PortAudioOptions& options) : options_(options) {
  try {
    TakeOver(Stream::Opened(options_));
  } catch (const DeviceError& e) {
    if (!options_.awaits) throw;
    is_stuck_ = dynamic_cast<const StuckError*>(&e) != nullptr;
    name_ = "PortAudio: nothing yet";
    format_ = {options_.sample_rate_hz > 0.0 ? options_.sample_rate_hz : kUsualRateHz, 0};
    spdlog::info("the sound server or the device is awaited: {}", e.what());
  }
}

PortAudioDevice::~PortAudioDevice() {
  Stop();
  if (stream_) Stream::Dispose(std::move(stream_));
}

void PortAudioDevice::TakeOver(std::unique_ptr<Stream> stream) {
  stream_ = std::move(stream);
  name_ = stream_->name();
  format_ = stream_->format();
  PortAudioLibrary::LetOthersRest();
}

pid_t PortAudioDevice::callback_thread() const { return stream_ ? stream_->thread() : 0; }

void PortAudioDevice::Start(AudioCallback& callback, DeviceEvents events) {
  Stop();
  if (stream_) stream_->gate().Open(callback);
  watcher_ =
      std::jthread([this, &callback, events = std::move(events)](const std::stop_token& stop) {
        if (stream_) {
          Watch(stop, callback, events);
        } else {
          AwaitStream(stop, events);
        }
      });
}

void PortAudioDevice::Stop() {
  if (!watcher_.joinable()) return;
  watcher_.request_stop();
  watcher_.join();
  if (fresh_) return TakeOver(std::move(fresh_));
  if (!stream_) return;
  stream_->gate().Close();
  if (stream_->IsRunning()) format_ = stream_->format();
}

void PortAudioDevice::LookSoon() {
  {
    const std::lock_guard lock(look_mutex_);
    look_soon_ = true;
  }
  look_.notify_all();
}

void PortAudioDevice::Watch(const std::stop_token& stop, const AudioCallback& callback,
                            const DeviceEvents& events) {
  const bool may_rest = !options_.jack_route;  // a bare JACK server's graph runs anyway
  int looks_left = kStalledIntervals;          // before it rests
  std::uint64_t last_buffers = 0;
  int stalled_intervals = 0;
  while (!stop.stop_requested()) {
    const bool rests = may_rest && looks_left == 0 && callback.idle();
    {
      std::unique_lock lock(look_mutex_);
      const std::chrono::milliseconds interval = rests ? kRestInterval : kWatchInterval;
      look_.wait_for(lock, stop, interval, [&] { return rests && look_soon_; });
      if (std::exchange(look_soon_, false)) looks_left = kStalledIntervals;
    }
    if (stop.stop_requested()) return;
    const std::uint64_t buffers = stream_->buffers();
    stalled_intervals = buffers == last_buffers ? stalled_intervals + 1 : 0;
    looks_left = stalled_intervals > 0 ? kStalledIntervals : std::max(0, looks_left - 1);
    last_buffers = buffers;
    const bool gone = !stream_->IsRunning();
    if (gone || stalled_intervals >= kStalledIntervals) {
      stream_->GiveUp();
      return events.ended(gone ? "the sound server or the device is gone"
                               : "the sound server or the device stopped asking for audio");
    }
    stream_->KeepLinks();
    if (const double rate_hz = stream_->rate_hz(); rate_hz != format_.sample_rate_hz) {
      return events.renewed("the sample rate is " + RateText(rate_hz) + " now");
    }
  }
}

// Fails quickly where no server runs. What fails after a stream was opened is left to another
// process: the library's list of devices stays what it was.
void PortAudioDevice::AwaitStream(const std::stop_token& stop, const DeviceEvents& events) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  while (!woken.wait_for(lock, stop, kAwaitInterval, [] { return false; }) &&
         !stop.stop_requested()) {
    if (is_stuck_) return events.ended("another start may find it better");
    try {
      fresh_ = Stream::Opened(options_);
    } catch (const StuckError& e) {
      return events.ended(e.what());
    } catch (const DeviceError& e) {
      spdlog::debug("still awaited: {}", e.what());
      continue;
    }
    return events.renewed("the sound server is back");
  }
}

std::vector<SoundDevice> ListPortAudioDevices() {
  return PortAudioLibrary("auralis-list").Devices();
}

}  // namespace auralis
