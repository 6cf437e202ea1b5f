#pragma once
// What `auralisctl doctor` looks at, idea by idea. None of it needs a daemon.

#include <optional>
#include <string>
#include <vector>

#include "ipc/auralisctl_doctor.h"
#include "ipc/messages.h"
#include "ipc/sound_servers.h"

namespace auralis::ctl {

// What the daemon says of itself, where one answers.
struct Answers {
  ipc::Status status;
  ipc::Info info;
  ipc::PresetState presets;
};

Finding Ok(const std::string& check, const std::string& text);
Finding Note(const std::string& check, const std::string& text, const std::string& advice = "");
Finding Problem(const std::string& check, const std::string& text, const std::string& advice);

// auralisctl_doctor_server.cc
Finding AnsweringServer(SoundServer server);
Finding JackLibrary(const std::optional<Answers>& answers, bool pipewire);

// auralisctl_doctor_rights.cc: what the daemon got, or what one would get that is started from
// here.
std::vector<Finding> Rights(const std::optional<Answers>& answers);

// auralisctl_doctor_way.cc: from the programs to the ears.
Finding Timing(const std::optional<Answers>& answers, bool pipewire);
Finding DefaultSink();
Finding Output(const std::optional<Answers>& answers);

// auralisctl_doctor_files.cc
std::vector<Finding> Files();
Finding Service();

}  // namespace auralis::ctl
