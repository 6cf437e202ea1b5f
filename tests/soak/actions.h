#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ipc/client.h"
#include "tests/support/midi_controller.h"
#include "tests/support/process.h"
#include "tests/support/sound_server.h"

namespace auralis::test {

// What may happen to a daemon, one thing after the other: knobs, stages, presets, responses, edited
// settings, adaptation, clients that come, listen, do not read, talk garbage and vanish, a MIDI
// controller that is played, pulled out and plugged in, a sound server that dies. Everything that
// has an answer is looked at: what must be taken, and what must be refused.
class Actions {
 public:
  // `folder` is for what is loaded and edited; the daemon's settings file is auralis.toml in it.
  Actions(Process& daemon, std::filesystem::path socket, std::filesystem::path folder,
          JackServer& server);
  // The controller's map, to be there before the daemon is.
  static void WriteMap(const JackServer& server);

  void Act();  // one of them, by chance. Throws std::runtime_error where the answer is wrong
  // Everything back to where it began, and so often changed that the way back holds nothing of
  // before: what the daemon holds now is the same each time, or it leaks.
  void Rest();
  void Listen();  // takes what the subscribed client was sent
  // As listened to: readings, and frames of which they said nothing.
  std::uint64_t readings() const { return readings_; }
  std::string Summary() const;
  ipc::Status Status();

 private:
  void TurnKnobs();
  void SwitchStage();
  void LoadPreset();
  void TakeBack();
  void LoadResponse();
  void EditSettings();
  void Adapt();
  void Misbehave();
  void PlayController();
  void Play();
  void Fault();
  void PlugIn();  // the controller, until the daemon hears it
  void AwaitHeard();
  double Gain();  // input.gain, dB

  Process& daemon_;
  JackServer& server_;
  std::unique_ptr<MidiController> controller_;
  std::size_t let_go_ = 0;  // controllers that the server lost
  std::filesystem::path socket_;
  std::filesystem::path folder_;
  std::minstd_rand chance_{7};
  ipc::Client client_;
  ipc::Client listener_;
  std::vector<int> deaf_;  // connections that never read
  std::vector<std::uint64_t> counts_;
  std::uint64_t readings_ = 0;
};

}  // namespace auralis::test
