#include <spdlog/spdlog.h>
#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "config/param_docs.h"
#include "config/paths.h"
#include "config/settings.h"
#include "daemon/daemon.h"
#include "daemon/device_choice.h"
#include "daemon/log.h"
#include "daemon/options.h"
#include "daemon/sound_file.h"
#include "dsp/kernels/simd_target.h"
#include "ipc/server.h"

namespace auralis {
namespace {

int CheckConfig(const Options& options) {
  const std::filesystem::path path = options.config.empty() ? SettingsPath() : options.config;
  LoadSettings(path);
  std::printf("%s: ok\n", path.c_str());
  return EX_OK;
}

int Perform(const Options& options) {
  if (!ChooseSimdTarget(options.simd)) {
    std::string allowed = "auto";
    for (const std::string& name : SupportedSimdTargets()) allowed += ", " + name;
    spdlog::error("--simd {}: not on this CPU (allowed: {})", options.simd, allowed);
    return EX_USAGE;
  }
  switch (options.action) {
    case Options::Action::kListDevices:
      std::fputs((options.json ? DevicesJson() : DevicesText()).c_str(), stdout);
      return EX_OK;
    case Options::Action::kListParams:
      std::fputs((options.json ? ParametersJson() : ParametersMarkdown()).c_str(), stdout);
      return EX_OK;
    case Options::Action::kCheckConfig:
      return CheckConfig(options);
    case Options::Action::kRun:
      return Daemon(options).Run();
  }
  return EX_SOFTWARE;
}

// The edge where exceptions become exit codes.
int Main(int argc, const char* const* argv) {
  const ParsedOptions parsed = ParseOptions(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  SetUpLog();
  std::signal(SIGPIPE, SIG_IGN);  // a closed terminal or client must not end the sound
  try {
    return Perform(parsed.options);
  } catch (const ConfigError& e) {
    spdlog::error("{}", e.what());
    return EX_CONFIG;
  } catch (const FileError& e) {
    spdlog::error("{}", e.what());
    return EX_DATAERR;
  } catch (const DeviceError& e) {
    spdlog::error("{}", e.what());
    return EX_UNAVAILABLE;
  } catch (const ipc::IpcError& e) {
    spdlog::error("{}", e.what());
    return EX_UNAVAILABLE;
  } catch (const std::exception& e) {
    spdlog::critical("internal error: {}", e.what());
    return EX_SOFTWARE;
  }
}

}  // namespace
}  // namespace auralis

int main(int argc, char** argv) { return auralis::Main(argc, argv); }
