#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/audio_device.h"
#include "daemon/callback_gate.h"
#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_route.h"

struct pw_filter;
struct spa_io_position;

namespace auralis {

// A node in PipeWire's graph, between sink and hardware, called once a cycle of the graph: it adds
// no latency of its own, takes every quantum as it comes, and sleeps when nobody plays. Where the
// rate changes, and when the server was away, the stream is renewed. It never ends by itself. All
// but the callback on [control].
class PipeWireDevice final : public AudioDevice, private PipeWireListener {
 public:
  // The route must be complete. All must outlive this.
  PipeWireDevice(boost::asio::io_context& loop, PipeWireConnection& connection,
                 PipeWireRoute& route);
  ~PipeWireDevice() override;

  std::string name() const override { return "PipeWire: " + route_.Text(); }
  pid_t callback_thread() const override { return connection_.audio_thread(); }
  StreamFormat format() const override;
  bool is_live() const override { return true; }
  void Start(AudioCallback& callback, DeviceEvents events) override;
  void Stop() override;

 private:
  struct Hooks;
  static constexpr std::size_t kPorts = 4;  // input left and right, output left and right
  // Longer cycles are handed on in pieces.
  static constexpr std::size_t kMostFrames = 8192;

  void Connected(pw_core* core) override;
  void Disconnected() override;
  void AddPorts();
  void TellLatency(const AudioCallback& callback);
  void LookAtRateSoon();
  void LookAtRate(std::uint64_t cycles_before, std::chrono::milliseconds interval);
  void Renew(const std::string& reason);
  void Process(const spa_io_position& position) noexcept;                           // [rt]
  void Run(float* const* ports, std::size_t frames, std::uint32_t xruns) noexcept;  // [rt]
  void LeadOut(std::size_t channel, std::size_t frames) noexcept;                   // [rt]
  std::uint32_t Lost(const spa_io_position& position, bool after_pause) noexcept;   // [rt]

  PipeWireConnection& connection_;
  PipeWireRoute& route_;
  boost::asio::steady_timer rate_timer_;
  std::unique_ptr<Hooks> hooks_;
  pw_filter* filter_ = nullptr;
  std::array<void*, kPorts> ports_{};
  DeviceEvents events_;
  bool was_away_ = false;
  StreamFormat format_{};
  CallbackGate gate_;
  std::atomic<std::uint32_t> callback_rate_hz_{0};  // that the callback is made for
  std::atomic<bool> paused_{true};                  // since the last cycle
  // What the last cycle had.
  std::atomic<std::uint64_t> cycles_{0};
  std::atomic<std::uint32_t> seen_rate_hz_{0};
  std::atomic<std::uint32_t> seen_frames_{0};
  // [rt]
  std::uint64_t next_position_ = 0;
  std::uint64_t last_cycle_ns_ = 0;
  std::uint32_t clock_ = 0;
  bool gap_pending_ = false;   // the callback has not heard of a pause yet
  bool loss_pending_ = false;  // nor of sound that was lost
  bool was_cut_ = false;       // an end was without a link
  std::array<float, 2> last_input_{};
  std::array<std::vector<float>, 2> no_input_;
  std::vector<float> nowhere_;
};

}  // namespace auralis
