// From a player to a recorder through PipeWire, with and without Auralis between them: what is
// added is what is declared, to the frame, and that is the limiter's look-ahead and nothing else.

#include <gtest/gtest.h>

#include <initializer_list>
#include <iostream>

#include "dsp/signal_path.h"
#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

constexpr std::size_t kMostDelay = 16384;
constexpr std::size_t kBlockFrames = 64;

class Latency : public testing::Test {
 protected:
  Latency() : server_(256) {
    server_.MakeNullSink("Speakers", "Speakers");
    server_.SetDefaultSink("Speakers");
  }

  void Connect(const std::string& program, const std::string& from, const std::string& to) const {
    const Finished done = RunProgram({program, from, to}, server_.environment());
    if (done.exit_code != 0) throw std::runtime_error(from + " -> " + to + ": " + done.errors);
  }
  void EachSide(const std::string& program, const std::string& sink) const {
    Connect(program, "player:out_1", sink + ":playback_FL");
    Connect(program, "player:out_2", sink + ":playback_FR");
  }
  // In frames, from when it is played to when it is recorded.
  std::size_t DelayThrough(JackClient& client, const std::string& sink) const {
    EachSide("jack_connect", sink);
    const StereoSignal noise = NoisePair(0.1, 0.5);
    const Recording heard = PlayThrough(client, noise);
    EXPECT_EQ(heard.xruns, 0U);
    EachSide("jack_disconnect", sink);
    const std::size_t delay = DelayBetween(noise.left, heard.audio.left, kMostDelay);
    EXPECT_EQ(DelayBetween(noise.right, heard.audio.right, kMostDelay), delay);
    return delay;
  }

  void Measure(const std::vector<std::string>& options, std::initializer_list<unsigned> quanta) {
    const Auralisd daemon(server_.environment(), options);
    JackClient client(server_.environment());
    Connect("jack_connect", "Speakers:monitor_FL", "recorder:in_1");
    Connect("jack_connect", "Speakers:monitor_FR", "recorder:in_2");
    SignalPath path;
    path.Prepare({.sample_rate_hz = kRateHz, .block_frames = kBlockFrames}, SignalPath::kDefaults);
    const std::size_t limiter = path.chain().stage<Limiter>().latency_frames();
    for (const unsigned quantum : quanta) {
      SCOPED_TRACE(quantum);
      server_.ForceQuantum(quantum);
      const std::size_t without = DelayThrough(client, "Speakers");
      const std::size_t with = DelayThrough(client, "Auralis");
      const std::size_t declared = daemon.LatencyFrames();
      std::cout << "quantum " << quantum << ": " << without << " frames without Auralis, " << with
                << " with: " << static_cast<std::ptrdiff_t>(with - without) << " added, "
                << declared << " declared, " << limiter << " of them the limiter's\n";
      EXPECT_EQ(with - without, declared);
      // A quantum that is no number of whole blocks costs one, from then on.
      EXPECT_EQ(declared, limiter + (quantum % kBlockFrames == 0 ? 0 : kBlockFrames));
    }
  }

  PipeWireServer server_;
};

TEST_F(Latency, AddsTheLimitersLookAheadAndNothingElse) {
  Measure({"--device", "pipewire"}, {1024, 333});
}

TEST_F(Latency, AddsNoMoreThroughPortAudio) {
  Measure({"--device", "portaudio", "--host-api", "jack"}, {256});
}

}  // namespace
}  // namespace auralis::test
