#include "daemon/preset_keeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "config/config_error.h"
#include "config/param_text.h"
#include "config/preset_library.h"

namespace auralis {
namespace {

constexpr char kNone[] = "none";  // takes a layer out
constexpr std::size_t kBase = 0;
constexpr std::size_t kBypass = SignalPath::IndexOf("master", "bypass");

ipc::Error BadPreset(const std::string& name, const std::string& what) {
  return {.code = ipc::ErrorCode::kBadFile,
          .key = "preset",
          .value = name,
          .reason = what,
          .message = what};
}

// The daemon's folder is not the client's.
void CheckIsFindable(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  if (is_path && !std::filesystem::path(name).is_absolute()) {
    throw ConfigError(Printable(name) + ": must be a preset's name or an absolute path");
  }
}

}  // namespace

PresetKeeper::PresetKeeper(ParamRegistry& registry, Hooks hooks)
    : registry_(registry), hooks_(std::move(hooks)) {
  ReadRules();
}

void PresetKeeper::TakeSettings(const std::vector<Assignment>& settings) {
  ParamRegistry fresh;
  static_cast<void>(fresh.Apply(settings));  // they were checked when they were read
  settings_.clear();
  for (const Assignment& one : settings) {
    if (const auto index = registry_.Find(one.key)) settings_[*index] = fresh.value(*index);
  }
}

void PresetKeeper::Recall(const RememberedPresets& remembered) {
  Slots slots;
  for (std::size_t i = 0; i < kLayers; ++i) {
    const auto& [yours, ruled, overridden] = remembered.layers[i];
    slots[i].choice = {.yours = yours, .ruled = ruled, .overridden = overridden};
    Read(slots[i]);
  }
  // What is not pinned came from these presets, whatever their files say by now.
  Adopt(slots);
  std::array<float, SignalPath::kParamCount> given{};
  for (std::size_t i = 0; i < given.size(); ++i) given[i] = Composed(i);
  std::vector<Assignment> assignments;
  const bool any = std::any_of(slots_.begin(), slots_.end(),
                               [](const Slot& slot) { return slot.preset.has_value(); });
  if (!any) return;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (i == kBypass || registry_.pinned()[i] || registry_.value(i) == given[i]) continue;
    assignments.push_back({registry_.key(i), ExactDouble(given[i])});
  }
  static_cast<void>(registry_.Apply(assignments, ParamRegistry::Origin::kPreset));
}

void PresetKeeper::Begin(const std::string& name) {
  Slots slots;
  slots[kBase].choice = {.yours = name, .ruled = "", .overridden = true};
  Read(slots[kBase]);
  Adopt(std::move(slots));
}

RememberedPresets PresetKeeper::remembered() const {
  RememberedPresets all;
  for (std::size_t i = 0; i < kLayers; ++i) {
    const Choice& choice = slots_[i].choice;
    all.layers[i] = {.yours = choice.yours, .ruled = choice.ruled, .overridden = choice.overridden};
  }
  return all;
}

// --- What a person loads.

std::variant<PresetKeeper::Plan, ipc::Error> PresetKeeper::Prepare(
    const ipc::LoadPreset& request) const {
  Slots next = slots_;
  std::array<bool, kLayers> asked{};
  const auto choose = [&](std::size_t layer, const std::string& name) {
    if (name.empty()) return;
    asked[layer] = true;
    Choice& choice = next[layer].choice;
    choice.yours = name == kNone && layer != kBase ? "" : name;
    choice.overridden = true;
  };
  try {
    std::string base = request.name;
    if (base.empty() && request.step != 0) {
      base = Neighbour(request.step).value_or("");
      if (base.empty()) throw ConfigError("there are no presets");
    }
    choose(kBase, base);
    choose(1, request.device);
    choose(2, request.route);
    for (std::size_t i = 0; i < kLayers; ++i) {
      if (!asked[i]) continue;
      Slot& slot = next[i];
      const std::string& name = slot.choice.name();
      slot.problem.clear();
      slot.preset.reset();
      if (!name.empty()) {
        CheckIsFindable(name);
        slot.preset = LoadPreset(FindPreset(name).file);
      }
      slot.loaded = name;
    }
  } catch (const ConfigError& e) {
    return BadPreset(request.name, e.what());
  }
  Composition composition = ComposeAll(next);
  std::string response = ResponseFor(composition);
  return Plan{{std::move(next), std::move(response)}, std::move(composition)};
}

ipc::Reply PresetKeeper::Load(const ipc::LoadPreset& request, ParamHistory& history) {
  if (!request.name.empty() || request.step == 0) return LoadOne(request, history);
  // One whose response cannot be loaded is passed over, too.
  const int direction = request.step > 0 ? 1 : -1;
  ipc::LoadPreset one = request;
  ipc::Reply reply;
  for (std::size_t left = ListPresets().size(); left > 0; --left, one.step += direction) {
    reply = LoadOne(one, history);
    if (!std::holds_alternative<ipc::Error>(reply)) return reply;
  }
  return reply;
}

ipc::Reply PresetKeeper::LoadOne(const ipc::LoadPreset& request, ParamHistory& history) {
  const auto prepared = Prepare(request);
  if (const auto* error = std::get_if<ipc::Error>(&prepared)) return *error;
  const auto& [after, composition] = std::get<Plan>(prepared);
  const Scene before = Now();
  hooks_.begin_switch();
  if (const auto error = BringResponse(composition)) {
    hooks_.end_switch();
    return *error;
  }
  const auto back_to = [this](const Scene& scene) {
    return [this, scene] {
      Restore(scene);
      hooks_.end_switch();
    };
  };
  // Values of a preset are in range: they were checked when it was read.
  static_cast<void>(history.Apply(
      AssignmentsOf(composition.preset), ParamRegistry::Origin::kPreset,
      ParamHistory::Companion{
          .undo = back_to(before), .redo = back_to(after), .begin = hooks_.begin_switch}));
  Adopt(after.slots);
  hooks_.end_switch();
  hooks_.on_change();
  return State();
}

Composition PresetKeeper::ComposeAll(const Slots& slots) {
  Layers layers;
  for (std::size_t i = 0; i < kLayers; ++i) layers[i] = slots[i].preset;
  return Compose(layers);
}

// The preset `step` places after the one in force in the list, round; broken ones are passed over.
std::optional<std::string> PresetKeeper::Neighbour(int step) const {
  std::vector<std::string> names;
  std::optional<std::ptrdiff_t> now;
  for (const PresetFile& one : ListPresets()) {
    try {
      static_cast<void>(LoadPreset(one.file));
    } catch (const ConfigError&) {
      continue;
    }
    if (one.name == slots_[kBase].loaded) now = std::ssize(names);
    names.push_back(one.name);
  }
  if (names.empty()) return std::nullopt;
  const std::ptrdiff_t count = std::ssize(names);
  const std::ptrdiff_t from = now.value_or(step > 0 ? -1 : count);
  const std::ptrdiff_t to = ((from + step) % count + count) % count;
  return names[static_cast<std::size_t>(to)];
}

void PresetKeeper::SetByClient(const std::string& name) {
  Slots next;
  for (std::size_t i = 0; i < kLayers; ++i) {
    next[i].choice = {
        .yours = i == kBase ? name : "", .ruled = slots_[i].choice.ruled, .overridden = true};
  }
  next[kBase].loaded = name;
  next[kBase].preset = PresetOf(registry_.values());
  next[kBase].preset->values.erase(kBypass);
  Adopt(std::move(next));
  hooks_.on_change();
}

void PresetKeeper::Restore(const Scene& scene) {
  if (scene.response_file != hooks_.response_file()) {
    if (const auto error = hooks_.load_response(scene.response_file)) {
      spdlog::warn("{}: the response from before is not back", error->message);
    }
  }
  Slots slots = scene.slots;
  // What the rules say is not the history's.
  for (std::size_t i = 0; i < kLayers; ++i) {
    Choice& choice = slots[i].choice;
    choice.ruled = slots_[i].choice.ruled;
    if (choice.name() == slots[i].loaded) continue;
    choice.yours = slots[i].loaded;  // it was wished back
    choice.overridden = true;
  }
  Adopt(std::move(slots));
  hooks_.on_change();
}

// --- What rules choose, and files say.

void PresetKeeper::Follow(const Situation& now) {
  situation_ = now;
  Choose();
}

void PresetKeeper::FilesChanged() {
  ReadRules();
  Choose();
}

void PresetKeeper::ReadRules() {
  try {
    rules_ = LoadRules(RulesPath());
    rules_problem_.clear();
  } catch (const ConfigError& e) {
    rules_problem_ = e.what();
    spdlog::error("rules stay as they were:\n{}", e.what());
  }
}

void PresetKeeper::Choose() {
  const auto chosen = ChoosePresets(rules_, situation_);
  for (std::size_t i = 0; i < kLayers; ++i) {
    if (chosen[i].value_or("") != slots_[i].choice.ruled) {
      hooks_.before_rules_act();
      break;
    }
  }
  Slots next = slots_;
  for (std::size_t i = 0; i < kLayers; ++i) {
    Choice& choice = next[i].choice;
    const std::string ruled = chosen[i].value_or("");
    if (ruled == choice.ruled) continue;
    choice.ruled = ruled;
    choice.overridden = false;
  }
  BringUnheld(Refreshed(std::move(next)));
}

// Its file as it is now. One that cannot be read leaves what was there.
void PresetKeeper::Read(Slot& slot) {
  const std::string& name = slot.choice.name();
  const std::string problem_before = std::exchange(slot.problem, "");
  if (name.empty()) {
    slot.preset.reset();
    slot.loaded.clear();
    return;
  }
  try {
    CheckIsFindable(name);
    slot.preset = LoadPreset(FindPreset(name).file);
    slot.loaded = name;
  } catch (const ConfigError& e) {
    slot.problem = e.what();
    if (slot.problem != problem_before) {
      spdlog::error("preset {}: the sound stays as it was:\n{}", name, e.what());
    }
  }
}

PresetKeeper::Slots PresetKeeper::Refreshed(Slots slots) {
  for (Slot& slot : slots) Read(slot);
  return slots;
}

void PresetKeeper::BringUnheld(Slots next) {
  const auto held = Held();
  const Composition composition = ComposeAll(next);
  std::vector<Assignment> assignments;
  for (const Assignment& one : AssignmentsOf(composition.preset)) {
    const std::size_t index = *registry_.Find(one.key);
    const auto value = static_cast<float>(std::get<double>(one.value));
    if (!held[index] && registry_.value(index) != value) assignments.push_back(one);
  }
  hooks_.begin_switch();
  if (const auto error = BringResponse(composition)) {
    spdlog::error("{}: the response stays as it was", error->message);
  }
  static_cast<void>(registry_.Apply(assignments, ParamRegistry::Origin::kPreset));
  hooks_.end_switch();
  const std::string before = name();
  const RememberedPresets choices = remembered();
  Adopt(std::move(next));
  if (!assignments.empty() || name() != before || !(remembered() == choices)) {
    if (name() != before) spdlog::info("preset {}", name().empty() ? "none" : name());
    hooks_.on_change();
  }
}

void PresetKeeper::Adopt(Slots next) {
  slots_ = std::move(next);
  composed_ = ComposeAll(slots_);
}

// What the layers name; a response that came with a layer goes with it, one that a person loaded
// stays.
std::string PresetKeeper::ResponseFor(const Composition& next) const {
  const std::optional<std::string>& wanted = next.preset.convolver_file;
  const std::optional<std::string>& before = composed_.preset.convolver_file;
  const std::string now = hooks_.response_file();
  return wanted ? *wanted : before == now ? "" : now;
}

std::optional<ipc::Error> PresetKeeper::BringResponse(const Composition& next) {
  const std::string wanted = ResponseFor(next);
  // Though it is loaded: what is in the file may be new.
  const bool named = next.preset.convolver_file && !wanted.empty();
  if (!named && wanted == hooks_.response_file()) return std::nullopt;
  return hooks_.load_response(wanted);
}

// --- Who says what.

float PresetKeeper::Composed(std::size_t index) const {
  const auto said = composed_.preset.values.find(index);
  return said == composed_.preset.values.end() ? SignalPath::kDefaults[index] : said->second;
}

float PresetKeeper::Under(std::size_t index) const { return Composed(index); }

// Unsaved: by hand and other than the layers have it, with all of its band or family member; and
// what the settings file says.
std::array<bool, SignalPath::kParamCount> PresetKeeper::Held() const {
  std::array<bool, SignalPath::kParamCount> held{};
  for (std::size_t i = 0; i < held.size(); ++i) {
    held[i] = registry_.value(i) != Composed(i) || settings_.contains(i);
  }
  held[kBypass] = true;  // is of no preset
  auto whole = held;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const ParamInfo& edited = ParamRegistry::info(i);
    if (!held[i] || edited.family.empty() || edited.module == "bark") continue;
    for (std::size_t j = 0; j < held.size(); ++j) {
      const ParamInfo& other = ParamRegistry::info(j);
      whole[j] = whole[j] || (other.module == edited.module && other.family == edited.family &&
                              other.number == edited.number);
    }
  }
  return whole;
}

}  // namespace auralis
