#pragma once

#include <memory>

#include "daemon/render/sound_output.h"

namespace auralis::render {

// Through libsndfile into an open file, which stays open. `name` is for errors. Throws WriteError.
std::unique_ptr<FrameWriter> MakeFileWriter(int descriptor, const std::string& name,
                                            const OutputOptions& options, int rate_hz);
// Into what cannot seek: the header comes first and stays as it is. libsndfile cannot do that.
std::unique_ptr<FrameWriter> MakeStreamWriter(const OutputOptions& options);

}  // namespace auralis::render
