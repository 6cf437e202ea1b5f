#include <malloc.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "config/param_docs.h"
#include "config/paths.h"
#include "config/preset.h"
#include "config/preset_library.h"
#include "config/preset_rules.h"
#include "config/settings.h"
#include "daemon/daemon.h"
#include "daemon/device_choice.h"
#include "daemon/log.h"
#include "daemon/options.h"
#include "daemon/sound_file.h"
#include "dsp/kernels/simd_target.h"
#include "ipc/server.h"
#include "ipc/standard_streams.h"

namespace auralis {
namespace {

class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws OutputError: who asked would take half a list for all of it.
void Print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw OutputError("cannot write to standard output: " + std::generic_category().message(errno));
  }
}

// Looks at all of them before it complains: settings, rules, presets of the user's, and the one
// that the command line names.
int CheckConfig(const Options& options) {
  std::string errors;
  const auto check = [&](const std::filesystem::path& file, const auto& load) {
    try {
      load(file);
      Print(file.string() + ": ok\n");
    } catch (const ConfigError& e) {
      errors += (errors.empty() ? "" : "\n") + std::string(e.what());
    }
  };
  check(options.config.empty() ? SettingsPath() : options.config, LoadSettings);
  if (!options.preset.empty()) check(FindPreset(options.preset).file, LoadPreset);
  if (options.config.empty()) {
    std::error_code ignored;
    if (std::filesystem::exists(RulesPath(), ignored)) check(RulesPath(), LoadRules);
    for (const PresetFile& preset : ListPresets()) {
      if (!preset.shipped) check(preset.file, LoadPreset);
    }
  }
  if (!errors.empty()) throw ConfigError(errors);
  return EX_OK;
}

// What is freed goes back to the system. Left to itself glibc takes blocks of up to 32 MiB from its
// heaps once one as large was freed, and has a heap for each thread; what is small and lives on (a
// client, a preset) keeps the holes that signal paths and responses leave there. And libjack locks
// all memory, which makes every stack as large as it could become.
void KeepMemorySmall() {
  mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 128 * 1024);
  mallopt(M_ARENA_MAX, 1);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  if (pthread_attr_setstacksize(&attributes, 1024 * 1024) == 0) {
    pthread_setattr_default_np(&attributes);
  }
  pthread_attr_destroy(&attributes);
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
      Print(options.json ? DevicesJson() : DevicesText());
      return EX_OK;
    case Options::Action::kListParams:
      Print(options.json ? ParametersJson() : ParametersMarkdown());
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
  KeepMemorySmall();
  SetUpLog();
  std::signal(SIGPIPE, SIG_IGN);  // a closed terminal or client must not end the sound
  std::signal(SIGXFSZ, SIG_IGN);  // a record at `ulimit -f` is an error like a full disk
  Options options = parsed.options;
  options.inheritance = TakeInheritance();
  try {
    return Perform(options);
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
  } catch (const OutputError& e) {
    spdlog::error("{}", e.what());
    return EX_IOERR;
  } catch (const std::exception& e) {
    spdlog::critical("internal error: {}", e.what());
    return EX_SOFTWARE;
  }
}

}  // namespace
}  // namespace auralis

int main(int argc, char** argv) {
  auralis::ipc::OccupyStandardStreams();
  umask(S_IRWXG | S_IRWXO);  // what a person plays and how is nobody else's business
  return auralis::Main(argc, argv);
}
