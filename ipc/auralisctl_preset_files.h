#pragma once
// Commands of `auralisctl preset` that need no daemon. They throw ConfigError, PresetError and what
// Print throws.

#include "config/preset_layers.h"
#include "ipc/auralisctl_preset.h"

namespace auralis::ctl {

// The preset of the request's name with the layers it names upon it.
Composition ComposeRequested(const PresetRequest& request);

void ShowPresetList(const PresetRequest& request);
void ShowPreset(const PresetRequest& request);
void CheckPresets(const PresetRequest& request);
void DeletePreset(const PresetRequest& request);
void ImportPreset(const PresetRequest& request);
void ExportPresetText(const PresetRequest& request);
void PrintDifferences(const PresetRequest& request, const Preset& first, const Preset& second);

}  // namespace auralis::ctl
