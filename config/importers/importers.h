#pragma once
// Presets of other programs, read as what they do to the sound. One file a format; each takes what
// can be taken exactly and notes, with its line, what cannot. Shared: a mistake in the file as a
// whole (no text, not of the format, too large, too deep) throws ConfigError, "name:line: reason",
// and nothing has changed. [control] throughout.

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/importers/imported.h"

namespace auralis {

enum class ImportFormat { kEqualizerApo, kEasyEffects, kCamillaDsp, kResponse };
inline constexpr auto kImportFormatNames =
    std::to_array<std::string_view>({"equalizer-apo", "easyeffects", "camilladsp", "response"});

struct ImportOptions {
  // Bells and shelves that a biquad at 48 kHz (or at the rate of the source's own response)
  // squeezes by more than 0.02 dB go into the response as that biquad, instead of into a band.
  bool as_biquads = false;
};

// Text of Equalizer APO, and of those that write it: AutoEq's ParametricEQ and GraphicEQ, and Room
// EQ Wizard's filters as text. `folder` is where Include and Convolution look.
Imported ImportEqualizerApo(std::string_view text, std::string_view name,
                            const std::filesystem::path& folder, const ImportOptions& options = {});
// JSON of EasyEffects 6 to 8; of its output chain, or of the input's where it has no other. Kernels
// of its convolver are looked for in `folder`, and its folder `irs`.
Imported ImportEasyEffects(std::string_view text, std::string_view name,
                           const std::filesystem::path& folder, const ImportOptions& options = {});
// YAML of CamillaDSP 1 to 4: filters, mixers and pipeline, its channels 0 and 1 being left and
// right.
Imported ImportCamillaDsp(std::string_view text, std::string_view name,
                          const std::filesystem::path& folder, const ImportOptions& options = {});
// A sound file with 1, 2 or 4 channels, for the stage `convolver`.
Imported ImportResponse(const std::filesystem::path& file);

// Any of these by what is in the file, or what `format` says.
Imported ImportFile(const std::filesystem::path& file,
                    std::optional<ImportFormat> format = std::nullopt,
                    const ImportOptions& options = {});

// Writes the preset, and its response beside it: NAME.toml and NAME.wav. All or nothing, but for a
// response without preset if the computer stops between the two. Throws ConfigError.
void SaveImported(const std::filesystem::path& preset_file, const Imported& imported);

}  // namespace auralis
