#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/param_history.h"
#include "config/param_registry.h"
#include "config/preset_layers.h"
#include "config/preset_rules.h"
#include "config/remembered_presets.h"
#include "config/settings.h"
#include "ipc/messages.h"

namespace auralis {

// Which presets are in force, layer upon layer: those that a person loaded, and those that rules
// choose for what plays where. A rule counts from the moment it begins to fit until a person loads
// another preset into its layer; when it ceases to fit, what the person had there is back.
//
// What a person loads replaces everything. What rules and edited files bring leaves alone what
// nobody saved: values that differ from what the layers say, the bands of the equalizer as a whole,
// and what the settings file names. A file that cannot be read changes nothing. [control]
class PresetKeeper {
 public:
  struct Hooks {
    // Loads what `convolver` convolves with; "" takes it out. What is wrong, or nothing.
    std::function<std::optional<ipc::Error>(const std::string& path)> load_response;
    std::function<std::string()> response_file;  // that is loaded
    // Around everything that a listener hears as another preset.
    std::function<void()> begin_switch = [] {};
    std::function<void()> end_switch = [] {};
    std::function<void()> before_rules_act = [] {};
    std::function<void()> on_change;  // of layers, rules, or what is wrong with them
  };

  struct Choice {
    std::string yours;
    std::string ruled;        // by the rules, now
    bool overridden = false;  // a person loaded another since they chose
    const std::string& name() const { return !ruled.empty() && !overridden ? ruled : yours; }
  };
  struct Slot {
    Choice choice;
    std::string loaded;            // whose values count; not name() where that cannot be read
    std::optional<Preset> preset;  // of `loaded`
    std::string problem;
  };
  using Slots = std::array<Slot, kLayers>;
  // What a step of the history has to bring back besides values.
  struct Scene {
    Slots slots;
    std::string response_file;
  };

  // `registry` must outlive this.
  PresetKeeper(ParamRegistry& registry, Hooks hooks);

  // What the settings file sets: held against rules.
  void TakeSettings(const std::vector<Assignment>& settings);
  // At the start: the registry holds what these presets gave it. Files that were edited since are
  // taken up.
  void Recall(const RememberedPresets& remembered);
  // Likewise: what --preset names was loaded.
  void Begin(const std::string& name);
  RememberedPresets remembered() const;

  // What would be in force after a person's request; an error where a preset cannot be read.
  struct Plan {
    Scene scene;
    Composition composition;
  };
  std::variant<Plan, ipc::Error> Prepare(const ipc::LoadPreset& request) const;
  // A person's, as one step of `history`: all or nothing.
  ipc::Reply Load(const ipc::LoadPreset& request, ParamHistory& history);
  // A client set the values of a preset by itself.
  void SetByClient(const std::string& name);
  // What plays where is another now.
  void Follow(const Situation& now);
  // Presets or rules were edited.
  void FilesChanged();

  Scene Now() const { return {slots_, hooks_.response_file()}; }
  // Layers and response as they were then; the values are the caller's business.
  void Restore(const Scene& scene);

  // "warm", "warm + hd600"; "" where none is in force.
  std::string name() const { return NameOf(slots_); }
  static std::string NameOf(const std::array<Slot, kLayers>& slots);
  // What a parameter would be if nobody had set it by hand.
  float Under(std::size_t index) const;
  ipc::PresetState State() const;

 private:
  ipc::Reply LoadOne(const ipc::LoadPreset& request, ParamHistory& history);
  void ReadRules();
  void Choose();  // by the rules
  static void Read(Slot& slot);
  static Slots Refreshed(Slots slots);
  static Composition ComposeAll(const Slots& slots);
  void BringUnheld(Slots next);
  void Adopt(Slots next);
  std::string ResponseFor(const Composition& next) const;
  std::optional<ipc::Error> BringResponse(const Composition& next);
  std::optional<std::string> Neighbour(int step) const;
  std::array<bool, SignalPath::kParamCount> Held() const;
  float Composed(std::size_t index) const;
  std::vector<ipc::RuleState> RuleStates() const;

  ParamRegistry& registry_;
  Hooks hooks_;
  Slots slots_;
  Composition composed_;  // of the slots
  std::map<std::size_t, float> settings_;
  Situation situation_;
  std::vector<Rule> rules_;
  std::string rules_problem_;
};

}  // namespace auralis
