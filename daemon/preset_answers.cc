// What PresetKeeper tells of the presets in force, and of the rules.

#include <string>
#include <utility>
#include <vector>

#include "config/config_error.h"
#include "daemon/preset_keeper.h"

namespace auralis {

std::string PresetKeeper::NameOf(const Slots& slots) {
  std::string text;
  for (const Slot& slot : slots) {
    if (slot.loaded.empty()) continue;
    text += (text.empty() ? "" : " + ") + slot.loaded;
  }
  return text;
}

ipc::PresetState PresetKeeper::State() const {
  ipc::PresetState state;
  state.name = name();
  state.description = composed_.preset.description;
  for (std::size_t i = 0; i < kLayers; ++i) {
    const Slot& slot = slots_[i];
    const bool by_rule = !slot.choice.ruled.empty() && !slot.choice.overridden;
    state.layers.push_back({.layer = std::string(kLayerNames[i]),
                            .preset = slot.loaded,
                            .by = slot.loaded.empty() ? ""
                                  : by_rule           ? "a rule"
                                                      : "you",
                            .problem = slot.problem});
  }
  for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
    const float value = registry_.value(i);
    const auto in_settings = settings_.find(i);
    std::string layer;
    if (value == Composed(i) && composed_.source[i]) {
      layer = kLayerNames[static_cast<std::size_t>(*composed_.source[i])];
    } else if (in_settings != settings_.end() && in_settings->second == value) {
      layer = "settings";
    } else if (value != Composed(i)) {
      layer = "you";
    }
    if (!layer.empty()) state.sources.push_back({registry_.key(i), layer});
  }
  state.device_id = situation_.device_id;
  state.device_name = situation_.device_name;
  state.route = situation_.route;
  state.application = situation_.application;
  if (!situation_.role.empty()) {
    state.application += (state.application.empty() ? "" : ", ") + situation_.role;
  }
  try {
    state.rules_file = RulesPath().string();
  } catch (const ConfigError&) {
    state.rules_file.clear();  // there is no home
  }
  state.rules_problem = rules_problem_;
  state.rules = RuleStates();
  return state;
}

std::vector<ipc::RuleState> PresetKeeper::RuleStates() const {
  std::vector<ipc::RuleState> states;
  for (const RuleVerdict& verdict : Judge(rules_, situation_)) {
    const Rule& rule = rules_[states.size()];
    states.push_back({.device = rule.device,
                      .route = rule.route,
                      .application = rule.application,
                      .preset = rule.preset,
                      .layer = std::string(kLayerNames[static_cast<std::size_t>(rule.layer)]),
                      .fits = verdict.fits,
                      .chosen = verdict.chosen,
                      .why = verdict.why});
  }
  return states;
}

}  // namespace auralis
