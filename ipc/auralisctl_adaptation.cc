#include "ipc/auralisctl_adaptation.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"

namespace auralis::ctl {
namespace {

using std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(200);

std::string Lines(const ipc::Adaptation& adaptation) {
  std::string text;
  for (const std::string& sentence : adaptation.story) text += sentence + "\n";
  return text;
}

void Show(const Context& context, const ipc::Adaptation& adaptation) {
  Print(context.json ? JsonLine(ToJson(adaptation)) : Lines(adaptation));
}

// True when the time has passed without a signal.
bool SleepUntil(steady_clock::time_point when) {
  constexpr auto kPatience = std::chrono::milliseconds(50);
  while (!SignalCaught()) {
    const auto left = when - steady_clock::now();
    if (left <= steady_clock::duration::zero()) return true;
    std::this_thread::sleep_for(std::min<steady_clock::duration>(left, kPatience));
  }
  return false;
}

std::string ProgressLine(const ipc::Study& study) {
  return study.purpose + " from " + study.path + ": " + std::to_string(study.done) + " of " +
         std::to_string(study.total) + " files, " + std::to_string(study.skipped) + " skipped";
}

}  // namespace

void ShowAdaptation(const Context& context) {
  ipc::Client client(context.socket, kClientName);
  Show(context, client.Ask<ipc::Adaptation>(ipc::GetAdaptation{}));
}

void SteerAdaptation(const Context& context, ipc::Adapt::Action action, const std::string& text) {
  ipc::Client client(context.socket, kClientName);
  Show(context, client.Ask<ipc::Adaptation>(ipc::Adapt{.action = action, .text = text}));
}

void Learn(const Context& context, ipc::Adapt::Action action, const std::string& path) {
  // The daemon has a folder of its own.
  const std::string absolute = path.empty() ? "" : std::filesystem::absolute(path).string();
  CatchSignals();
  ipc::Client client(context.socket, kClientName);
  auto adaptation = client.Ask<ipc::Adaptation>(ipc::Adapt{.action = action, .text = absolute});
  const bool progress = LookAtTerminal().is_terminal && !context.json;
  while (adaptation.study.state == "learning") {
    if (progress) std::fprintf(stderr, "\r%s\x1b[K", ProgressLine(adaptation.study).c_str());
    if (!SleepUntil(steady_clock::now() + kPoll)) break;
    adaptation = client.Ask<ipc::Adaptation>(ipc::GetAdaptation{});
  }
  if (progress) std::fprintf(stderr, "\r\x1b[K");
  if (context.json) return Print(JsonLine(ToJson(adaptation)));
  const ipc::Study& study = adaptation.study;
  if (study.state == "failed") throw LearningFailed(study.problem);
  if (path.empty()) return Print("forgotten\n");
  Print(ProgressLine(study) + ": " + study.state + "\n" +
        (study.problem.empty() ? "" : study.problem + "\n"));
}

}  // namespace auralis::ctl
