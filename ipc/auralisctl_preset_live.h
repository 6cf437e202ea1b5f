#pragma once
// Commands of `auralisctl preset` that talk with the daemon. They throw ConfigError, PresetError
// and what the client and Print throw.

#include <string>

#include "ipc/auralisctl_preset.h"
#include "ipc/client.h"

namespace auralis::ctl {

// Everything the layers do not say goes to its default, but for `master.bypass`; all or nothing.
void LoadPresetIntoDaemon(const PresetRequest& request);
// What differs from the defaults; over a preset that is there its comments stay.
void SaveDaemonAsPreset(const PresetRequest& request);
// The preset `step` places on in the list from the one that was loaded last; where none was, the
// first or the last.
void StepPreset(const PresetRequest& request, int step);
// What is in force, layer by layer.
void ShowPresetOfDaemon(const PresetRequest& request);
void ShowDifferences(const PresetRequest& request);

// A path as the daemon sees it; a name as it is.
std::string AsTheDaemonSees(const std::string& name);
// The same without a word on standard output, over a connection that is there.
void BringPreset(ipc::Client& client, const std::string& name);
// Says the name of the preset that is in force then.
std::string BringNextPreset(ipc::Client& client, int step);

}  // namespace auralis::ctl
