#pragma once
// What a sound server that is a graph is made of, as plain data.

#include <cstdint>
#include <map>
#include <string>

namespace auralis {

struct SoundGraph {
  struct Node {
    std::string name = {};         // "alsa_output.pci-0000_00_1f.3.analog-stereo"
    std::string description = {};  // for people
    std::string media_class = {};  // "Audio/Sink", ..
    std::uint32_t priority = 0;    // of those that may become the default
    std::uint32_t device = 0;      // the card that it belongs to; 0 where it has none
    bool is_ours = false;          // made by this process
    std::string role = {};         // of a stream: media.role, "Communication", ..
    std::string application = {};  // that it belongs to: "Firefox"
    std::uint64_t serial = 0;      // the larger, the later it appeared
  };
  struct Port {
    std::uint32_t node = 0;
    std::string channel = {};  // "FL"; "" where it has none
    bool is_output = false;
  };
  struct Link {
    std::uint32_t from_node = 0;
    std::uint32_t from_port = 0;
    std::uint32_t to_node = 0;
    std::uint32_t to_port = 0;
  };

  std::map<std::uint32_t, Node> nodes = {};  // by id
  std::map<std::uint32_t, Port> ports = {};
  std::map<std::uint32_t, Link> links = {};
  std::string default_sink = {};             // its name: that is in force
  std::string configured_default_sink = {};  // that somebody chose; it need not be there
};

}  // namespace auralis
