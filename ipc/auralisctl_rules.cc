#include "ipc/auralisctl_rules.h"

#include <map>
#include <string>
#include <vector>

#include "config/paths.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

std::string OrUnknown(const std::string& text) { return text.empty() ? "not known" : text; }

// "device alsa_*, route headphones"; "anything" where a rule asks for nothing.
std::string ConditionOf(const ipc::RuleState& rule) {
  std::string text;
  const auto add = [&](const char* what, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : ", ") + std::string(what) + " " + value;
  };
  add("device", rule.device);
  add("route", rule.route);
  add("application", rule.application);
  return text.empty() ? "anything" : text;
}

}  // namespace

void ShowRules(const Context& context) {
  ipc::Client client(context.socket, kClientName);
  const auto state = client.Ask<ipc::PresetState>(ipc::GetPresets{});
  if (context.json) return Print(JsonLine(ToJson(state)));
  std::string text = "now: " + OrUnknown(state.device_name) + " (" + OrUnknown(state.device_id) +
                     "), route " + OrUnknown(state.route) + ", application " +
                     OrUnknown(state.application) + "\n";
  if (!state.rules_problem.empty()) {
    text += "the file has mistakes, the rules before it count:\n" + state.rules_problem + "\n";
  }
  if (state.rules.empty()) text += "no rules (they would be in " + state.rules_file + ")\n";
  int number = 0;
  for (const ipc::RuleState& one : state.rules) {
    text += (one.chosen ? "* " : "  ") + std::to_string(++number) + ". " + ConditionOf(one) +
            " -> " + one.layer + " " + one.preset + ": " + one.why + "\n";
  }
  for (const ipc::PresetLayer& one : state.layers) {
    if (one.preset.empty() && one.problem.empty()) continue;
    text += one.layer + ": " + (one.preset.empty() ? "none" : one.preset + ", by " + one.by) + "\n";
    if (!one.problem.empty()) text += "  " + one.problem + "\n";
  }
  Print(text);
}

void ShowPresetInForce(const Context& context) {
  ipc::Client client(context.socket, kClientName);
  const auto state = client.Ask<ipc::PresetState>(ipc::GetPresets{});
  const auto values = client.Ask<ipc::Values>(ipc::Get{{"*"}});
  std::map<std::string, std::string> text_of;
  for (const ipc::Value& one : values.values) text_of[one.key] = one.text;
  if (context.json) {
    Json json = ToJson(state);
    Json all = Json::object();
    for (const ipc::ValueSource& one : state.sources) {
      all[one.key] = {{"text", text_of[one.key]}, {"layer", one.layer}};
    }
    json["values"] = all;
    return Print(JsonLine(json));
  }
  std::string text = state.name.empty() ? "no preset is loaded\n" : state.name + "\n";
  std::vector<std::vector<std::string>> rows;
  for (const ipc::ValueSource& one : state.sources) {
    rows.push_back({one.key, text_of[one.key], one.layer});
  }
  Print(text);
  PrintColumns(rows);
}

}  // namespace auralis::ctl
