// auralisctl: asks a running auralisd, and tells it what to do.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "config/paths.h"
#include "config/settings.h"
#include "config/version.h"
#include "ipc/auralisctl_ab.h"
#include "ipc/auralisctl_adaptation.h"
#include "ipc/auralisctl_blackbox.h"
#include "ipc/auralisctl_commands.h"
#include "ipc/auralisctl_completion.h"
#include "ipc/auralisctl_doctor.h"
#include "ipc/auralisctl_midi.h"
#include "ipc/auralisctl_preset.h"
#include "ipc/auralisctl_rules.h"
#include "ipc/auralisctl_setup.h"
#include "ipc/auralisctl_terminal.h"
#include "ipc/auralisctl_watch.h"
#include "ipc/client.h"
#include "ipc/monitor/monitor.h"
#include "ipc/standard_streams.h"

namespace auralis::ctl {
namespace {

// sysexits.h
enum ExitCode : int { kOk = 0, kUsage = 64, kBadValue = 65, kUnavailable = 69, kInternal = 70 };

// What one call is to do; filled by the parser.
struct Request {
  Context context;
  std::string glob;
  std::vector<std::string> keys;
  std::vector<std::string> pairs;
  std::string bypass;
  std::string file;
  std::string stream;
  std::string shell;
  WatchOptions watch;
  PresetRequest preset;
  SetupOptions setup;
  int exit_code = 0;
  MidiRequest midi;
};

CLI::App* AddCommand(CLI::App& app, const char* name, const char* what,
                     const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, what);
  command->fallthrough();  // --json and --socket may stand behind it, too
  command->footer("--json, --socket PATH and --version work here, too.\n\nExamples:\n" + examples);
  return command;
}

ipc::Stream StreamNamed(const std::string& name) {
  if (name == "params") return ipc::Stream::kParameters;
  if (name == "events") return ipc::Stream::kEvents;
  if (name == "adaptation") return ipc::Stream::kAdaptation;
  return name == "meters" ? ipc::Stream::kMeters : ipc::Stream::kSpectrum;
}

void AddChanges(CLI::App& app, Request& request) {
  CLI::App* reset = AddCommand(app, "reset", "Set parameters back to their defaults, as one change",
                               "  auralisctl reset\n  auralisctl reset 'equalizer.*'");
  reset->add_option("GLOB", request.glob, "Keys to reset; everything without it")->type_name("");
  reset->callback([&] { Change(request.context, ipc::Reset{request.glob}); });
  CLI::App* ab = AddCommand(app, "ab", "Hear two settings in turns, equally loud",
                            "  auralisctl ab night         what is heard (a) beside night (b)\n"
                            "  auralisctl ab warm bright   two presets\n"
                            "  auralisctl ab toggle        hear the other one; or: ab a, ab b\n"
                            "  auralisctl ab keep          stay with what is heard\n"
                            "  auralisctl ab end           back to what was heard before");
  ab->add_option("WORDS", request.keys, "a, b, toggle, keep or end; or one preset, or two")
      ->type_name("");
  ab->callback([&] { CompareSettings(request.context, request.keys); });
  AddCommand(app, "undo", "Take the last change of a person back", "  auralisctl undo")
      ->callback([&] { Change(request.context, ipc::Undo{}); });
  AddCommand(app, "redo", "Do again what was undone last", "  auralisctl redo")->callback([&] {
    Change(request.context, ipc::Redo{});
  });
  AddCommand(app, "chain", "The stages in their order, and which are on", "  auralisctl chain")
      ->callback([&] { ShowChain(request.context); });
  AddCommand(app, "devices", "Sound devices: in use, and there", "  auralisctl devices --json")
      ->callback([&] { ShowDevices(request.context); });
  AddCommand(app, "rules", "Which presets belong to what plays where, and which rule fits now",
             "  auralisctl rules\n  auralisctl rules --json")
      ->callback([&] { ShowRules(request.context); });
  CLI::App* box = AddCommand(app, "blackbox",
                             "The last ten minutes: callbacks, stages, lost buffers and why; also "
                             "of a daemon that is dead",
                             "  auralisctl blackbox\n"
                             "  auralisctl blackbox ~/.local/state/auralis/crash-1234.blackbox\n"
                             "  auralisctl blackbox --json | jq '.slices[].mean_load'");
  box->add_option("FILE", request.file, "A file that a flight recorder wrote")->type_name("");
  box->callback([&] { ShowBlackBox(request.context, request.file); });
  AddCommand(app, "quit", "Fade out and end the daemon", "  auralisctl quit")->callback([&] {
    QuitDaemon(request.context);
  });
}

void AddCompletion(CLI::App& app, Request& request) {
  CLI::App* completion =
      AddCommand(app, "completion", "Print what completes commands, keys and choices in a shell",
                 "  auralisctl completion bash >> ~/.bashrc\n"
                 "  auralisctl completion fish > ~/.config/fish/completions/auralisctl.fish");
  completion->add_option("SHELL", request.shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&] { Print(CompletionScript(request.shell)); });
}

// What the shells' scripts ask: "auralisctl complete -- WORD..". Nobody's words are options here,
// so the parser is not asked.
bool IsForCompletion(int argc, char** argv) {
  return argc >= 3 && std::string_view(argv[1]) == "complete" && std::string_view(argv[2]) == "--";
}

void AddWatch(CLI::App& app, Request& request) {
  CLI::App* watch =
      AddCommand(app, "watch", "Show levels, changes or events as they come, until Ctrl-C",
                 "  auralisctl watch meters\n"
                 "  auralisctl watch spectrum --rate 5\n"
                 "  auralisctl watch meters --json --count 1");
  watch->add_option("STREAM", request.stream, "params, meters, spectrum, adaptation or events")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"params", "meters", "spectrum", "adaptation", "events"}));
  watch->add_option("--rate", request.watch.rate_hz, "Updates a second")
      ->type_name("HZ")
      ->capture_default_str()
      ->check(CLI::Range(ipc::kMinTelemetryHz, ipc::kMaxTelemetryHz));
  watch->add_option("--count", request.watch.count, "End after so many updates")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  AddCommand(app, "monitor", "Watch and steer everything, on the whole terminal",
             "  auralisctl monitor      '?' shows the keys")
      ->callback([&] { RunMonitor(request.context); });
  watch->callback([&] {
    request.watch.stream = StreamNamed(request.stream);
    Watch(request.context, request.watch);
  });
}

void AddAdaptation(CLI::App& app, Request& request) {
  using Action = ipc::Adapt::Action;
  CLI::App* adaptation = AddCommand(app, "adaptation", "What adaptation hears, does and why",
                                    "  auralisctl set master.adaptive 0.4\n"
                                    "  auralisctl adaptation\n"
                                    "  auralisctl adaptation release 'compressor.*'");
  adaptation->require_subcommand(0, 1);
  adaptation->callback([&, adaptation] {
    if (adaptation->get_subcommands().empty()) ShowAdaptation(request.context);
  });
  const auto add = [&](const char* name, const char* what, Action action) {
    AddCommand(*adaptation, name, what, "  auralisctl adaptation " + std::string(name))
        ->callback([&request, action] { SteerAdaptation(request.context, action); });
  };
  add("freeze", "Hold everything where it is", Action::kFreeze);
  add("thaw", "Go on", Action::kThaw);
  add("relearn", "Forget this programme and listen anew", Action::kRelearn);
  CLI::App* release = AddCommand(*adaptation, "release", "Let adaptation move what was set by hand",
                                 "  auralisctl adaptation release\n"
                                 "  auralisctl adaptation release stereo.width");
  release->add_option("GLOB", request.glob, "Keys to let go of; all of them without it")
      ->type_name("");
  release->callback([&] { SteerAdaptation(request.context, Action::kRelease, request.glob); });

  const auto add_learning = [&](const char* name, const char* what, const char* of, Action action) {
    CLI::App* command = AddCommand(app, name, what,
                                   "  auralisctl " + std::string(name) + " ~/Music/" + of +
                                       "\n  auralisctl " + name + " clear");
    command->add_option("PATH", request.file, "A file or a folder, or 'clear'")
        ->required()
        ->type_name("");
    command->callback([&request, action, name] {
      if (request.file.empty()) throw UsageError(std::string(name) + ": PATH is empty");
      Learn(request.context, action, request.file == "clear" ? "" : request.file);
    });
  };
  add_learning("reference", "Sound like this track, or like the tracks of this folder",
               "favourite.flac", Action::kLearnReference);
  add_learning("calibrate", "Take the music of this folder for usual", "", Action::kCalibrate);
}

void AddCare(CLI::App& app, Request& request) {
  AddCommand(app, "doctor", "Look at everything between programs and your ears, in sentences",
             "  auralisctl doctor\n  auralisctl doctor --json\n\n"
             "Ends with 0 where nothing is wrong, 78 where a file has mistakes, else 69.")
      ->callback([&] { request.exit_code = ShowDoctor(request.context); });
  CLI::App* setup =
      AddCommand(app, "setup", "Do what can be done for your sound without being root",
                 "  auralisctl setup --dry-run\n  auralisctl setup --default\n"
                 "  auralisctl setup --quantum 256");
  setup->add_flag("--dry-run", request.setup.dry_run, "Only say what would be done");
  setup->add_flag("--default", request.setup.make_default,
                  "Make Auralis' sink that of all programs");
  setup->add_option("--quantum", request.setup.quantum, "Frames of each of PipeWire's cycles")
      ->type_name("FRAMES")
      ->check(CLI::Range(16, 8192));
  setup->callback([&] { request.exit_code = SetUp(request.context, request.setup); });
}

void AddCommands(CLI::App& app, Request& request) {
  AddCommand(app, "status", "What the daemon does now",
             "  auralisctl status\n  auralisctl status --json | jq .xruns")
      ->callback([&] { ShowStatus(request.context); });
  AddCommand(app, "info", "What the daemon is: version, process, paths", "  auralisctl info")
      ->callback([&] { ShowInfo(request.context); });

  CLI::App* params = AddCommand(app, "params", "What can be set: value, default, what is allowed",
                                "  auralisctl params\n  auralisctl params 'equalizer.band1.*'");
  params->add_option("GLOB", request.glob, "Keys to show; * and ? stand for anything")
      ->type_name("");
  params->callback([&] { ShowParameters(request.context, request.glob); });

  CLI::App* get = AddCommand(app, "get", "Values of parameters",
                             "  auralisctl get limiter.ceiling\n  auralisctl get 'input.*' --json");
  get->add_option("KEY", request.keys, "Keys or globs")->required()->type_name("");
  get->callback([&] { ShowValues(request.context, request.keys); });

  CLI::App* set = AddCommand(app, "set", "Set parameters, all or nothing",
                             "  auralisctl set input.gain -3\n"
                             "  auralisctl set input.gain '-3 dB' limiter.ceiling -1.5");
  set->add_option("PAIRS", request.pairs, "KEY VALUE, any number of times")
      ->required()
      ->type_name("");
  set->callback([&] { SetValues(request.context, request.pairs); });

  CLI::App* bypass = AddCommand(app, "bypass", "Hear the input untouched, at the same latency",
                                "  auralisctl bypass toggle");
  bypass->add_option("STATE", request.bypass, "on, off or toggle")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"on", "off", "toggle"}));
  bypass->callback([&] { SetValues(request.context, {kBypassKey, request.bypass}); });

  CLI::App* convolver = AddCommand(app, "convolver", "The impulse response of the convolver",
                                   "  auralisctl convolver load room.wav\n"
                                   "  auralisctl convolver clear");
  convolver->require_subcommand(1);
  CLI::App* load = AddCommand(*convolver, "load", "Load a response; the old one stays on an error",
                              "  auralisctl convolver load headphones.irs");
  load->add_option("FILE", request.file, "WAV, FLAC or .irs with 1, 2 or 4 channels, up to 10 s")
      ->required()
      ->type_name("");
  load->callback([&] {
    if (request.file.empty()) throw UsageError("convolver load: FILE is empty");
    LoadResponse(request.context, request.file);
  });
  AddCommand(*convolver, "clear", "Take the response out", "  auralisctl convolver clear")
      ->callback([&] { LoadResponse(request.context, ""); });
  AddAdaptation(app, request);
  AddCare(app, request);
  AddCompletion(app, request);
  AddChanges(app, request);
  AddWatch(app, request);
  AddPresetCommands(app, request.preset, request.context);
  AddMidiCommands(app, request.midi, request.context);
}

// CLI11 knows "-3" for a number, but takes "-.5" for an option: in front of it goes the zero that
// was left out. It wants the arguments in reverse, without the program's name.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& one : arguments) {
    const bool fraction = one.size() > 2 && one.starts_with("-.") && one[2] >= '0' && one[2] <= '9';
    if (fraction) one.insert(1, "0");
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

ExitCode Complain(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "auralisctl: %s\n", message.c_str());
  return code;
}

ExitCode ExitCodeOf(ipc::ErrorCode code) {
  switch (code) {
    case ipc::ErrorCode::kUnknownKey:
    case ipc::ErrorCode::kBadValue:
    case ipc::ErrorCode::kTooLarge:
    case ipc::ErrorCode::kBadFile:
    case ipc::ErrorCode::kNothingToUndo:
    case ipc::ErrorCode::kNoSuchPort:
    case ipc::ErrorCode::kComparing:
    case ipc::ErrorCode::kNothingCompared:
      return kBadValue;
    case ipc::ErrorCode::kTooManyClients:
    case ipc::ErrorCode::kForbidden:
      return kUnavailable;
    default:
      return kInternal;
  }
}

int Run(int argc, char** argv) {
  Request request;
  CLI::App app("Steers auralisd, the audio enhancer.", "auralisctl");
  app.set_version_flag("--version", std::string("auralisctl ") + kVersion);
  app.add_option("--socket", request.context.socket, "The daemon's control socket")
      ->type_name("PATH");
  app.add_flag("--json", request.context.json, "Print JSON");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  auralisctl status\n"
      "  auralisctl set limiter.ceiling '-1.5 dB'\n"
      "  auralisctl watch meters\n"
      "Exit codes: 0 done, 64 wrong usage, 65 unknown key, refused value or file, 69 no daemon,\n"
      "70 internal error. 'auralisctl COMMAND --help' has more.");
  AddCommands(app, request);
  if (IsForCompletion(argc, argv)) {
    std::string text;
    for (const std::string& one : Candidates({argv + 3, argv + argc}, app)) text += one + "\n";
    Print(text);
    return kOk;
  }
  // Commands run inside parse(): the default must be there before, and not cost a --help anything.
  app.parse_complete_callback([&] {
    const bool needs_none =  // until it has something to ask
        app.got_subcommand("preset") || app.got_subcommand("completion") ||
        app.got_subcommand("doctor") || app.got_subcommand("setup");
    if (request.context.socket.empty() && !needs_none) request.context.socket = SocketPath();
  });
  try {
    app.parse(Arguments(argc, argv));
    return request.exit_code;
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::Error& error) {
    if (const auto unknown = NoSuchCommand({argv + 1, argv + argc}, app)) {
      return Complain(kUsage, *unknown);
    }
    app.exit(error);
    return kUsage;
  } catch (const OutputClosed&) {
    return kOk;
  } catch (const UsageError& error) {
    return Complain(kUsage, error.what());
  } catch (const LearningFailed& error) {
    return Complain(kBadValue, error.what());
  } catch (const MidiFailed& error) {
    return Complain(kBadValue, error.what());
  } catch (const PresetError& error) {
    return Complain(kBadValue, error.what());
  } catch (const ipc::DaemonUnavailable& error) {
    return Complain(kUnavailable, std::string(error.what()) +
                                      ": start it with `auralisd` or "
                                      "`systemctl --user start auralisd`");
  } catch (const ConfigError& error) {  // nothing says where the socket is
    return Complain(kUnavailable, error.what());
  } catch (const ipc::RequestRefused& error) {
    return Complain(ExitCodeOf(error.error().code), error.what());
  } catch (const ipc::IpcError& error) {  // somebody is there, and does not talk with us
    return Complain(kUnavailable, error.what());
  } catch (const std::exception& error) {
    return Complain(kInternal, error.what());
  }
}

}  // namespace
}  // namespace auralis::ctl

int main(int argc, char** argv) {
  auralis::ipc::OccupyStandardStreams();
  std::signal(SIGPIPE, SIG_IGN);  // Print() tells instead
  try {
    return auralis::ctl::Run(argc, argv);
  } catch (...) {  // nothing that Run() knows how to explain
    std::fputs("auralisctl: internal error\n", stderr);
    return auralis::ctl::kInternal;
  }
}
