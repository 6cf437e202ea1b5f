#pragma once

#include <cstddef>

#include "ipc/monitor/controls.h"
#include "ipc/monitor/frame.h"
#include "ipc/monitor/model.h"

namespace auralis::ctl {

// What the terminal can show.
struct Look {
  bool utf8 = true;  // else ASCII
};

// The smallest that shows anything but a request for more room.
inline constexpr Size kSmallestMonitor = {12, 40};

// The whole picture, at any size. Pure: the same model, controls, size and look give the same
// cells. [any]
Frame DrawMonitor(const Model& model, const Controls& controls, Size size, Look look);

// How many lines of a list are seen at that size. [any]
std::size_t ListLines(const Controls& controls, Size size);

}  // namespace auralis::ctl
