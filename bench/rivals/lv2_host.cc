#include "bench/rivals/lv2_host.h"

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>

namespace auralis::bench {
namespace {

// Numbers for URIs, for as long as the program runs. Plug-ins ask from threads of their own.
class Urids {
 public:
  LV2_URID Map(const char* uri) {
    const std::scoped_lock lock(mutex_);
    const auto [at, is_new] = ids_.try_emplace(uri, static_cast<LV2_URID>(ids_.size() + 1));
    if (is_new) uris_.push_back(at->first.c_str());
    return at->second;
  }
  const char* Unmap(LV2_URID id) {
    const std::scoped_lock lock(mutex_);
    return id == 0 || id > uris_.size() ? nullptr : uris_[id - 1];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, LV2_URID> ids_;
  std::vector<const char*> uris_;
};

Urids& AllUrids() {
  static Urids urids;
  return urids;
}

LV2_URID MapUri(LV2_URID_Map_Handle /*handle*/, const char* uri) { return AllUrids().Map(uri); }
const char* UnmapUri(LV2_URID_Unmap_Handle /*handle*/, LV2_URID id) { return AllUrids().Unmap(id); }

// No work is done in the background: none of what is measured here needs any.
LV2_Worker_Status RefuseWork(LV2_Worker_Schedule_Handle /*handle*/, std::uint32_t /*size*/,
                             const void* /*data*/) {
  return LV2_WORKER_ERR_NO_SPACE;
}

LV2_URID_Map map_feature{nullptr, MapUri};
LV2_URID_Unmap unmap_feature{nullptr, UnmapUri};
LV2_Worker_Schedule worker_feature{nullptr, RefuseWork};

constexpr std::size_t kAtomBytes = 65536;

}  // namespace

struct Lv2Plugin::Atom {
  bool is_input = false;
  alignas(8) std::array<std::uint8_t, kAtomBytes> bytes{};

  // What a host offers before each run: no events, or room for them.
  void Clear() {
    auto* const sequence = reinterpret_cast<LV2_Atom_Sequence*>(bytes.data());
    sequence->atom.type = AllUrids().Map(is_input ? LV2_ATOM__Sequence : LV2_ATOM__Chunk);
    sequence->atom.size = is_input ? static_cast<std::uint32_t>(sizeof(LV2_Atom_Sequence_Body))
                                   : static_cast<std::uint32_t>(kAtomBytes - sizeof(LV2_Atom));
    sequence->body = {};
  }
};

Lv2World::Lv2World() : world_(lilv_world_new(), lilv_world_free) {
  lilv_world_load_all(world_.get());
}

LilvNode* Lv2World::node(const std::string& uri) {
  LilvNode*& node = nodes_[uri];
  if (node == nullptr) node = lilv_new_uri(world_.get(), uri.c_str());
  return node;
}

const LilvPlugin* Lv2World::Find(const std::string& uri) const {
  LilvNode* const node = lilv_new_uri(world_.get(), uri.c_str());
  const LilvPlugin* const plugin =
      lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world_.get()), node);
  lilv_node_free(node);
  return plugin;
}

Lv2Plugin::Lv2Plugin(Lv2World& world, const LilvPlugin* plugin, const Lv2Settings& settings,
                     double rate_hz, std::size_t block_frames) {
  const auto frames = static_cast<std::int32_t>(block_frames);
  const LV2_URID type_int = MapUri(nullptr, LV2_ATOM__Int);
  const auto option = [&](const char* key) {
    return LV2_Options_Option{LV2_OPTIONS_INSTANCE, 0,        MapUri(nullptr, key),
                              sizeof(frames),       type_int, &frames};
  };
  const std::array<LV2_Options_Option, 4> options = {
      option(LV2_BUF_SIZE__minBlockLength), option(LV2_BUF_SIZE__maxBlockLength),
      option(LV2_BUF_SIZE__nominalBlockLength), LV2_Options_Option{}};
  const LV2_Feature map{LV2_URID__map, &map_feature};
  const LV2_Feature unmap{LV2_URID__unmap, &unmap_feature};
  const LV2_Feature worker{LV2_WORKER__schedule, &worker_feature};
  const LV2_Feature length{LV2_OPTIONS__options, const_cast<LV2_Options_Option*>(options.data())};
  const LV2_Feature bounded{LV2_BUF_SIZE__boundedBlockLength, nullptr};
  const std::array<const LV2_Feature*, 6> features = {&map,    &unmap,   &worker,
                                                      &length, &bounded, nullptr};
  instance_ = lilv_plugin_instantiate(plugin, rate_hz, features.data());
  if (instance_ == nullptr) throw std::runtime_error("it does not start");

  const std::uint32_t ports = lilv_plugin_get_num_ports(plugin);
  controls_.assign(ports, 0.0F);
  audio_.resize(ports);
  std::vector<float> defaults(ports);
  lilv_plugin_get_port_ranges_float(plugin, nullptr, nullptr, defaults.data());
  Lv2Settings unknown = settings;
  for (std::uint32_t p = 0; p < ports; ++p) {
    const LilvPort* const port = lilv_plugin_get_port_by_index(plugin, p);
    const bool is_input =
        lilv_port_is_a(plugin, port, world.node("http://lv2plug.in/ns/lv2core#InputPort"));
    if (lilv_port_is_a(plugin, port, world.node("http://lv2plug.in/ns/lv2core#AudioPort"))) {
      audio_[p].assign(block_frames, 0.0F);
      (is_input ? inputs_ : outputs_).push_back(p);
      lilv_instance_connect_port(instance_, p, audio_[p].data());
    } else if (lilv_port_is_a(plugin, port, world.node(LV2_ATOM__AtomPort))) {
      atoms_.push_back(std::make_unique<Atom>());
      atoms_.back()->is_input = is_input;
      lilv_instance_connect_port(instance_, p, atoms_.back()->bytes.data());
    } else {
      controls_[p] = defaults[p] == defaults[p] ? defaults[p] : 0.0F;  // NaN: it has none
      const std::string symbol = lilv_node_as_string(lilv_port_get_symbol(plugin, port));
      const auto set = unknown.find(symbol);
      if (set != unknown.end()) {
        controls_[p] = set->second;
        unknown.erase(set);
      }
      lilv_instance_connect_port(instance_, p, &controls_[p]);
    }
  }
  if (!unknown.empty()) {
    throw std::runtime_error("it has no control named " + unknown.begin()->first);
  }
  if (inputs_.size() < 2 || outputs_.size() < 2) throw std::runtime_error("it is not stereo");
  lilv_instance_activate(instance_);
}

Lv2Plugin::~Lv2Plugin() {
  if (instance_ == nullptr) return;
  lilv_instance_deactivate(instance_);
  lilv_instance_free(instance_);
}

void Lv2Plugin::Process(float* left, float* right, std::size_t frames) {
  std::copy_n(left, frames, audio_[inputs_[0]].data());
  std::copy_n(right, frames, audio_[inputs_[1]].data());
  for (const auto& atom : atoms_) atom->Clear();
  lilv_instance_run(instance_, static_cast<std::uint32_t>(frames));
  std::copy_n(audio_[outputs_[0]].data(), frames, left);
  std::copy_n(audio_[outputs_[1]].data(), frames, right);
}

}  // namespace auralis::bench
