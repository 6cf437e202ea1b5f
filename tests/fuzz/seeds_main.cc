// Writes the seed corpus: one file for each kind of frame, and the texts that there are.

#include <sndfile.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "ipc/black_box.h"
#include "ipc/codec.h"
#include "tests/ipc/support/test_server.h"

namespace {

void Write(const std::filesystem::path& file, const void* data, std::size_t bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary)
      .write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

void WriteFrames(const std::filesystem::path& folder) {
  using namespace auralis::ipc;
  const std::vector<Request> requests = {
      Hello{1, "a client"},
      GetStatus{},
      GetInfo{},
      Describe{"limiter.*"},
      Get{{"limiter.ceiling", "input.*"}},
      Set{{{"limiter.ceiling", "-3 dB"}, {"input.gain", -1.0}}},
      Set{{{"stereo.width", 0.6}}, "warm"},
      Subscribe{{{Stream::kMeters, 30.0F}, {Stream::kAdaptation, 5.0F}}},
      LoadResponse{"/rooms/hall.wav"},
      Reset{"equalizer.*"},
      Undo{},
      Redo{},
      GetChain{},
      ListDevices{},
      GetAdaptation{},
      GetBlackBox{},
      Adapt{Adapt::Action::kRelease, "stereo.*"},
      GetMidi{},
      MapMidi{"box", {.source = "cc 16", .target = "input.gain", .presets = {"flat"}}},
      UnmapMidi{"box", "cc 16"},
      LearnMidi{"box", {.target = "undo"}},
      GetComparison{},
      Compare{"", "night"},
      SteerComparison{SteerComparison::Action::kKeep}};
  int number = 0;
  const auto write = [&](const Frame& frame) {
    Write(folder / std::to_string(number++), frame.data(), frame.size());
  };
  for (const Request& request : requests) write(Encode(7, request));
  write(Encode(8, Reply(auralis::test::FixedBackend().status())));
  write(Encode(9, Reply(auralis::test::FixedBackend().adaptation())));
  write(Encode(10, auralis::test::FixedBackend().Answer(GetMidi{})));
  write(Encode(11, auralis::test::FixedBackend().Answer(GetComparison{})));
  write(Encode(Event(Meters{})));
  write(Encode(Event(Spectrum{1, 20.0F, 2e4F, {1.0F, 2.0F}, {3.0F}, 0})));
  write(Encode(Event(Notice{NoticeKind::kXrun, "sound was lost", 3, 0})));
}

void WriteTexts(const std::filesystem::path& source, const std::filesystem::path& folder) {
  int number = 0;
  const auto write = [&](char kind, const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text(1, kind);
    text.append(std::istreambuf_iterator<char>(in), {});
    Write(folder / std::to_string(number++), text.data(), text.size());
  };
  write('\0', source / "config/auralis.toml");
  for (const auto& preset : std::filesystem::directory_iterator(source / "config/presets")) {
    write('\1', preset.path());
  }
  for (const auto& map : std::filesystem::directory_iterator(source / "config/midi")) {
    write('\3', map.path());
  }
  const std::string rules =
      "\2[[rule]]\npreset = \"warm\"\n[[rule]]\ndevice = \"usb-*\"\nlayer = \"device\"\npreset = "
      "\"x\"\n";
  Write(folder / "rules", rules.data(), rules.size());
}

// As texts_fuzz, the first byte says whose.
void WriteImports(const std::filesystem::path& source, const std::filesystem::path& folder) {
  int number = 0;
  const std::filesystem::path fixtures = source / "tests/config/fixtures";
  for (const auto& [name, kind] :
       {std::pair("apo", '\0'), std::pair("autoeq", '\0'), std::pair("rew", '\0'),
        std::pair("easyeffects", '\1'), std::pair("camilladsp", '\2')}) {
    for (const auto& file : std::filesystem::directory_iterator(fixtures / name)) {
      std::ifstream in(file.path(), std::ios::binary);
      std::string text(1, kind);
      text.append(std::istreambuf_iterator<char>(in), {});
      Write(folder / std::to_string(number++), text.data(), text.size());
    }
  }
}

// A tenth of a second in each of the formats that people have.
void WriteSounds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const std::vector<float> samples(2 * 800, 0.25F);
  for (const auto& [name, format] : {std::pair("float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT),
                                     std::pair("pcm.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16),
                                     std::pair("x.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16),
                                     std::pair("x.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24),
                                     std::pair("x.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS),
                                     std::pair("x.w64", SF_FORMAT_W64 | SF_FORMAT_FLOAT)}) {
    SF_INFO info{};
    info.samplerate = 44100;
    info.channels = 2;
    info.format = format;
    SNDFILE* const file = sf_open((folder / name).c_str(), SFM_WRITE, &info);
    if (file == nullptr) continue;
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
  }
}

// What follows the sizes in a head of the flight recorder's file, and a slice.
void WriteBoxes(const std::filesystem::path& folder) {
  using namespace auralis::ipc;
  BlackBoxHeader header;
  header.slices_written = 5;
  header.events_written = 5;
  header.stage_count = 2;
  header.stages[0] = {'i', 'n'};
  BlackBoxSlice slice;
  slice.callbacks = 10;
  slice.timed_blocks = 1;
  slice.xruns_late = 1;
  std::string bytes(reinterpret_cast<const char*>(&header) + offsetof(BlackBoxHeader, pid),
                    sizeof header - offsetof(BlackBoxHeader, pid));
  bytes.append(reinterpret_cast<const char*>(&slice), sizeof slice);
  Write(folder / "one", bytes.data(), bytes.size());
}

void WriteMidi(const std::filesystem::path& folder) {
  const unsigned char bytes[] = {0xB0, 1,    64,   2,   3,    3, 4,  4,    10, 36,   5,
                                 0xB0, 99,   0,    98,  1,    6, 64, 38,   3,  0xE0, 1,
                                 64,   0x90, 1,    127, 0x80, 1, 0,  0xC0, 0,  0xF0, 0x42,
                                 0xF8, 0xF7, 0xB0, 5,   127,  5, 1,  8,    0,  16};
  Write(folder / "0", bytes, sizeof bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s SOURCE_FOLDER CORPUS_FOLDER\n", argv[0]);
    return 64;
  }
  const std::filesystem::path corpus(argv[2]);
  for (const char* harness : {"frames_fuzz", "requests_fuzz"}) WriteFrames(corpus / harness);
  WriteTexts(argv[1], corpus / "texts_fuzz");
  WriteImports(argv[1], corpus / "imports_fuzz");
  WriteSounds(corpus / "sounds_fuzz");
  WriteBoxes(corpus / "boxes_fuzz");
  WriteMidi(corpus / "midi_fuzz");
}
