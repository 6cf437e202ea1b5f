#include "tests/support/system_bus.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace auralis::test {
namespace {

constexpr char kPolkit[] = "/usr/lib/polkit-1/polkitd";
constexpr char kRtkit[] = "/usr/libexec/rtkit-daemon";

// Everybody on it may do everything: polkit decides.
void WriteConfiguration(const std::filesystem::path& file, const std::string& address) {
  std::ofstream(file)
      << R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><auth>EXTERNAL</auth><listen>)"
      << address << R"(</listen><policy context="default">
<allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/>
</policy></busconfig>)";
}

}  // namespace

RealtimeKitBus::RealtimeKitBus() {
  for (const char* const program : {kPolkit, kRtkit}) {
    if (!std::filesystem::exists(program)) {
      throw std::runtime_error(std::string(program) + " is not there (Debian: rtkit)");
    }
  }
  // polkit runs as another user.
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  const std::string address = "unix:path=" + (folder_ / "bus").string();
  environment_ = {{"DBUS_SYSTEM_BUS_ADDRESS", address}};
  WriteConfiguration(folder_ / "bus.conf", address);
  bus_ = std::make_unique<Process>(
      std::vector<std::string>{"dbus-daemon", "--nofork", "--nopidfile",
                               "--config-file=" + (folder_ / "bus.conf").string()},
      environment_);
  Await("the system bus", [&] { return std::filesystem::exists(folder_ / "bus"); });
  polkit_ =
      std::make_unique<Process>(std::vector<std::string>{kPolkit, "--no-debug"}, environment_);
  rtkit_ = std::make_unique<Process>(
      std::vector<std::string>{kRtkit, "--no-drop-privileges", "--no-chroot",
                               "--no-limit-resources", "--stderr"},
      environment_);
  const std::vector<std::string> question = {"busctl",
                                             "--address=" + address,
                                             "get-property",
                                             "org.freedesktop.RealtimeKit1",
                                             "/org/freedesktop/RealtimeKit1",
                                             "org.freedesktop.RealtimeKit1",
                                             "MaxRealtimePriority"};
  Await("RealtimeKit", [&] { return RunProgram(question).exit_code == 0; });
}

}  // namespace auralis::test
