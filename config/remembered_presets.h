#pragma once

#include <array>
#include <string>

#include "config/preset_layers.h"

namespace auralis {

// Which presets were in force, and who chose them; by Layer. Kept beside the values they gave.
struct RememberedPresets {
  struct OfLayer {
    std::string yours = {};   // that a person loaded; "" for none
    std::string ruled = {};   // that the rules chose; "" for none
    bool overridden = false;  // a person loaded another since
    bool operator==(const OfLayer&) const = default;
  };
  std::array<OfLayer, kLayers> layers = {};
  // The response that was loaded, and what the settings file named then: where it names another by
  // now, it wins. "" for none.
  std::string response_file = {};
  std::string response_in_settings = {};

  bool operator==(const RememberedPresets&) const = default;
};

}  // namespace auralis
