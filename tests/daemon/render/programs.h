#pragma once
// The real programs on real files.

#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/signals.h"
#include "tests/support/temp_dir.h"

namespace auralis::test {

// A user's folders, empty.
class Home {
 public:
  Environment environment() const {
    return {{"HOME", folder_.path().string()},
            {"XDG_RUNTIME_DIR", folder_.path().string()},
            {"XDG_CONFIG_HOME", ""},
            {"XDG_STATE_HOME", ""},
            {"AURALIS_CONFIG", ""},
            {"AURALIS_STATE", ""}};
  }
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }
  // Of what is in it, sorted, hidden files too.
  std::vector<std::string> Names() const;

 private:
  TempDir folder_;
};

struct Sound {
  int rate_hz = 48000;
  int channels = 2;
  std::vector<float> samples = {};  // interleaved
  std::size_t frames() const { return samples.size() / static_cast<std::size_t>(channels); }
  std::vector<float> Channel(std::size_t channel) const;
};

// By the name's end: .wav, .flac, .ogg, .opus, .mp3; `subtype` 0 takes float where there is one.
// Throws std::runtime_error.
void WriteSound(const std::string& path, const Sound& sound, int subtype = 0);
Sound ReadSound(const std::string& path);  // Throws std::runtime_error.
std::string ReadBytes(const std::string& path);
void WriteBytes(const std::string& path, const std::string& bytes);

// auralis-render to its end, in `home`.
Finished RunRender(const Home& home, const std::vector<std::string>& arguments);
// The same; not to end with 0 is a failure of the test.
Finished Render(const Home& home, const std::vector<std::string>& arguments);

}  // namespace auralis::test
