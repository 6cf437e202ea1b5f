#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/preset.h"

namespace auralis {

// An impulse response: 1 channel for both sides, 2 for a side each, or 4 (left to left, left to
// right, right to left, right to right).
struct Response {
  double rate_hz = 48000.0;
  std::vector<std::vector<float>> channels;
};

// Something of a foreign file that was not taken as it stands, and why.
struct ImportNote {
  std::size_t line = 0;  // 0: of no line
  std::string text;
  bool operator==(const ImportNote&) const = default;
};

struct Imported {
  Preset preset;
  std::optional<Response> response;  // for the stage `convolver`, in a file of its own
  std::vector<ImportNote> notes;
};

}  // namespace auralis
