#include "ipc/auralisctl_preset.h"

#include <functional>

#include "config/config_error.h"
#include "config/exporters/exporters.h"
#include "config/importers/importers.h"
#include "ipc/auralisctl_preset_files.h"
#include "ipc/auralisctl_preset_live.h"

namespace auralis::ctl {
namespace {

template <std::size_t N>
std::vector<std::string> ListOf(const std::array<std::string_view, N>& words) {
  return {words.begin(), words.end()};
}

// A command, whose errors about files are PresetErrors: main() takes a ConfigError for a socket
// that is nowhere.
CLI::App* Add(CLI::App& preset, const char* name, const char* what, const std::string& examples,
              const std::function<void()>& run) {
  CLI::App* command = preset.add_subcommand(name, what);
  command->fallthrough();
  command->footer("--json, --socket PATH and --version work here, too.\n\nExamples:\n" + examples);
  command->callback([run] {
    try {
      run();
    } catch (const ConfigError& e) {
      throw PresetError(e.what());
    }
  });
  return command;
}

void AddLayers(CLI::App* command, PresetRequest& request) {
  command->add_option("--device", request.device, "Preset of the device, upon it")
      ->type_name("NAME");
  command->add_option("--route", request.route, "Preset of the route, upon both")
      ->type_name("NAME");
}

void AddLive(CLI::App& preset, PresetRequest& request) {
  CLI::App* load = Add(preset, "load", "Bring the daemon to a preset, all or nothing",
                       "  auralisctl preset load warm\n"
                       "  auralisctl preset load warm --device hd600 --route headphones",
                       [&] { LoadPresetIntoDaemon(request); });
  load->add_option("NAME", request.name, "Its name, or a file")->required()->type_name("");
  AddLayers(load, request);

  CLI::App* save = Add(preset, "save", "Keep the daemon's values as a preset of yours",
                       "  auralisctl preset save evening --description 'For the sofa.'",
                       [&] { SaveDaemonAsPreset(request); });
  save->add_option("NAME", request.name, "Its name, or a file")->required()->type_name("");
  save->add_option("--description", request.description, "A sentence about it")->type_name("TEXT");
  Add(preset, "next", "Load the preset after the one in force", "  auralisctl preset next",
      [&] { StepPreset(request, 1); });
  Add(preset, "previous", "Load the preset before the one in force", "  auralisctl preset previous",
      [&] { StepPreset(request, -1); });
}

void AddReading(CLI::App& preset, PresetRequest& request) {
  Add(preset, "list", "The presets there are", "  auralisctl preset list",
      [&] { ShowPresetList(request); });

  CLI::App* show = Add(preset, "show", "What a preset sets, and which layer says so",
                       "  auralisctl preset show\n"
                       "  auralisctl preset show warm\n"
                       "  auralisctl preset show warm --device hd600",
                       [&] { ShowPreset(request); });
  show->add_option("NAME", request.name, "Its name, or a file; without it what is in force")
      ->type_name("");
  AddLayers(show, request);

  CLI::App* diff = Add(preset, "diff", "Where two presets differ, or one and the daemon",
                       "  auralisctl preset diff warm bright\n  auralisctl preset diff warm",
                       [&] { ShowDifferences(request); });
  diff->add_option("FIRST", request.name, "Name or file")->required()->type_name("");
  diff->add_option("SECOND", request.other, "Name or file; without it what is in force")
      ->type_name("");

  CLI::App* check = Add(preset, "check", "Whether files of presets are sound",
                        "  auralisctl preset check ~/.config/auralis/presets/*.toml",
                        [&] { CheckPresets(request); });
  check->add_option("FILES", request.files, "Names or files")->required()->type_name("");
}

void AddFiles(CLI::App& preset, PresetRequest& request) {
  Add(preset, "delete", "Take a preset of yours away; a backup NAME.toml~ stays",
      "  auralisctl preset delete evening", [&] { DeletePreset(request); })
      ->add_option("NAME", request.name, "Its name")
      ->required()
      ->type_name("");

  CLI::App* import = Add(preset, "import", "Make a preset of another program's file",
                         "  auralisctl preset import 'HD 600 ParametricEQ.txt' --name hd600\n"
                         "  auralisctl preset import room.irs",
                         [&] { ImportPreset(request); });
  import
      ->add_option("FILE", request.name,
                   "Equalizer APO, AutoEq, REW text; EasyEffects JSON; CamillaDSP YAML; WAV, .irs")
      ->required()
      ->type_name("");
  import->add_option("--name", request.other, "Of the preset; by default the file's")
      ->type_name("NAME");
  import->add_option("--format", request.format, "By default what the file looks like")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(ListOf(kImportFormatNames)));
  import->add_flag("--biquads", request.as_biquads,
                   "Treble as biquads at 48 kHz play it, in a response");
  import->add_flag("--force", request.force, "Also over a preset that is there");

  CLI::App* exported = Add(preset, "export", "Write a preset for another program",
                           "  auralisctl preset export warm --format equalizer-apo\n"
                           "  auralisctl preset export warm --format pipewire --output warm.conf",
                           [&] { ExportPresetText(request); });
  exported->add_option("NAME", request.name, "Its name, or a file")->required()->type_name("");
  exported->add_option("--format", request.format, "native, equalizer-apo or pipewire")
      ->type_name("FORMAT")
      ->default_val("native")
      ->check(CLI::IsMember(ListOf(kExportFormatNames)));
  exported->add_option("--output", request.output, "By default standard output")->type_name("FILE");
}

}  // namespace

void AddPresetCommands(CLI::App& app, PresetRequest& request, Context& context) {
  request.context = &context;
  CLI::App* preset = app.add_subcommand("preset", "Presets: list, load, save, import and more");
  preset->fallthrough();
  preset->require_subcommand(1);
  AddReading(*preset, request);
  AddLive(*preset, request);
  AddFiles(*preset, request);
}

}  // namespace auralis::ctl
