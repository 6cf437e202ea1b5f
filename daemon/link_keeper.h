#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_graph.h"
#include "daemon/route_plan.h"

namespace auralis {

// Keeps the links from the input through the engine to the output as they are meant to be: makes
// what is missing, takes out what leads elsewhere, and goes from one output to another in the gap
// of a fade. Whenever links were missing, the music fades in when they carry it again. [control]
class LinkKeeper : private PipeWireListener {
 public:
  // What is to become of the music. Nothing waits for it longer than kFadePatience.
  enum class Sound {
    kFadesIn,
    kFadesOut,
    kIsSilent,  // at once: nobody hears it, until the next link carries it
  };
  using Fade = std::function<void(Sound sound)>;
  static constexpr std::chrono::milliseconds kFadePatience{120};

  // All must outlive this.
  LinkKeeper(boost::asio::io_context& loop, PipeWireConnection& connection, PipeWireGraph& graph,
             Fade fade);
  ~LinkKeeper() override;
  LinkKeeper(const LinkKeeper&) = delete;
  LinkKeeper& operator=(const LinkKeeper&) = delete;

  // To be told whenever the graph or the wishes are others.
  void Keep(const RouteWishes& wishes);
  const RoutePlan& plan() const { return plan_; }
  void Close();  // takes everything off the loop

 private:
  struct MadeLink;

  void Connected(pw_core* core) override { core_ = core; }
  void Disconnected() override;
  void Settled() override;
  bool SomeAreStuck() const;
  void Carry();
  void Move();
  void Make(const RoutePlan::PortPair& pair);
  void LookAgainSoon();
  void SetSound(Sound sound);
  bool IsHeardNowhere() const;
  void HearWhenActive();
  void FadeInSoon(std::chrono::milliseconds after);

  PipeWireConnection& connection_;
  PipeWireGraph& graph_;
  Fade fade_;
  boost::asio::steady_timer move_timer_;
  boost::asio::steady_timer again_timer_;
  boost::asio::steady_timer fade_timer_;
  boost::asio::steady_timer stuck_timer_;
  bool looking_at_stuck_ = false;
  pw_core* core_ = nullptr;
  RouteWishes wishes_;
  RoutePlan plan_;
  std::optional<std::uint32_t> playing_to_;  // the output that is linked
  bool moving_ = false;
  Sound sound_ = Sound::kFadesIn;
  bool fades_in_ = false;  // soon
  bool closed_ = false;
  std::map<RoutePlan::PortPair, std::unique_ptr<MadeLink>> made_;
};

}  // namespace auralis
