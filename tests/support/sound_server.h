#pragma once
// Real sound servers without hardware, each in a world of its own: tests may run side by side.

#include <csignal>
#include <map>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

// For every program that loads a sound server's client library. Those leave memory to the end of
// the process, and plug-ins that are unloaded by then, so that no suppression could name them: the
// leak checker is off there. It is on wherever the virtual device runs.
Environment ForSoundClients(Environment environment);

// PipeWire, WirePlumber and pipewire-pulse with their own runtime folder, home and D-Bus session.
class PipeWireServer {
 public:
  // Every cycle has `quantum_frames` at 48 kHz.
  explicit PipeWireServer(unsigned quantum_frames);

  // For clients: they find this server, and libjack is PipeWire's.
  const Environment& environment() const { return environment_; }
  // A sink that plays to nowhere; its monitor is what it was given. Ready on return.
  void MakeNullSink(const std::string& name, const std::string& description);
  // Takes such a sink out of the graph, with its ports.
  void UnloadSink(const std::string& name);
  void SetDefaultSink(const std::string& name);
  // For all that is in the graph, until it is set again.
  void ForceRate(unsigned rate_hz);
  void ForceQuantum(unsigned frames);  // any, not only powers of two
  void Kill() { pipewire_->Signal(9); }
  // After Kill(): again as the constructor left it, with the rate and quantum of now, and no sinks.
  void Restart();
  void RestartSessionManager();
  // What the server and its session manager complained of.
  std::string log() const { return pipewire_->errors() + session_manager_->errors(); }
  void Hang() { pipewire_->Signal(SIGSTOP); }
  void GoOn() { pipewire_->Signal(SIGCONT); }

 private:
  void StartServers();
  void SetClock(const char* key, unsigned value);

  TempDir folder_;
  unsigned rate_hz_ = 48000;
  unsigned quantum_frames_;
  Environment environment_;         // of clients
  Environment server_environment_;  // the servers take the system's libraries
  std::unique_ptr<Process> dbus_;
  std::unique_ptr<Process> pipewire_;
  std::unique_ptr<Process> session_manager_;
  std::unique_ptr<Process> pulse_;
  std::map<std::string, std::string> modules_;  // of null sinks, by their name
};

// A name that no other test on this machine has, from a small set: jackd keeps eight names for
// good, and one that was killed frees its own only for the next of the same name. Held by an
// abstract socket, which the kernel lets go with the process.
class JackServerName {
 public:
  JackServerName();
  ~JackServerName();
  JackServerName(const JackServerName&) = delete;
  JackServerName& operator=(const JackServerName&) = delete;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int lock_fd_ = -1;
};

// jackd with its dummy driver at 48 kHz.
class JackServer {
 public:
  // What a client costs that is late. One that loses the cycle is what people have; one that waits
  // (2 s at most, also for a client that was killed) loses nothing on a machine that takes its
  // time.
  enum class Late { kLosesCycle, kWaits };
  explicit JackServer(unsigned period_frames, Late late = Late::kLosesCycle);
  ~JackServer();

  const Environment& environment() const { return environment_; }
  void Kill() { jackd_->Signal(SIGKILL); }
  // After Kill(): under the same name, with the same period.
  void Restart(unsigned rate_hz = 48000);
  void Hang() { jackd_->Signal(SIGSTOP); }
  void GoOn() { jackd_->Signal(SIGCONT); }
  // Right before a program with FaultyEnvironment() makes its next `call`: "Pa_OpenStream", where
  // PortAudio has its client and waits to be called, or "jack_client_open-" and a client's name.
  void SignalBefore(const std::string& call, const std::string& signal);
  Environment FaultyEnvironment() const;

 private:
  void StartServer(unsigned rate_hz);
  void End();

  Late late_;
  unsigned period_frames_;
  TempDir folder_;
  JackServerName name_;
  Environment environment_;
  std::unique_ptr<Process> jackd_;
};

}  // namespace auralis::test
