// The flight recorder's file, whoever wrote it: told as a story, or refused with an IpcError. What
// is fuzzed is laid over the head of a sound one, then over its slices and its events.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ipc/black_box.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace auralis::ipc;
  static std::vector<std::byte> image(sizeof(BlackBoxImage));
  BlackBoxHeader header;
  header.magic = kBlackBoxMagic;
  header.version = kBlackBoxVersion;
  header.header_bytes = sizeof(BlackBoxHeader);
  header.slice_bytes = sizeof(BlackBoxSlice);
  header.event_bytes = sizeof(BlackBoxEvent);
  header.slice_capacity = kBlackBoxSlices;
  header.event_capacity = kBlackBoxEvents;
  // From the process's number on everything may be anything.
  constexpr std::size_t kFree = offsetof(BlackBoxHeader, pid);
  const auto lay = [&](std::size_t at, std::size_t most, const std::uint8_t* from,
                       std::size_t bytes) {
    std::memcpy(image.data() + at, from, std::min(bytes, most));
  };
  std::memcpy(image.data(), &header, sizeof header);
  lay(kFree, sizeof(BlackBoxHeader) - kFree, data, size);
  const std::size_t rest = std::min(size, sizeof(BlackBoxHeader) - kFree);
  lay(offsetof(BlackBoxImage, slices), sizeof(BlackBoxImage::slices), data + rest, size - rest);
  lay(offsetof(BlackBoxImage, events), sizeof(BlackBoxImage::events), data + rest, size - rest);
  // A ring of ten minutes is long; the first slices tell as much.
  BlackBoxHeader laid;
  std::memcpy(&laid, image.data(), sizeof laid);
  laid.slices_written %= 64;
  laid.events_written %= 64;
  std::memcpy(image.data(), &laid, sizeof laid);
  try {
    BlackBoxStory(ParseBlackBox(image, "fuzz"));
  } catch (const IpcError&) {  // that is an answer
  }
  return 0;
}
