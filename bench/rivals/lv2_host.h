#pragma once

#include <lilv/lilv.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace auralis::bench {

// Every LV2 plug-in that is installed.
class Lv2World {
 public:
  Lv2World();
  const LilvPlugin* Find(const std::string& uri) const;  // nullptr: not installed
  LilvWorld* get() const { return world_.get(); }
  LilvNode* node(const std::string& uri);

 private:
  std::unique_ptr<LilvWorld, decltype(&lilv_world_free)> world_;
  std::map<std::string, LilvNode*> nodes_;
};

// By the symbol of a control port.
using Lv2Settings = std::map<std::string, float>;

// One plug-in, two channels in and out, as a host's innermost loop calls it.
class Lv2Plugin {
 public:
  // Throws std::runtime_error for a setting the plug-in does not have, or one that will not start.
  Lv2Plugin(Lv2World& world, const LilvPlugin* plugin, const Lv2Settings& settings, double rate_hz,
            std::size_t block_frames);
  ~Lv2Plugin();
  Lv2Plugin(const Lv2Plugin&) = delete;
  Lv2Plugin& operator=(const Lv2Plugin&) = delete;

  // In place.
  void Process(float* left, float* right, std::size_t frames);

 private:
  struct Atom;

  LilvInstance* instance_ = nullptr;
  std::vector<float> controls_;
  std::vector<std::vector<float>> audio_;
  std::vector<std::unique_ptr<Atom>> atoms_;
  std::vector<std::size_t> inputs_;  // indices in audio_
  std::vector<std::size_t> outputs_;
};

}  // namespace auralis::bench
