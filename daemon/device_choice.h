#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "config/settings.h"
#include "daemon/audio_device.h"
#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_route.h"
#include "daemon/virtual_device.h"

namespace auralis {

// PipeWire, where the daemon may have to do with it.
struct PipeWireWorld {
  boost::asio::io_context& loop;
  PipeWireConnection& connection;
  PipeWireRoute& route;
};

// Whether the device may turn out to be a live one. [control]
bool MayBeLive(const AudioSettings& audio, const VirtualDeviceOptions& virtual_device);

// Opens the device that `audio.device` names. "auto" takes PipeWire where it answers, else another
// sound server or card, and the virtual device where there is none; a server whose devices do not
// fit is an error, because playing into nothing would hide it. `pipewire` is nullptr where none
// answers. With `awaits` one that is not there is no error: it is waited for, and the virtual
// device is no way out. Throws DeviceError, FileError. [control]
std::unique_ptr<AudioDevice> OpenDevice(const AudioSettings& audio,
                                        const VirtualDeviceOptions& virtual_device,
                                        const PipeWireWorld* pipewire, bool awaits);

// What `--list-devices` prints: a table, or JSON. Throws DeviceError. [control]
std::string DevicesText();
std::string DevicesJson();

}  // namespace auralis
