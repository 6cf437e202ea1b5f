#include "ipc/auralisctl_doctor.h"

#include <sysexits.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "config/paths.h"
#include "ipc/auralisctl_doctor_checks.h"
#include "ipc/auralisctl_json.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/client.h"
#include "ipc/sound_servers.h"

namespace auralis::ctl {
namespace {

using Level = Finding::Level;

Finding AskDaemon(const Context& context, std::optional<Answers>& answers) {
  try {
    const std::filesystem::path socket = context.socket.empty() ? SocketPath() : context.socket;
    ipc::Client client(socket, kClientName, std::chrono::seconds(2));
    answers = {client.Ask<ipc::Status>(ipc::GetStatus{}), client.Ask<ipc::Info>(ipc::GetInfo{}),
               client.Ask<ipc::PresetState>(ipc::GetPresets{})};
    return Ok("daemon", "auralisd " + answers->info.version + " is " + answers->status.state +
                            " (process " + std::to_string(answers->info.pid) + ").");
  } catch (const std::exception& e) {
    return Problem("daemon", std::string("no daemon answers: ") + e.what() + ".",
                   "start it: systemctl --user start auralisd, or auralisd");
  }
}

const char* NameOf(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kNote ? "note" : "problem";
}

}  // namespace

Finding Ok(const std::string& check, const std::string& text) {
  return {.check = check, .level = Finding::Level::kOk, .text = text};
}
Finding Note(const std::string& check, const std::string& text, const std::string& advice) {
  return {.check = check, .level = Level::kNote, .text = text, .advice = advice};
}
Finding Problem(const std::string& check, const std::string& text, const std::string& advice) {
  return {.check = check, .level = Level::kProblem, .text = text, .advice = advice};
}

std::vector<Finding> Examine(const Context& context) {
  std::optional<Answers> answers;
  std::vector<Finding> findings = {AskDaemon(context, answers)};
  const auto add = [&](std::vector<Finding> more) {
    for (Finding& one : more) findings.push_back(std::move(one));
  };
  const SoundServer server = FindSoundServer();
  const bool pipewire = server == SoundServer::kPipeWire;
  findings.push_back(AnsweringServer(server));
  findings.push_back(JackLibrary(answers, pipewire));
  add(Rights(answers));
  findings.push_back(Timing(answers, pipewire));
  if (pipewire) findings.push_back(DefaultSink());
  findings.push_back(Output(answers));
  if (answers && answers->status.xruns > 0) {
    findings.push_back(
        Note("losses",
             "sound was lost " + std::to_string(answers->status.xruns) + " times since the start.",
             "a longer quantum helps: auralisctl setup --quantum 512"));
  }
  add(Files());
  findings.push_back(Service());
  return findings;
}

int ShowDoctor(const Context& context) {
  int code = EX_OK;
  Json list = Json::array();
  std::string text;
  for (const Finding& one : Examine(context)) {
    if (one.level == Level::kProblem && code != EX_CONFIG) {
      code = one.of_files ? EX_CONFIG : EX_UNAVAILABLE;
    }
    list.push_back({{"check", one.check},
                    {"level", NameOf(one.level)},
                    {"text", one.text},
                    {"advice", one.advice}});
    std::string mark = NameOf(one.level);
    mark.resize(9, ' ');
    text += mark + one.check + ": " + one.text + "\n";
    if (!one.advice.empty()) text += "         " + one.advice + "\n";
  }
  Print(context.json ? JsonLine(list) : text);
  return code;
}

}  // namespace auralis::ctl
