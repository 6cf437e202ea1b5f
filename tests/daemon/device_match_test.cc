#include "daemon/device_match.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/audio_device.h"

namespace auralis {
namespace {

SoundDevice Jack(const std::string& name, int inputs = 2, int outputs = 2, bool usual = false) {
  return {"JACK", name, inputs, outputs, 48000.0, usual};
}
SoundDevice Alsa(const std::string& name, int inputs = 2, int outputs = 2, bool usual = false) {
  return {"ALSA", name, inputs, outputs, 44100.0, usual};
}

// "input -> output" by name, or what the error says.
std::string Chosen(const std::vector<SoundDevice>& devices, const DeviceWishes& wishes) {
  try {
    const DevicePair pair = ChooseDevices(devices, wishes);
    return devices[pair.input].name + " -> " + devices[pair.output].name;
  } catch (const DeviceError& e) {
    return e.what();
  }
}

bool Says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<SoundDevice> Desktop() {
  return {Alsa("default", 64, 64, true), Jack("Auralis", 2, 2, true), Jack("Built-in Audio"),
          Jack("HDA Models 10h  HDMI 2"), Jack("Webcam", 1, 0)};
}

TEST(ChooseDevices, UnaskedTakesTheAuralisSinkAndTheFirstOtherOutputOfJack) {
  EXPECT_EQ(Chosen(Desktop(), {}), "Auralis -> Built-in Audio");
}

TEST(ChooseDevices, UnaskedPrefersTheDefaultOutput) {
  EXPECT_EQ(Chosen({Jack("Auralis"), Jack("Headset"), Jack("Speakers", 2, 2, true)}, {}),
            "Auralis -> Speakers");
}

TEST(ChooseDevices, UnaskedNeverListensToAMicrophoneOrToTheSpeakersMonitor) {
  const std::string said = Chosen({Jack("Speakers"), Jack("Webcam", 1, 0)}, {});
  EXPECT_TRUE(Says(said, "no sink 'Auralis'")) << said;
  EXPECT_TRUE(Says(said, "'Webcam'")) << said;
}

TEST(ChooseDevices, UnaskedNeverPlaysIntoAnotherInstance) {
  EXPECT_EQ(Chosen({Jack("Auralis"), Jack("auralis-01", 2, 2, true), Jack("Speakers")},
                   {.host_api = "", .input = "", .output = "", .client_name = "auralis"}),
            "Auralis -> Speakers");
}

TEST(ChooseDevices, TakesAlsaWhereJackHasNoDevices) {
  EXPECT_EQ(Chosen({Alsa("Loopback: PCM (hw:1,1)"), Alsa("default", 2, 2, true)},
                   {.host_api = "", .input = "hw:1,1", .output = "", .client_name = ""}),
            "Loopback: PCM (hw:1,1) -> default");
}

TEST(ChooseDevices, MatchesExactlyThenWithoutCaseThenAPart) {
  const std::vector<SoundDevice> devices = {Jack("in"), Jack("Out Long"), Jack("OUT"), Jack("out")};
  const auto output = [&](const std::string& name) {
    return Chosen(devices, {.host_api = "", .input = "in", .output = name, .client_name = ""});
  };
  EXPECT_EQ(output("out"), "in -> out");
  EXPECT_EQ(output("oUt"), "in -> OUT");
  EXPECT_EQ(output("long"), "in -> Out Long");
}

TEST(ChooseDevices, FindsANameWhoseBracketsPipeWireShowsAsSpaces) {
  EXPECT_EQ(Chosen(Desktop(), {.host_api = "jack",
                               .input = "auralis",
                               .output = "HDA(Models 10h)[HDMI 2]",
                               .client_name = ""}),
            "Auralis -> HDA Models 10h  HDMI 2");
}

TEST(ChooseDevices, RefusesOneJackNodeAsBothEndsButNotOneAlsaDevice) {
  const DeviceWishes same{
      .host_api = "jack", .input = "Built", .output = "Built", .client_name = ""};
  EXPECT_TRUE(Says(Chosen(Desktop(), same), "feed back")) << Chosen(Desktop(), same);
  const DeviceWishes alsa{
      .host_api = "alsa", .input = "default", .output = "default", .client_name = ""};
  EXPECT_EQ(Chosen(Desktop(), alsa), "default -> default");
}

TEST(ChooseDevices, TakesAMonoInputButNoMonoOutput) {
  const std::vector<SoundDevice> devices = {Jack("Mono In", 1, 0), Jack("Mono Out", 0, 1),
                                            Jack("Stereo", 0, 2)};
  EXPECT_EQ(Chosen(devices, {.host_api = "", .input = "mono", .output = "", .client_name = ""}),
            "Mono In -> Stereo");
  const std::string refused =
      Chosen(devices, {.host_api = "", .input = "mono", .output = "Mono Out", .client_name = ""});
  EXPECT_TRUE(Says(refused, "two channels")) << refused;
  EXPECT_TRUE(Says(refused, "'Stereo'")) << refused;
}

TEST(ChooseDevices, ErrorsSayWhatIsAllowed) {
  EXPECT_TRUE(
      Says(Chosen(Desktop(), {.host_api = "oss", .input = "", .output = "", .client_name = ""}),
           "allowed are jack and alsa"));
  EXPECT_TRUE(Says(Chosen({}, {.host_api = "jack", .input = "", .output = "", .client_name = ""}),
                   "pw-jack"));
  const std::string none = Chosen({}, {});
  EXPECT_TRUE(Says(none, "no JACK server")) << none;
  EXPECT_TRUE(Says(none, "no ALSA device")) << none;
}

}  // namespace
}  // namespace auralis
