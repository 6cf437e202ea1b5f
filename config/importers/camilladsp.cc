// CamillaDSP's configurations: YAML with filters, mixers and a pipeline of both.

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "config/importers/camilladsp_filters.h"
#include "config/importers/importers.h"
#include "config/importers/linear_chain.h"
#include "config/importers/text_scan.h"
#include "config/param_text.h"
#include "config/text_file.h"

namespace auralis::camilladsp {
namespace {

constexpr std::size_t kMostSteps = 300;
constexpr std::size_t kMostChannels = 16;
constexpr std::size_t kMostRenderings = 200;

std::string ChannelName(int number) {
  if (number == 0) return "L";
  if (number == 1) return "R";
  return std::to_string(number);
}

class Reader {
 public:
  Reader(const YAML::Node& root, std::string_view name, const std::filesystem::path& folder,
         const ImportOptions& options)
      : root_(root), name_(name), folder_(folder), chain_(RateOf(root), options.as_biquads) {}

  Imported Read() {
    const YAML::Node pipeline = Child(root_, "pipeline");
    std::size_t steps = 0;
    if (pipeline.IsSequence()) {
      for (const YAML::Node& step : pipeline) {
        if (++steps > kMostSteps) {
          Note(step, "pipeline", "has more than 300 steps");
          break;
        }
        Step(step);
      }
    } else {
      // Filters without a pipeline, as they are passed round: one after the other, on both sides.
      for (const auto& entry : Child(root_, "filters")) {
        Filter(entry.second, entry.first.as<std::string>(), {"L", "R"});
      }
    }
    chain_.Finish(imported_, name_);
    return std::move(imported_);
  }

 private:
  static double RateOf(const YAML::Node& root) {
    const YAML::Node rate = Child(Child(root, "devices"), "samplerate");
    const double rate_hz = rate.IsScalar() ? NumberIn(rate.Scalar()).value_or(0.0) : 0.0;
    return rate_hz >= 8000.0 && rate_hz <= 192000.0 ? rate_hz : LinearChain::kUsualRateHz;
  }

  void Step(const YAML::Node& step) {
    const std::string type = TextOf(step, "type");
    if (Truth(step, "bypassed", false)) return;
    if (type == "Filter") {
      const YAML::Node names = Child(step, "names");
      if (!names.IsSequence()) return Note(step, "Filter", "names no filters");
      for (const YAML::Node& name : names) {
        if (name.IsScalar()) Filter(name, name.Scalar(), ChannelsOf(step));
      }
    } else if (type == "Mixer") {
      Mix(step, TextOf(step, "name"));
    } else {
      Note(step, type.empty() ? "step" : type, "is a step that is not taken");
    }
  }

  // Of one step: `channels` since version 3, `channel` before; all where neither is there.
  LinearChain::Names ChannelsOf(const YAML::Node& step) {
    LinearChain::Names names;
    const auto add = [&](const YAML::Node& node) {
      const double number = node.IsScalar() ? NumberIn(node.Scalar()).value_or(-1.0) : -1.0;
      const std::string name = ChannelName(static_cast<int>(std::clamp(number, -1.0, 999.0)));
      if (chain_.Has(name)) {
        names.push_back(name);
      } else {
        Note(node, "channel " + name, "is none that there is");
      }
    };
    if (Child(step, "channels").IsSequence()) {
      for (const YAML::Node& node : Child(step, "channels")) add(node);
      return names;
    }
    if (!Child(step, "channel").IsNull()) {
      add(Child(step, "channel"));
      return names;
    }
    return chain_.All();
  }

  void Filter(const YAML::Node& from, const std::string& name, const LinearChain::Names& channels) {
    const YAML::Node filter = Child(Child(root_, "filters"), name);
    if (!filter.IsMap()) {
      return Note(from, name, "is a filter that is not there");
    }
    if (++renderings_ > kMostRenderings) {
      return Note(filter, Printable(name), "is left out: there are too many steps");
    }
    FilterReader reader{.node = filter,
                        .folder = folder_,
                        .channels = channels,
                        .chain = chain_,
                        .note = [&](const std::string& text) { Note(filter, name, text); }};
    reader.Take();
  }

  void Mix(const YAML::Node& step, const std::string& name) {
    const YAML::Node mixer = Child(Child(root_, "mixers"), name);
    const YAML::Node mapping = Child(mixer, "mapping");
    if (!mapping.IsSequence()) return Note(step, Printable(name), "is a mixer that is not there");
    if (mapping.size() > kMostChannels || ++mixes_ > kMostChannels) {
      return Note(mixer, Printable(name), "has too many channels");
    }
    std::map<std::string, LinearChain::Target> targets;
    for (const std::string& one : chain_.All()) targets[one] = {one, {}};  // silent if not mapped
    for (const YAML::Node& to : mapping) {
      const std::string channel = ChannelName(IntegerOf(to, "dest"));
      LinearChain::Target& target = targets[channel];
      target.channel = channel;
      if (Truth(to, "mute", false) || !Child(to, "sources").IsSequence()) continue;
      for (const YAML::Node& source : Child(to, "sources")) {
        if (Truth(source, "mute", false)) continue;
        const double gain = NumberOf(source, "gain", 0.0);
        const bool is_linear = TextOf(source, "scale") == "linear";
        double factor = is_linear ? gain : std::pow(10.0, std::clamp(gain, -400.0, 100.0) / 20.0);
        if (Truth(source, "inverted", false)) factor = -factor;
        if (target.terms.size() < kMostChannels) {
          target.terms.push_back({factor, ChannelName(IntegerOf(source, "channel"))});
        }
      }
    }
    std::vector<LinearChain::Target> all;
    all.reserve(targets.size());
    for (auto& [channel, target] : targets) all.push_back(std::move(target));
    chain_.Mix(all);
    if (targets.size() > 2) Note(mixer, Printable(name), "of its channels, 0 and 1 are heard");
  }

  // -1 where it is none.
  static int IntegerOf(const YAML::Node& node, const char* key) {
    const double number = NumberOf(node, key, -1.0);
    return std::isnan(number) ? -1 : static_cast<int>(std::clamp(number, -1.0, 999.0));
  }

  void Note(const YAML::Node& node, const std::string& name, const std::string& text) {
    constexpr std::size_t kMostNotes = 200;
    if (imported_.notes.size() >= kMostNotes) return;
    const std::size_t line =
        node.IsDefined() ? static_cast<std::size_t>(std::max(0, node.Mark().line + 1)) : 0;
    imported_.notes.push_back({line, Printable(name) + ": " + Printable(text, 300)});
  }

  const YAML::Node& root_;
  std::string name_;
  std::filesystem::path folder_;
  LinearChain chain_;
  std::size_t renderings_ = 0;
  std::size_t mixes_ = 0;
  Imported imported_;
};

}  // namespace

// A missing one of yaml-cpp's own throws when it is looked at.
YAML::Node Child(const YAML::Node& node, const std::string& key) {
  if (!node.IsMap()) return {};
  const YAML::Node found = node[key];
  return found.IsDefined() ? found : YAML::Node();
}

std::string TextOf(const YAML::Node& node, const char* key) {
  const YAML::Node found = Child(node, key);
  return found.IsScalar() ? found.Scalar() : "";
}

double NumberOf(const YAML::Node& node, const char* key, double otherwise) {
  const std::string text = TextOf(node, key);
  return text.empty() ? otherwise : NumberIn(text).value_or(std::nan(""));
}

bool Truth(const YAML::Node& node, const char* key, bool otherwise) {
  const std::string text = Lowered(TextOf(node, key));
  return text.empty() ? otherwise : text == "true" || text == "yes" || text == "on";
}

}  // namespace auralis::camilladsp

namespace auralis {

Imported ImportCamillaDsp(std::string_view text, std::string_view name,
                          const std::filesystem::path& folder, const ImportOptions& options) {
  CheckIsText(text, name, "a configuration of CamillaDSP");
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    const bool is_one = root.IsMap() && root["filters"].IsDefined() && root["filters"].IsMap();
    if (!is_one && !(root.IsMap() && root["mixers"].IsDefined())) {
      throw ConfigError(std::string(name) +
                        ": is no configuration of CamillaDSP (it has no filters)");
    }
    return camilladsp::Reader(root, name, folder, options).Read();
  } catch (const YAML::Exception& e) {
    const std::string where = e.mark.is_null() ? ""
                                               : ":" + std::to_string(e.mark.line + 1) + ":" +
                                                     std::to_string(e.mark.column + 1);
    throw ConfigError(std::string(name) + where +
                      ": not YAML that can be read: " + Printable(e.msg, 200));
  }
}

}  // namespace auralis
