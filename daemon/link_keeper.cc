#include "daemon/link_keeper.h"

#include <pipewire/pipewire.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

namespace auralis {
namespace {

// A link that could not be made is tried again after this time.
constexpr std::chrono::milliseconds kAgain{200};
// PipeWire 0.3.65 leaves a link paused for good, now and then, whose ends run: when its ports were
// made while the session manager still laid out the node. So long, and it is made again.
constexpr std::chrono::milliseconds kStuckPatience{250};
// From a link's being active to its being heard.
constexpr std::chrono::milliseconds kLinkPatience{60};
// Links of a graph that nobody plays into do not become active.
constexpr std::chrono::milliseconds kActivePatience{150};

}  // namespace

struct LinkKeeper::MadeLink {
  explicit MadeLink(pw_proxy* link) : proxy(link) {
    events.version = PW_VERSION_PROXY_EVENTS;
    events.removed = [](void* self) { static_cast<MadeLink*>(self)->gone = true; };
    events.error = [](void* self, int, int, const char* message) {
      spdlog::debug("a link cannot be made: {}", message);
      static_cast<MadeLink*>(self)->gone = true;
    };
    pw_proxy_add_listener(proxy, &hook, &events, this);
    link_events.version = PW_VERSION_LINK_EVENTS;
    link_events.info = [](void* self, const pw_link_info* info) {
      static_cast<MadeLink*>(self)->is_active = info->state == PW_LINK_STATE_ACTIVE;
    };
    pw_link_add_listener(reinterpret_cast<pw_link*>(proxy), &link_hook, &link_events, this);
  }
  ~MadeLink() {
    spa_hook_remove(&hook);
    spa_hook_remove(&link_hook);
    pw_proxy_destroy(proxy);
  }
  MadeLink(const MadeLink&) = delete;
  MadeLink& operator=(const MadeLink&) = delete;

  pw_proxy* proxy;
  spa_hook hook{};
  pw_proxy_events events{};
  spa_hook link_hook{};
  pw_link_events link_events{};
  bool gone = false;
  bool is_active = false;
};

LinkKeeper::LinkKeeper(boost::asio::io_context& loop, PipeWireConnection& connection,
                       PipeWireGraph& graph, Fade fade)
    : connection_(connection),
      graph_(graph),
      fade_(std::move(fade)),
      move_timer_(loop),
      again_timer_(loop),
      fade_timer_(loop),
      stuck_timer_(loop) {
  connection_.Add(*this);
}

LinkKeeper::~LinkKeeper() { connection_.Remove(*this); }

void LinkKeeper::Keep(const RouteWishes& wishes) {
  wishes_ = wishes;
  plan_ = PlanRoute(graph_.now(), wishes_);
  if (closed_ || moving_) return;  // the move takes what is true at its end
  const bool is_other = plan_.output != playing_to_;
  const bool old_is_there = playing_to_ && graph_.now().nodes.contains(*playing_to_);
  if (is_other && old_is_there && plan_.output) {
    Move();
  } else {
    Carry();
  }
}

// Does what the plan says.
void LinkKeeper::Carry() {
  std::erase_if(made_, [](const auto& one) { return one.second->gone; });
  for (const std::uint32_t link : plan_.obsolete) {
    const SoundGraph::Link& ends = graph_.now().links.at(link);
    // Ours go by their proxy, others by asking the server.
    if (made_.erase({ends.from_port, ends.to_port}) == 0) graph_.Destroy(link);
  }
  // Before there is a link to hear it through.
  if (!plan_.missing.empty()) SetSound(IsHeardNowhere() ? Sound::kIsSilent : Sound::kFadesOut);
  for (const RoutePlan::PortPair& pair : plan_.missing) Make(pair);
  playing_to_ = plan_.output;
  if (!plan_.missing.empty()) {
    LookAgainSoon();
  } else if (sound_ != Sound::kFadesIn) {
    FadeInSoon(kActivePatience);
    HearWhenActive();
  }
}

void LinkKeeper::Move() {
  moving_ = true;
  SetSound(Sound::kFadesOut);
  move_timer_.expires_after(kFadePatience);
  move_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    moving_ = false;
    plan_ = PlanRoute(graph_.now(), wishes_);
    if (core_ != nullptr) Carry();
  });
}

// Neither side of it is linked to anything.
bool LinkKeeper::IsHeardNowhere() const {
  const auto from_engine = [&](const RoutePlan::PortPair& pair) {
    const auto port = graph_.now().ports.find(pair.first);
    return port != graph_.now().ports.end() && plan_.engine == port->second.node;
  };
  return std::count_if(plan_.missing.begin(), plan_.missing.end(), from_engine) >= 2;
}

void LinkKeeper::SetSound(Sound sound) {
  if (sound != Sound::kFadesIn) fade_timer_.cancel();
  fades_in_ = false;
  if (std::exchange(sound_, sound) != sound) fade_(sound);
}

// On a busy machine a link takes its time.
void LinkKeeper::HearWhenActive() {
  const bool all_active =
      !made_.empty() && std::all_of(made_.begin(), made_.end(), [](const auto& one) {
        return one.second->is_active || one.second->gone;
      });
  if (all_active && sound_ != Sound::kFadesIn && plan_.missing.empty() &&
      !std::exchange(fades_in_, true)) {
    FadeInSoon(kLinkPatience);
  }
}

void LinkKeeper::FadeInSoon(std::chrono::milliseconds after) {
  fade_timer_.expires_after(after);
  fade_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !closed_) SetSound(Sound::kFadesIn);
  });
}

void LinkKeeper::Make(const RoutePlan::PortPair& pair) {
  if (core_ == nullptr || made_.contains(pair)) return;
  pw_properties* const properties =
      pw_properties_new(PW_KEY_LINK_OUTPUT_PORT, std::to_string(pair.first).c_str(),  //
                        PW_KEY_LINK_INPUT_PORT, std::to_string(pair.second).c_str(),  //
                        PW_KEY_OBJECT_LINGER, "false",                                //
                        PW_KEY_LINK_PASSIVE, "true",  // alone it keeps no device awake
                        NULL);
  auto* const proxy = static_cast<pw_proxy*>(pw_core_create_object(
      core_, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &properties->dict, 0));
  pw_properties_free(properties);
  if (proxy != nullptr) made_.emplace(pair, std::make_unique<MadeLink>(proxy));
}

// Some carry sound and some do not: all wait together when nobody plays.
bool LinkKeeper::SomeAreStuck() const {
  const auto is_active = [](const auto& one) { return one.second->is_active; };
  return std::any_of(made_.begin(), made_.end(), is_active) &&
         !std::all_of(made_.begin(), made_.end(), is_active);
}

void LinkKeeper::Settled() {
  if (!closed_) HearWhenActive();
  if (closed_ || looking_at_stuck_ || !SomeAreStuck()) return;
  looking_at_stuck_ = true;
  stuck_timer_.expires_after(kStuckPatience);
  stuck_timer_.async_wait([this](const boost::system::error_code& error) {
    looking_at_stuck_ = false;
    if (error || closed_ || !SomeAreStuck()) return;
    spdlog::debug("a link does not carry sound: made again");
    std::erase_if(made_, [](const auto& one) { return !one.second->is_active; });
    // The graph says that they are gone, and then they are missing.
  });
}

// The graph need not change when the server refuses a link.
void LinkKeeper::LookAgainSoon() {
  again_timer_.expires_after(kAgain);
  again_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !closed_) Keep(wishes_);
  });
}

void LinkKeeper::Disconnected() {
  made_.clear();
  plan_ = {};
  playing_to_.reset();
  again_timer_.cancel();
  move_timer_.cancel();
  moving_ = false;
  core_ = nullptr;
}

void LinkKeeper::Close() {
  closed_ = true;
  move_timer_.cancel();
  again_timer_.cancel();
  fade_timer_.cancel();
  stuck_timer_.cancel();
}

}  // namespace auralis
