#pragma once

#include <memory>
#include <string>

#include "config/settings.h"
#include "daemon/audio_device.h"
#include "daemon/virtual_device.h"

namespace auralis {

// Opens the device that `audio.device` names. "auto" takes a sound server where one answers and
// the virtual device where none does; a server whose devices do not fit is an error, because
// playing into nothing would hide it. Throws DeviceError, FileError. [control]
std::unique_ptr<AudioDevice> OpenDevice(const AudioSettings& audio,
                                        const VirtualDeviceOptions& virtual_device);

// What `--list-devices` prints: a table, or JSON. Throws DeviceError. [control]
std::string DevicesText();
std::string DevicesJson();

}  // namespace auralis
