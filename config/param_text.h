#pragma once
// Values as people write and read them: "-3 dB", "1.2 kHz", "off", "low-shelf".

#include <string>
#include <string_view>
#include <variant>

#include "dsp/chain.h"

namespace auralis {

// "equalizer.band7.gain".
std::string FullKey(const ParamInfo& info);  // [control]

struct ValueError {
  std::string reason;  // "is above the maximum", "is not a number", ...
};

// Reads `text` as a value of `spec`; `current` is what "toggle" turns round. Accepts an optional
// unit that fits (dB, Hz, kHz, ms, s, :1), on/off/true/false/yes/no/toggle for toggles, names (or
// their numbers) for choices. The result is in range. No locale, no trailing text. [control]
std::variant<float, ValueError> ParseValue(const ParamSpec& spec, std::string_view text,
                                           float current);
// The same for a plain number in the parameter's own unit.
std::variant<float, ValueError> CheckValue(const ParamSpec& spec, double value);

std::string FormatValue(const ParamSpec& spec, float value);  // "-3.0 dB", "on", "bell"
std::string AllowedText(const ParamSpec& spec);  // "-36 dB to 36 dB", "on, off or toggle", ...
std::string_view UnitText(Unit unit);            // "dB", "Hz", "ms", ":1", ""

}  // namespace auralis
