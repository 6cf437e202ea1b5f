#include <spdlog/spdlog.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>
#include <thread>

#include "config/config_error.h"
#include "daemon/log.h"
#include "daemon/render/batch.h"
#include "daemon/render/compare.h"
#include "daemon/render/options.h"
#include "daemon/render/plot.h"
#include "daemon/render/progress_bar.h"
#include "daemon/render/report.h"
#include "daemon/startup.h"
#include "dsp/kernels/simd_target.h"
#include "ipc/standard_streams.h"

namespace auralis::render {
namespace {

// Throws WriteError: who asked would take half a table for all of it.
void Print(const std::string& text, std::FILE* to = stdout) {
  if (std::fputs(text.c_str(), to) < 0 || std::fflush(to) != 0) {
    throw WriteError("standard output: cannot be written: " +
                     std::generic_category().message(errno));
  }
}

std::vector<Assignment> AssignmentsOf(const std::vector<std::string>& set) {
  std::vector<Assignment> assignments;
  for (const std::string& one : set) {
    const auto at = one.find('=');
    if (at == std::string::npos) throw UsageError("--set " + one + ": is not KEY=VALUE");
    assignments.push_back({.key = one.substr(0, at), .value = one.substr(at + 1)});
  }
  return assignments;
}

// As the daemon starts: settings, preset, and then what the command line says.
ChainSetup SetupFor(const RenderOptions& options) {
  const auto from = FindConfig(options.daemon);
  const auto preset = PresetFor(options.daemon);
  const Settings settings = WithResponseOf(preset, LoadIfAny(from));
  ChainSetup setup{.registry = RegistryWith(settings, from, preset),
                   .response = ResponseFileOf(settings, from),
                   .block_frames = options.daemon.Override(settings.audio).block_frames};
  if (const auto error = setup.registry.Apply(AssignmentsOf(options.set))) {
    throw UsageError("--set " + error->Message());
  }
  return setup;
}

int CompareFiles(const RenderOptions& options) {
  if (options.inputs.size() != 1 || !options.output.empty() || !options.out_dir.empty()) {
    throw UsageError("--compare takes one input and no output: it renders nothing");
  }
  const Comparison comparison = Compare(options.inputs.front(), options.compare);
  Print(options.json ? ComparisonJson(comparison) : ComparisonTable(comparison));
  return EX_OK;
}

void MakeFolder(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw WriteError(folder.string() + ": cannot be made: " + error.message());
}

ChainOnFile::Hear HearFor(const RenderOptions& options, Plot& plot) {
  if (options.plot.empty()) return {};
  return [&plot](const AnalysisFrame& frame) { plot.Hear(frame); };
}

int Render(const RenderOptions& options) {
  const std::vector<Job> jobs = JobsFor(options);
  const ChainSetup setup = SetupFor(options);
  if (!options.plot.empty()) RequirePlotter();
  MakeFolder(options.out_dir);
  Plot plot;
  ProgressBar bar;
  Watch watch;
  if (!options.quiet && isatty(STDERR_FILENO) != 0) {
    watch = [&](const std::deque<Progress>& progress, std::size_t files_done) {
      bar.Show(progress, files_done);
    };
  }
  const std::size_t threads =
      options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  const std::vector<Done> done = RenderAll(jobs, setup, threads, watch, HearFor(options, plot));
  bar.Clear();
  if (!options.plot.empty() && done.front().error.empty()) {
    const Outcome& outcome = done.front().outcome;
    plot.Write(options.plot, options.overwrite, NameOfInput(options.inputs.front()), setup,
               outcome.sample_rate_hz,
               static_cast<double>(outcome.frames) / outcome.sample_rate_hz);
  }
  int exit_code = EX_OK;
  for (const Done& one : done) {
    if (one.error.empty()) continue;
    spdlog::error("{}", one.error);
    if (exit_code == EX_OK) exit_code = one.exit_code;
  }
  if (options.json) {
    Print(ReportJson(done));
  } else if (!options.quiet) {
    Print(ReportTable(done), options.output == "-" ? stderr : stdout);
  }
  return exit_code;
}

int Perform(const RenderOptions& options) {
  if (!ChooseSimdTarget(options.daemon.simd)) {
    std::string allowed = "auto";
    for (const std::string& name : SupportedSimdTargets()) allowed += ", " + name;
    throw UsageError("--simd " + options.daemon.simd + ": not on this CPU (allowed: " + allowed +
                     ")");
  }
  return options.compare.empty() ? Render(options) : CompareFiles(options);
}

// The edge where exceptions become exit codes.
int Main(int argc, const char* const* argv) {
  const ParsedRenderOptions parsed = ParseRenderOptions(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  SetUpLog();
  spdlog::set_pattern("%^%l%$: %v");
  std::signal(SIGPIPE, SIG_IGN);  // who reads our output may go: that is an error with a name
  std::signal(SIGXFSZ, SIG_IGN);  // `ulimit -f` is like a full disk
  RemoveOnSignals();
  try {
    return Perform(parsed.options);
  } catch (const UsageError& e) {
    spdlog::error("{}", e.what());
    return EX_USAGE;
  } catch (const NoPlotter& e) {
    spdlog::error("{}", e.what());
    return EX_UNAVAILABLE;
  } catch (const ConfigError& e) {
    spdlog::error("{}", e.what());
    return EX_CONFIG;
  } catch (const WriteError& e) {
    spdlog::error("{}", e.what());
    return EX_IOERR;
  } catch (const FileError& e) {
    spdlog::error("{}", e.what());
    return EX_DATAERR;
  } catch (const std::exception& e) {
    spdlog::critical("internal error: {}", e.what());
    return EX_SOFTWARE;
  }
}

}  // namespace
}  // namespace auralis::render

int main(int argc, char** argv) {
  auralis::ipc::OccupyStandardStreams();
  return auralis::render::Main(argc, argv);
}
