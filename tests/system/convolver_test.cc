// The convolver in the real daemon: responses that come and go while it plays.

#include <gtest/gtest.h>
#include <sndfile.h>

#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/measure.h"
#include "tests/support/sound_server.h"
#include "tests/system/auralisd.h"
#include "tests/system/stream_check.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;

// A single tap: a gain that can be told from no response at all.
void WriteGain(const std::filesystem::path& path, float gain, int channels) {
  SF_INFO info{};
  info.channels = channels;
  info.samplerate = 48000;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr);
  std::vector<float> frames(static_cast<std::size_t>(100 * channels), 0.0F);
  for (int channel = 0; channel < channels; ++channel) {
    frames[static_cast<std::size_t>(channel)] = gain;
  }
  sf_writef_float(file, frames.data(), 100);
  sf_close(file);
}

double HeardDb(const Recording& recording, double at_s) {
  return Db(ToneAmplitude(Cut(recording.audio.left, at_s - 0.15, at_s + 0.15), 1000.0, kRateHz) /
            0.2);
}

TEST(Convolver, LoadsSwapsAndClearsWhileItPlaysAndKeepsTheOldOneOnAnError) {
  const JackServer server(256, JackServer::Late::kWaits);
  JackClient client(server.environment());
  const TempDir folder;
  WriteGain(folder / "half.wav", 0.5F, 1);
  WriteGain(folder / "tenth.irs", 0.1F, 2);
  WriteGain(folder / "wide.wav", 0.1F, 17);
  std::ofstream(folder / "text.wav") << "no sound";
  Auralisd daemon(server.environment(), ThroughJack("player", "recorder"),
                  "[convolver]\nenabled = true\nnormalize = false\nfile = \"" +
                      (folder / "half.wav").string() + "\"\n");
  EXPECT_EQ(daemon.Status().at("convolver_file"), (folder / "half.wav").string());
  const Recording heard = client.Play(TonePair(1000.0, 0.2, 5.0), [&] {
    std::this_thread::sleep_for(1s);
    for (const char* bad : {"wide.wav", "text.wav", "nowhere.wav"}) {
      EXPECT_EQ(daemon.Ctl({"convolver", "load", folder / bad}).exit_code, 65) << bad;
    }
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(daemon.Ctl({"convolver", "load", folder / "tenth.irs"}).exit_code, 0);
    std::this_thread::sleep_for(1500ms);
    EXPECT_EQ(daemon.Ctl({"convolver", "clear"}).exit_code, 0);
  });
  EXPECT_NEAR(HeardDb(heard, 0.7), -6.02, 0.05);
  EXPECT_NEAR(HeardDb(heard, 1.4), -6.02, 0.05);
  EXPECT_NEAR(HeardDb(heard, 2.7), -20.0, 0.05);
  EXPECT_NEAR(HeardDb(heard, 4.7), 0.0, 0.05);
  EXPECT_EQ(daemon.Status().at("convolver_file"), "");
}

TEST(Convolver, AFileThatIsNotThereIsSaidAndDoesNotKeepItFromStarting) {
  const JackServer server(256, JackServer::Late::kWaits);
  const JackClient client(server.environment());
  const Auralisd daemon(server.environment(), ThroughJack("player", "recorder"),
                        "[convolver]\nenabled = true\nfile = \"nowhere.wav\"\n");
  EXPECT_NE(daemon.log().find("nowhere.wav: cannot be a response"), std::string::npos)
      << daemon.log();
  EXPECT_EQ(daemon.Status().at("convolver_file"), "");
}

}  // namespace
}  // namespace auralis::test
