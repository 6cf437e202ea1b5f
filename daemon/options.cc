#include "daemon/options.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>

#include "config/version.h"
#include "daemon/option_range.h"

namespace auralis {
namespace {

constexpr const char* kAbout =
    "auralisd: real-time audio enhancer. Takes audio from a device, runs it through the chain,\n"
    "and plays it; auralisctl shows and changes everything while it runs.";

constexpr const char* kFooter =
    "Examples:\n"
    "  auralisd                                     enhance what is played into the sink "
    "'Auralis'\n"
    "  auralisd --input Auralis --output Speakers   choose the devices (auralisd --list-devices)\n"
    "  auralisd --device virtual --play song.flac --record song.enhanced.wav\n"
    "  auralisd --check-config                      say what is wrong in the settings file\n"
    "Signals: SIGTERM and SIGINT fade out and end, SIGHUP re-reads the settings.\n"
    "Exit codes: 0, 64 usage, 65 bad sound file, 69 no device, 70 internal, 74 no output,\n"
    "78 settings.";

void DescribeActions(CLI::App& app, Options& options) {
  const auto action = [&](const char* name, Options::Action what, const char* doc) {
    return app
        .add_flag_callback(
            name, [&options, what] { options.action = what; }, doc)
        ->group("Print and end");
  };
  auto* devices = action("--list-devices", Options::Action::kListDevices, "The audio devices");
  auto* params = action("--list-params", Options::Action::kListParams,
                        "Every parameter with range and default, as Markdown");
  auto* check = action("--check-config", Options::Action::kCheckConfig,
                       "Whether settings, rules and presets are sound");
  devices->excludes(params)->excludes(check);
  params->excludes(check);
  app.add_flag("--json", options.json, "Print data as JSON")->group("Print and end");
}

void DescribeAudio(CLI::App& app, Options& options) {
  const char* group = "Audio";
  app.add_option(
         "--device", options.device,
         "auto (PipeWire, else another sound server, else virtual), pipewire, portaudio or\n"
         "virtual")
      ->check(CLI::IsMember({"auto", "pipewire", "portaudio", "virtual"}))
      ->group(group);
  app.add_option("--host-api", options.host_api,
                 "Of portaudio: jack or alsa; by default jack, then alsa")
      ->check(CLI::IsMember({"jack", "alsa"}))
      ->group(group);
  app.add_option("--input", options.input, "Capture from this device (name or part of it)")
      ->group(group);
  app.add_option("--output", options.output,
                 "Play to this device (name or part of it); by default the system's default")
      ->group(group);
  auto* no_sink =
      app.add_flag("--no-sink", options.no_sink, "Do not make the sink 'Auralis'")->group(group);
  app.add_flag("--make-default", options.make_default,
               "Make the sink 'Auralis' the system's default, until the end")
      ->excludes(no_sink)
      ->group(group);
  app.add_option("--rate", options.rate_hz, "Sample rate in Hz; by default the device's own")
      ->check(RangeOfNumbers(8000.0, 384000.0))
      ->group(group);
  app.add_option("--block", options.block_frames, "Frames a block: a power of two, 16 to 1024")
      ->check(CLI::IsMember({16, 32, 64, 128, 256, 512, 1024}))
      ->group(group);
  app.add_option("--simd", options.simd,
                 "Instruction set: auto, or one this CPU has (scalar, ssse3, sse4, avx2, avx3)")
      ->group(group);
}

void DescribeVirtualDevice(CLI::App& app, Options& options) {
  const char* group = "Virtual device";
  auto* play = app.add_option("--play", options.play,
                              "Capture from this sound file instead of a built-in programme")
                   ->group(group);
  app.add_flag("--loop", options.loop, "Start the file again at its end")
      ->needs(play)
      ->group(group);
  app.add_option("--record", options.record,
                 "Write what is played to this file (.wav, .flac), or as signed 16-bit\n"
                 "samples into a named pipe or, with -, to standard output")
      ->group(group);
  app.add_option("--host-buffer", options.host_frames, "Frames a host buffer")
      ->check(CLI::Range(1, 8192))
      ->capture_default_str()
      ->group(group);
  app.add_option("--speed", options.speed,
                 "By the clock, but so many times as fast (for soak tests)")
      ->check(RangeOfNumbers(1.0, 1000.0))
      ->group(group);
  app.add_flag("!--unpaced", options.paced, "As fast as possible instead of by the clock")
      ->group(group);
}

}  // namespace

AudioSettings Options::Override(AudioSettings audio) const {
  if (device) audio.device = *device;
  if (host_api) audio.host_api = *host_api;
  if (input) audio.input = *input;
  if (output) audio.output = *output;
  if (no_sink) audio.own_sink = false;
  if (make_default) audio.default_sink = true;
  if (rate_hz) audio.rate_hz = *rate_hz;
  if (block_frames) audio.block_frames = *block_frames;
  return audio;
}

ParsedOptions ParseOptions(int argc, const char* const* argv) {
  ParsedOptions parsed;
  Options& options = parsed.options;
  CLI::App app(kAbout, "auralisd");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("auralisd ") + kVersion);
  app.add_option("--config", options.config, "Settings file");
  app.add_option("--socket", options.socket, "Control socket");
  app.add_option("--preset", options.preset, "Start with this preset (a name, or a file)");
  DescribeAudio(app, options);
  DescribeVirtualDevice(app, options);
  DescribeActions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    parsed.exit_code = app.exit(e) == 0 ? EX_OK : EX_USAGE;
  }
  return parsed;
}

}  // namespace auralis
