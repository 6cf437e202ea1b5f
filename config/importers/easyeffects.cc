// EasyEffects' presets: JSON, a table a plug-in. The plug-ins are LSP's, Calf's, bs2b and zita's;
// what their numbers mean is told apart in easyeffects_plugins.cc.

#include "config/importers/easyeffects.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "config/importers/importers.h"
#include "config/param_text.h"
#include "config/text_file.h"

namespace auralis::easyeffects {

using nlohmann::json;

Plugin::Plugin(const json& settings, std::string name, Context& context)
    : settings_(&settings), name_(std::move(name)), context_(&context) {}

double Plugin::Number(const std::string& key, double otherwise) const {
  const auto found = settings_->find(key);
  if (found == settings_->end()) return otherwise;
  if (found->is_number()) {
    const double number = found->get<double>();
    constexpr double kMost = 1e6;
    if (std::abs(number) <= kMost) return number;
  }
  Note(key, "is no number that can be");
  return otherwise;
}

bool Plugin::Truth(const std::string& key, bool otherwise) const {
  const auto found = settings_->find(key);
  if (found == settings_->end()) return otherwise;
  if (found->is_boolean()) return found->get<bool>();
  Note(key, "is neither true nor false");
  return otherwise;
}

std::string Plugin::Text(const std::string& key, const std::string& otherwise) const {
  const auto found = settings_->find(key);
  if (found == settings_->end()) return otherwise;
  if (found->is_string()) return found->get<std::string>();
  Note(key, "is no text");
  return otherwise;
}

bool Plugin::HasTable(const std::string& key) const {
  const auto found = settings_->find(key);
  return found != settings_->end() && found->is_object();
}

Plugin Plugin::Table(const std::string& key) const {
  static const json kNone = json::object();
  return {HasTable(key) ? settings_->at(key) : kNone, name_ + "." + key, *context_};
}

void Plugin::Note(const std::string& key, const std::string& text) const {
  const std::string shown = key.empty() ? name_ : name_ + "." + key;
  context_->notes.push_back({LineOf(key), Printable(shown, 100) + ": " + Printable(text, 300)});
}

// JSON's reader keeps no lines: the key is looked for behind the keys of the tables it is in.
std::size_t Plugin::LineOf(const std::string& key) const {
  std::size_t at = 0;
  std::string_view rest = name_;
  const auto find = [&](std::string_view word) {
    if (word.empty()) return;
    const std::size_t found = context_->text.find('"' + std::string(word) + '"', at);
    // The plug-in is named in "plugins_order", too: its table has a colon behind it.
    for (std::size_t next = found; next != std::string_view::npos;
         next = context_->text.find('"' + std::string(word) + '"', next + 1)) {
      const std::size_t behind =
          context_->text.find_first_not_of(" \t\r\n", next + word.size() + 2);
      if (behind != std::string_view::npos && context_->text[behind] == ':') {
        at = next;
        return;
      }
    }
  };
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find('.'), rest.size());
    find(rest.substr(0, length));
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
  find(key);
  const auto* const begin = context_->text.data();
  return 1 + static_cast<std::size_t>(std::count(begin, begin + at, '\n'));
}

void Plugin::Set(const std::string& our_key, double value, const std::string& key) const {
  const ParamRegistry& registry = context_->registry;
  const std::size_t index = registry.Find(our_key).value();
  const ParamSpec& spec = ParamRegistry::info(index).spec;
  const double held =
      std::clamp(value, static_cast<double>(spec.min), static_cast<double>(spec.max));
  const auto number = static_cast<float>(held);
  if (std::abs(held - value) > 1e-4) {
    Note(key, ExactText(static_cast<float>(value)) + " is beyond what " + our_key +
                  " goes to, and is held at " + FormatValue(spec, number));
  }
  if (number == spec.def) {
    context_->preset.values.erase(index);
  } else {
    context_->preset.values[index] = number;
  }
}

namespace {

struct Known {
  std::string_view name;
  void (*take)(const Plugin& plugin);
};
// In the order of our chain.
constexpr auto kKnown = std::to_array<Known>({{"autogain", TakeAutogain},
                                              {"equalizer", TakeEqualizer},
                                              {"bass_enhancer", TakeBassEnhancer},
                                              {"exciter", TakeExciter},
                                              {"compressor", TakeCompressor},
                                              {"multiband_compressor", TakeMultiband},
                                              {"stereo_tools", TakeStereoTools},
                                              {"crossfeed", TakeCrossfeed},
                                              {"convolver", TakeConvolver},
                                              {"loudness", TakeLoudness},
                                              {"limiter", TakeLimiter}});

// The plug-ins that are in use, in their order.
std::vector<std::string> OrderOf(const json& chain) {
  std::vector<std::string> order;
  const auto found = chain.find("plugins_order");
  if (found != chain.end() && found->is_array()) {
    for (const json& name : *found) {
      if (name.is_string() && chain.contains(name.get<std::string>())) order.push_back(name);
    }
    return order;
  }
  for (const auto& [name, settings] : chain.items()) {
    if (settings.is_object()) order.push_back(name);
  }
  return order;
}

void TakeChain(const json& chain, Context& context) {
  std::size_t highest = 0;
  std::array<bool, kKnown.size()> taken{};
  constexpr std::size_t kMostPlugins = 50;
  const std::vector<std::string> order = OrderOf(chain);
  for (std::size_t i = 0; i < std::min(order.size(), kMostPlugins); ++i) {
    const std::string& name = order[i];
    const Plugin plugin(chain.at(name), name, context);
    if (!chain.at(name).is_object()) {
      plugin.Note("", "is no plug-in");
      continue;
    }
    if (plugin.Truth("bypass", false)) continue;
    const std::string kind = name.substr(0, name.find('#'));
    const auto* const known = std::find_if(kKnown.begin(), kKnown.end(),
                                           [&](const Known& one) { return one.name == kind; });
    if (known == kKnown.end()) {
      plugin.Note("", "is a plug-in that is not taken");
      continue;
    }
    const auto place = static_cast<std::size_t>(known - kKnown.begin());
    if (taken[place] && kind != "equalizer") {
      plugin.Note("", "is the second of its kind, and there is one");
      continue;
    }
    if (place < highest) plugin.Note("", "plays before what stands ahead of it here");
    highest = std::max(highest, place);
    taken[place] = true;
    known->take(plugin);
  }
}

}  // namespace
}  // namespace auralis::easyeffects

namespace auralis {

Imported ImportEasyEffects(std::string_view text, std::string_view name,
                           const std::filesystem::path& folder, const ImportOptions& options) {
  using nlohmann::json;
  CheckIsText(text, name, "a preset of EasyEffects");
  json root;
  try {
    root = json::parse(text);
  } catch (const json::parse_error& e) {
    const auto* const end = text.data() + std::min(e.byte, text.size());
    throw ConfigError(std::string(name) + ":" +
                      std::to_string(1 + std::count(text.data(), end, '\n')) +
                      ": not JSON: " + Printable(e.what(), 200));
  } catch (const json::exception& e) {  // a number that is none
    throw ConfigError(std::string(name) + ": not JSON: " + Printable(e.what(), 200));
  }
  const json* chain = nullptr;
  for (const char* section : {"output", "input"}) {
    if (chain == nullptr && root.is_object() && root.contains(section) &&
        root[section].is_object()) {
      chain = &root[section];
    }
  }
  if (chain == nullptr) {
    throw ConfigError(std::string(name) + ": is no preset of EasyEffects (it has no \"output\")");
  }
  Imported imported;
  LinearChain linear(LinearChain::kUsualRateHz, options.as_biquads);
  easyeffects::Context context{.text = text,
                               .folder = folder,
                               .preset = imported.preset,
                               .notes = imported.notes,
                               .linear = linear,
                               .registry = {}};
  easyeffects::TakeChain(*chain, context);
  const bool has_kernel = imported.preset.convolver_file.has_value();
  linear.Finish(imported, name);
  if (imported.response && has_kernel) {
    imported.notes.push_back({0,
                              "the convolver is needed for the equalizer; its kernel is not "
                              "taken"});
    imported.preset.convolver_file.reset();
  }
  return imported;
}

}  // namespace auralis
