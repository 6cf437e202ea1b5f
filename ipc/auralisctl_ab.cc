#include "ipc/auralisctl_ab.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_preset_live.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

using Action = ipc::SteerComparison::Action;

struct NamedAction {
  const char* name;
  Action action;
};
constexpr std::array<NamedAction, 5> kActions = {{{"a", Action::kHearA},
                                                  {"b", Action::kHearB},
                                                  {"toggle", Action::kToggle},
                                                  {"keep", Action::kKeep},
                                                  {"end", Action::kEnd}}};

std::string Decibels(float db) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f dB", static_cast<double>(db));
  return text.data();
}

std::string NameOf(const ipc::ComparedSetting& setting) {
  return setting.name.empty() ? "no preset" : setting.name;
}

ipc::Request RequestOf(const std::vector<std::string>& words) {
  if (words.empty()) return ipc::GetComparison{};
  if (words.size() > 2) throw UsageError("ab: takes one preset, or two");
  const auto* const named =
      std::find_if(kActions.begin(), kActions.end(),
                   [&](const NamedAction& one) { return words[0] == one.name; });
  if (named == kActions.end()) {
    return ipc::Compare{.a = words.size() == 2 ? AsTheDaemonSees(words[0]) : "",
                        .b = AsTheDaemonSees(words.back())};
  }
  if (words.size() == 2) {
    throw UsageError("ab " + words[0] + ": takes nothing else (a preset of that name is ./" +
                     words[0] + ".toml)");
  }
  return ipc::SteerComparison{named->action};
}

std::string TextOf(const ipc::Comparison& comparison) {
  if (!comparison.on) return "nothing is being compared\n";
  std::string text;
  for (const auto& [letter, setting] :
       {std::pair{"a", &comparison.a}, std::pair{"b", &comparison.b}}) {
    text += std::string(comparison.heard == letter ? "* " : "  ") + letter + "  " +
            NameOf(*setting) + ", " + Decibels(setting->gain_db) + "\n";
  }
  if (comparison.measured_s <= 0.0F) {
    return text + "their loudness is being measured: let some music play\n";
  }
  std::array<char, 64> measured{};
  std::snprintf(measured.data(), measured.size(), "equally loud over the last %.0f s of music\n",
                static_cast<double>(comparison.measured_s));
  return text + measured.data();
}

}  // namespace

std::vector<std::string> ComparisonActions() {
  std::vector<std::string> names;
  names.reserve(kActions.size());
  for (const NamedAction& one : kActions) names.emplace_back(one.name);
  return names;
}

void CompareSettings(const Context& context, const std::vector<std::string>& words) {
  const ipc::Request request = RequestOf(words);
  const auto comparison = ipc::Client(context.socket, kClientName).Ask<ipc::Comparison>(request);
  if (context.json) return Print(JsonLine(ToJson(comparison)));
  Print(TextOf(comparison));
}

std::string ComparisonLine(const ipc::Comparison& comparison) {
  if (!comparison.on) return "";
  const bool is_a = comparison.heard == "a";
  const ipc::ComparedSetting& heard = is_a ? comparison.a : comparison.b;
  return std::string("A/B: ") + (is_a ? "A " : "B ") + NameOf(heard) +
         (comparison.measured_s > 0.0F ? " " + Decibels(heard.gain_db) : ", measuring");
}

}  // namespace auralis::ctl
