#pragma once
// Values as people write and read them: "-3 dB", "1.2 kHz", "off", "low-shelf". [control]
// throughout.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "dsp/chain.h"

namespace auralis {

// "equalizer.band7.gain".
std::string FullKey(const ParamInfo& info);

struct ValueError {
  std::string reason;  // what follows the value in a sentence: "is above the maximum"
};

// Reads `text` as a value of `spec`; `current` is what "toggle" turns round, which without one is
// an error. Accepts an optional unit that fits (dB, Hz, kHz, ms, s, :1),
// on/off/true/false/yes/no/toggle for toggles, names (or their numbers) for choices, the minus sign
// of typography, blanks around. The result is in range. No locale, no trailing text.
std::variant<float, ValueError> ParseValue(const ParamSpec& spec, std::string_view text,
                                           std::optional<float> current);
// The same for a plain number in the parameter's own unit.
std::variant<float, ValueError> CheckValue(const ParamSpec& spec, double value);

// For people, to three decimals: "-3.0 dB", "1234.568 Hz", "on", "bell".
std::string FormatValue(const ParamSpec& spec, float value);
// For machines: the shortest decimal that reads back as the same number, without unit or exponent.
std::string ExactText(float value);
// The double that reads like `value`: 0.1 for 0.1F, where a cast would be 0.10000000149. For
// writers of JSON and TOML that print doubles.
double ExactDouble(float value);

std::string AllowedText(const ParamSpec& spec);  // "-36 dB to 36 dB", "on, off or toggle", ...
std::string_view UnitText(Unit unit);            // "dB", "Hz", "ms", ":1", ""
std::string_view ScaleName(Scale scale);         // "linear", "log", "toggle", "choice"

// `text` as it may stand in a message: on one line, cut to `max_bytes`, UTF-8 whatever it was
// before, and nothing that steers a terminal.
std::string Printable(std::string_view text, std::size_t max_bytes = 64);

}  // namespace auralis
