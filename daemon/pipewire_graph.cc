#include "daemon/pipewire_graph.h"

#include <pipewire/extensions/metadata.h>
#include <pipewire/pipewire.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "daemon/spa_dict_values.h"

namespace auralis {
namespace {

constexpr char kDefaultSink[] = "default.audio.sink";
constexpr char kConfiguredDefaultSink[] = "default.configured.audio.sink";

// Of {"name": "speakers"}; "" where it is anything else.
std::string NameIn(const char* json) {
  if (json == nullptr) return "";
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) return "";
  const auto name = parsed.find("name");
  return name != parsed.end() && name->is_string() ? name->get<std::string>() : "";
}

}  // namespace

struct PipeWireGraph::Metadata {
  ~Metadata() {
    spa_hook_remove(&hook);
    pw_proxy_destroy(proxy);
  }
  PipeWireGraph* owner = nullptr;
  pw_proxy* proxy = nullptr;
  spa_hook hook{};
  bool is_settings = false;
};

struct PipeWireGraph::Hooks {
  Hooks() {
    registry.version = PW_VERSION_REGISTRY_EVENTS;
    registry.global = [](void* self, std::uint32_t id, std::uint32_t, const char* type,
                         std::uint32_t, const spa_dict* properties) {
      static_cast<PipeWireGraph*>(self)->Appeared(id, type, properties);
    };
    registry.global_remove = [](void* self, std::uint32_t id) {
      static_cast<PipeWireGraph*>(self)->Vanished(id);
    };
    metadata.version = PW_VERSION_METADATA_EVENTS;
    metadata.property = [](void* self, std::uint32_t subject, const char* key, const char*,
                           const char* value) {
      const auto& heard = *static_cast<Metadata*>(self);
      heard.owner->SetProperty(heard.is_settings, subject, key, value);
      return 0;
    };
    core.version = PW_VERSION_CORE_EVENTS;
    core.done = [](void* self, std::uint32_t id, int number) {
      if (id == PW_ID_CORE) static_cast<PipeWireGraph*>(self)->synced_ = number;
    };
  }

  spa_hook registry_hook{};
  spa_hook core_hook{};
  pw_registry_events registry{};
  pw_metadata_events metadata{};
  pw_core_events core{};
};

PipeWireGraph::PipeWireGraph(PipeWireConnection& connection, std::function<void()> on_change)
    : connection_(connection), on_change_(std::move(on_change)), hooks_(std::make_unique<Hooks>()) {
  connection_.Add(*this);
}

PipeWireGraph::~PipeWireGraph() { connection_.Remove(*this); }

std::uint32_t PipeWireGraph::Setting(const std::string& key) const {
  const auto found = settings_.find(key);
  return found == settings_.end() ? 0 : found->second;
}

bool PipeWireGraph::ConfigureDefaultSink(const std::string& name) {
  for (const auto& [id, metadata] : metadata_) {
    if (metadata->is_settings) continue;
    auto* const bound = reinterpret_cast<pw_metadata*>(metadata->proxy);
    const std::string json = nlohmann::json{{"name", name}}.dump();
    pw_metadata_set_property(bound, 0, kConfiguredDefaultSink,
                             name.empty() ? nullptr : "Spa:String:JSON",
                             name.empty() ? nullptr : json.c_str());
    return true;
  }
  return false;
}

void PipeWireGraph::Destroy(std::uint32_t link) {
  if (registry_ != nullptr) pw_registry_destroy(registry_, link);
}

bool PipeWireGraph::AwaitServer(std::chrono::milliseconds timeout) {
  if (core_ == nullptr) return false;
  const int number = pw_core_sync(core_, PW_ID_CORE, 0);
  return connection_.Await([&] { return core_ == nullptr || synced_ == number; }, timeout) &&
         core_ != nullptr;
}

void PipeWireGraph::Connected(pw_core* core) {
  core_ = core;
  hooks_->core_hook = {};
  pw_core_add_listener(core_, &hooks_->core_hook, &hooks_->core, this);
  registry_ = pw_core_get_registry(core_, PW_VERSION_REGISTRY, 0);
  if (registry_ == nullptr) return;
  hooks_->registry_hook = {};
  pw_registry_add_listener(registry_, &hooks_->registry_hook, &hooks_->registry, this);
  first_sync_ = pw_core_sync(core_, PW_ID_CORE, 0);
}

void PipeWireGraph::Disconnected() {
  graph_ = {};
  client_is_ours_.clear();
  metadata_.clear();
  settings_.clear();
  complete_ = asked_again_ = false;
  synced_ = first_sync_ = -1;
  spa_hook_remove(&hooks_->core_hook);
  if (registry_ != nullptr) {
    spa_hook_remove(&hooks_->registry_hook);
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(std::exchange(registry_, nullptr)));
  }
  core_ = nullptr;
}

void PipeWireGraph::Settled() {
  if (core_ == nullptr) return;
  if (!complete_ && synced_ == first_sync_ && synced_ != -1) {
    // What was bound meanwhile answers to another question.
    if (!metadata_.empty() && !std::exchange(asked_again_, true)) {
      first_sync_ = pw_core_sync(core_, PW_ID_CORE, 0);
      return;
    }
    complete_ = changed_ = true;
  }
  if (complete_ && std::exchange(changed_, false)) on_change_();
}

void PipeWireGraph::Appeared(std::uint32_t id, const char* type, const spa_dict* properties) {
  const std::string_view kind = type;
  changed_ = true;
  const auto text = [&](const char* key) { return std::string(DictText(properties, key)); };
  const auto number = [&](const char* key) { return DictNumber(properties, key).value_or(0); };
  if (kind == PW_TYPE_INTERFACE_Client) {
    client_is_ours_[id] = number(PW_KEY_SEC_PID) == static_cast<std::uint32_t>(getpid());
  } else if (kind == PW_TYPE_INTERFACE_Node) {
    graph_.nodes[id] = {.name = text(PW_KEY_NODE_NAME),
                        .description = text(PW_KEY_NODE_DESCRIPTION),
                        .media_class = text(PW_KEY_MEDIA_CLASS),
                        .priority = number(PW_KEY_PRIORITY_SESSION),
                        .device = number(PW_KEY_DEVICE_ID),
                        .is_ours = client_is_ours_[number(PW_KEY_CLIENT_ID)],
                        .role = text(PW_KEY_MEDIA_ROLE),
                        .application = text(PW_KEY_APP_NAME),
                        .serial = number(PW_KEY_OBJECT_SERIAL)};
  } else if (kind == PW_TYPE_INTERFACE_Port) {
    graph_.ports[id] = {.node = number(PW_KEY_NODE_ID),
                        .channel = text(PW_KEY_AUDIO_CHANNEL),
                        .is_output = text(PW_KEY_PORT_DIRECTION) == "out"};
  } else if (kind == PW_TYPE_INTERFACE_Link) {
    graph_.links[id] = {.from_node = number(PW_KEY_LINK_OUTPUT_NODE),
                        .from_port = number(PW_KEY_LINK_OUTPUT_PORT),
                        .to_node = number(PW_KEY_LINK_INPUT_NODE),
                        .to_port = number(PW_KEY_LINK_INPUT_PORT)};
  } else if (kind == PW_TYPE_INTERFACE_Metadata) {
    const std::string name = text(PW_KEY_METADATA_NAME);
    if (name != "default" && name != "settings") return;
    auto metadata = std::make_unique<Metadata>();
    metadata->owner = this;
    metadata->is_settings = name == "settings";
    metadata->proxy = static_cast<pw_proxy*>(
        pw_registry_bind(registry_, id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, 0));
    if (metadata->proxy == nullptr) return;
    pw_metadata_add_listener(reinterpret_cast<pw_metadata*>(metadata->proxy), &metadata->hook,
                             &hooks_->metadata, metadata.get());
    metadata_[id] = std::move(metadata);
  }
}

void PipeWireGraph::Vanished(std::uint32_t id) {
  changed_ = true;
  client_is_ours_.erase(id);
  graph_.nodes.erase(id);
  graph_.ports.erase(id);
  graph_.links.erase(id);
  if (const auto found = metadata_.find(id); found != metadata_.end()) {
    if (!found->second->is_settings) {
      graph_.default_sink.clear();
      graph_.configured_default_sink.clear();
    }
    metadata_.erase(found);
  }
}

void PipeWireGraph::SetProperty(bool of_settings, std::uint32_t subject, const char* key,
                                const char* value) {
  if (subject != PW_ID_CORE || key == nullptr) return;
  changed_ = true;
  if (of_settings) {
    settings_[key] = WholeNumber(value == nullptr ? "" : value).value_or(0);
  } else if (std::string_view(key) == kDefaultSink) {
    graph_.default_sink = NameIn(value);
  } else if (std::string_view(key) == kConfiguredDefaultSink) {
    graph_.configured_default_sink = NameIn(value);
  }
}

}  // namespace auralis
