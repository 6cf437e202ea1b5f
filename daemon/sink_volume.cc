#include "daemon/sink_volume.h"

#include <pipewire/pipewire.h>
#include <spa/param/props.h>
#include <spa/pod/iter.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr float kSameDb = 0.01F;

std::string_view Text(const spa_dict* properties, const char* key) {
  const char* const value = properties == nullptr ? nullptr : spa_dict_lookup(properties, key);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::uint32_t> Number(const spa_dict* properties, const char* key) {
  const std::string_view text = Text(properties, key);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The mean of the channels' gains, which PipeWire gives as factors of the amplitude.
std::optional<float> ChannelsGain(const spa_pod* props) {
  const spa_pod_prop* const volumes = spa_pod_find_prop(props, nullptr, SPA_PROP_channelVolumes);
  if (volumes == nullptr) return std::nullopt;
  std::array<float, 64> gains{};
  const std::uint32_t channels =
      spa_pod_copy_array(&volumes->value, SPA_TYPE_Float, gains.data(), gains.size());
  if (channels == 0) return std::nullopt;
  float sum = 0.0F;
  for (std::uint32_t ch = 0; ch < channels; ++ch) sum += gains[ch];
  return sum / static_cast<float>(channels);
}

}  // namespace

// A node of the graph. Sinks are bound, to hear of their volume.
struct SinkVolume::Node {
  ~Node() {
    if (proxy == nullptr) return;
    spa_hook_remove(&hook);
    pw_proxy_destroy(proxy);
  }

  SinkVolume* owner = nullptr;
  std::uint32_t client = 0;
  pw_proxy* proxy = nullptr;
  spa_hook hook{};
  float gain = 1.0F;
  bool monitor_obeys = false;  // what its monitor gives has its volume applied
};

struct SinkVolume::Hooks {
  Hooks() {
    registry.version = PW_VERSION_REGISTRY_EVENTS;
    registry.global = [](void* self, std::uint32_t id, std::uint32_t, const char* type,
                         std::uint32_t, const spa_dict* properties) {
      static_cast<SinkVolume*>(self)->Appeared(id, type, properties);
    };
    registry.global_remove = [](void* self, std::uint32_t id) {
      static_cast<SinkVolume*>(self)->Vanished(id);
    };
    node.version = PW_VERSION_NODE_EVENTS;
    node.info = [](void* self, const pw_node_info* info) {
      auto& heard = *static_cast<Node*>(self);
      if ((info->change_mask & PW_NODE_CHANGE_MASK_PROPS) == 0) return;
      heard.monitor_obeys = Text(info->props, "monitor.channel-volumes") == "true";
      heard.owner->Tell();
    };
    node.param = [](void* self, int, std::uint32_t id, std::uint32_t, std::uint32_t,
                    const spa_pod* param) {
      auto& heard = *static_cast<Node*>(self);
      if (id != SPA_PARAM_Props || param == nullptr) return;
      if (const auto gain = ChannelsGain(param)) {
        heard.gain = *gain;
        heard.owner->Tell();
      }
    };
  }

  spa_hook hook{};
  pw_registry_events registry{};
  pw_node_events node{};
};

SinkVolume::SinkVolume(PipeWireConnection& connection, Report report)
    : report_(std::move(report)), connection_(connection), hooks_(std::make_unique<Hooks>()) {
  connection_.Add(*this);
}

SinkVolume::~SinkVolume() { connection_.Remove(*this); }

void SinkVolume::Connected(pw_core* core) {
  registry_ = pw_core_get_registry(core, PW_VERSION_REGISTRY, 0);
  if (registry_ == nullptr) return;
  hooks_->hook = {};
  pw_registry_add_listener(registry_, &hooks_->hook, &hooks_->registry, this);
}

void SinkVolume::Disconnected() {
  client_is_ours_.clear();
  nodes_.clear();
  links_.clear();
  if (registry_ != nullptr) {
    spa_hook_remove(&hooks_->hook);
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(std::exchange(registry_, nullptr)));
  }
  Tell();
}

void SinkVolume::Appeared(std::uint32_t id, const char* type, const spa_dict* properties) {
  const std::string_view kind = type;
  if (kind == PW_TYPE_INTERFACE_Client) {
    const auto pid = Number(properties, PW_KEY_SEC_PID);
    client_is_ours_[id] = pid && static_cast<pid_t>(*pid) == getpid();
  } else if (kind == PW_TYPE_INTERFACE_Node) {
    auto node = std::make_unique<Node>();
    node->owner = this;
    node->client = Number(properties, PW_KEY_CLIENT_ID).value_or(0);
    if (Text(properties, PW_KEY_MEDIA_CLASS) == "Audio/Sink") {
      node->proxy = static_cast<pw_proxy*>(
          pw_registry_bind(registry_, id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, 0));
      if (node->proxy != nullptr) {
        auto* const bound = reinterpret_cast<pw_node*>(node->proxy);
        pw_node_add_listener(bound, &node->hook, &hooks_->node, node.get());
        std::uint32_t params[] = {SPA_PARAM_Props};
        pw_node_subscribe_params(bound, params, 1);
      }
    }
    nodes_[id] = std::move(node);
  } else if (kind == PW_TYPE_INTERFACE_Link) {
    const auto from = Number(properties, PW_KEY_LINK_OUTPUT_NODE);
    const auto to = Number(properties, PW_KEY_LINK_INPUT_NODE);
    if (!from || !to) return;
    links_[id] = {.from_node = *from, .to_node = *to};
    Tell();
  }
}

void SinkVolume::Vanished(std::uint32_t id) {
  client_is_ours_.erase(id);
  const bool changed = nodes_.erase(id) + links_.erase(id) > 0;
  if (changed) Tell();
}

bool SinkVolume::IsOurs(std::uint32_t node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return false;
  const auto client = client_is_ours_.find(found->second->client);
  return client != client_is_ours_.end() && client->second;
}

float SinkVolume::GainOf(std::uint32_t node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? 1.0F : found->second->gain;
}

// Of several sinks the loudest counts.
void SinkVolume::Tell() {
  std::optional<float> played;
  float captured = 1.0F;
  for (const auto& [id, link] : links_) {
    const auto from = nodes_.find(link.from_node);
    const auto to = nodes_.find(link.to_node);
    if (from == nodes_.end() || to == nodes_.end()) continue;
    if (IsOurs(link.from_node) && to->second->proxy != nullptr) {
      played = std::max(played.value_or(0.0F), GainOf(link.to_node));
    }
    if (IsOurs(link.to_node) && from->second->proxy != nullptr && from->second->monitor_obeys) {
      captured = GainOf(link.from_node);
    }
  }
  const float gain = played ? *played * captured : 1.0F;
  const float db = std::max(kSilenceDb, GainToDb(gain));
  if (std::abs(db - told_db_) < kSameDb) return;
  told_db_ = db;
  report_(db);
}

}  // namespace auralis
