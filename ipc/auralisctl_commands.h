#pragma once
// One function a command. Each connects, does its one thing and prints it. They throw what the
// client and Print throw; main() makes an exit code of it.

#include <filesystem>
#include <string>
#include <vector>

#include "ipc/messages.h"

namespace auralis::ctl {

// A usage error that only shows after parsing.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Context {
  std::filesystem::path socket;
  bool json = false;
};

inline constexpr const char* kClientName = "auralisctl";
inline constexpr const char* kBypassKey = "master.bypass";

void ShowStatus(const Context& context);
void ShowInfo(const Context& context);
void ShowParameters(const Context& context, const std::string& glob);
void ShowValues(const Context& context, const std::vector<std::string>& keys);
// "" takes the response out.
void LoadResponse(const Context& context, const std::string& file);
// KEY VALUE KEY VALUE .., all or nothing.
void SetValues(const Context& context, const std::vector<std::string>& pairs);

// Reset, Undo or Redo: prints what changed.
void Change(const Context& context, const ipc::Request& request);
void ShowChain(const Context& context);
void ShowDevices(const Context& context);
void QuitDaemon(const Context& context);

}  // namespace auralis::ctl
