#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "daemon/render/sound_output.h"

namespace auralis::render {

// What a file says about itself: every text tag, and its pictures. Read and written by TagLib.
class Tags {
 public:
  Tags();
  ~Tags();
  Tags(Tags&&) noexcept;
  Tags& operator=(Tags&&) noexcept;

  // Of a WAV, FLAC, Ogg Vorbis, Opus or MP3; of anything else, and where it has none, none. Never
  // throws: a file whose tags are broken can still be heard.
  static Tags Of(const std::filesystem::path& path);

  bool empty() const;
  // Adds them to a file that was just written. "" when they are all there, else what is missing;
  // then the file may be damaged, and the caller looks.
  std::string WriteTo(const std::filesystem::path& path, Container container) const;

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace auralis::render
