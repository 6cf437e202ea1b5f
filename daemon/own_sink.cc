#include "daemon/own_sink.h"

#include <pipewire/pipewire.h>
#include <spa/param/props.h>
#include <spa/pod/builder.h>
#include <spa/pod/iter.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace auralis {
namespace {

constexpr std::uint32_t kMostChannels = 64;

pw_properties* Properties() {
  return pw_properties_new(PW_KEY_FACTORY_NAME, "support.null-audio-sink",  //
                           PW_KEY_NODE_NAME, OwnSink::kName,                //
                           PW_KEY_NODE_DESCRIPTION, OwnSink::kDescription,  //
                           PW_KEY_MEDIA_CLASS, "Audio/Sink",                //
                           PW_KEY_NODE_VIRTUAL, "true",                     //
                           PW_KEY_OBJECT_LINGER, "false",      // it goes with the daemon
                           "audio.position", "[ FL FR ]",      //
                           "monitor.channel-volumes", "true",  // its volume is heard
                           // Ports even where no session manager gives it any.
                           "adapter.auto-port-config",
                           "{ mode = dsp monitor = true position = preserve }", NULL);
}

}  // namespace

struct OwnSink::Hooks {
  Hooks() {
    proxy.version = PW_VERSION_PROXY_EVENTS;
    proxy.removed = [](void* self) { static_cast<OwnSink*>(self)->hooks_->gone = true; };
    proxy.error = [](void* self, int, int, const char* message) {
      spdlog::warn("the sink '{}' cannot be made: {}", kDescription, message);
      static_cast<OwnSink*>(self)->hooks_->gone = true;
    };
    node.version = PW_VERSION_NODE_EVENTS;
    node.param = [](void* self, int, std::uint32_t id, std::uint32_t, std::uint32_t,
                    const spa_pod* param) {
      if (id == SPA_PARAM_Props && param != nullptr) static_cast<OwnSink*>(self)->TakeVolume(param);
    };
  }
  spa_hook proxy_hook{};
  spa_hook node_hook{};
  pw_proxy_events proxy{};
  pw_node_events node{};
  bool gone = false;
};

OwnSink::OwnSink(PipeWireConnection& connection)
    : connection_(connection), hooks_(std::make_unique<Hooks>()) {
  connection_.Add(*this);
}

OwnSink::~OwnSink() { connection_.Remove(*this); }

void OwnSink::Follow(const SoundGraph& graph) {
  if (hooks_->gone) Unmake();
  if (proxy_ != nullptr || core_ == nullptr) return;
  const bool is_there = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                    [](const auto& node) { return node.second.name == kName; });
  if (!is_there) Make();
}

void OwnSink::Disconnected() {
  Unmake();
  core_ = nullptr;
}

void OwnSink::Make() {
  pw_properties* const properties = Properties();
  proxy_ = static_cast<pw_proxy*>(pw_core_create_object(core_, "adapter", PW_TYPE_INTERFACE_Node,
                                                        PW_VERSION_NODE, &properties->dict, 0));
  pw_properties_free(properties);
  if (proxy_ == nullptr) return;
  fresh_ = true;
  hooks_->proxy_hook = {};
  hooks_->node_hook = {};
  pw_proxy_add_listener(proxy_, &hooks_->proxy_hook, &hooks_->proxy, this);
  auto* const node = reinterpret_cast<pw_node*>(proxy_);
  pw_node_add_listener(node, &hooks_->node_hook, &hooks_->node, this);
  std::uint32_t params[] = {SPA_PARAM_Props};
  pw_node_subscribe_params(node, params, 1);
}

void OwnSink::Unmake() {
  hooks_->gone = false;
  if (proxy_ == nullptr) return;
  spa_hook_remove(&hooks_->proxy_hook);
  spa_hook_remove(&hooks_->node_hook);
  pw_proxy_destroy(std::exchange(proxy_, nullptr));
}

void OwnSink::TakeVolume(const spa_pod* props) {
  const spa_pod_prop* const volumes = spa_pod_find_prop(props, nullptr, SPA_PROP_channelVolumes);
  if (volumes == nullptr) return;
  std::array<float, kMostChannels> gains{};
  const std::uint32_t channels =
      spa_pod_copy_array(&volumes->value, SPA_TYPE_Float, gains.data(), kMostChannels);
  // What it says first is the factory's.
  if (std::exchange(fresh_, false) && !channel_volumes_.empty()) {
    GiveVolume();
    return;
  }
  if (channels != 0) channel_volumes_.assign(gains.begin(), gains.begin() + channels);
  const spa_pod_prop* const mute = spa_pod_find_prop(props, nullptr, SPA_PROP_mute);
  if (mute != nullptr) spa_pod_get_bool(&mute->value, &muted_);
}

void OwnSink::GiveVolume() {
  std::array<std::uint8_t, 1024> buffer{};
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, buffer.data(), buffer.size());
  const auto* const props = static_cast<const spa_pod*>(spa_pod_builder_add_object(
      &builder, SPA_TYPE_OBJECT_Props, SPA_PARAM_Props,  //
      SPA_PROP_mute, SPA_POD_Bool(muted_),               //
      SPA_PROP_channelVolumes,
      SPA_POD_Array(sizeof(float), SPA_TYPE_Float,
                    static_cast<std::uint32_t>(channel_volumes_.size()), channel_volumes_.data())));
  pw_node_set_param(reinterpret_cast<pw_node*>(proxy_), SPA_PARAM_Props, 0, props);
}

}  // namespace auralis
