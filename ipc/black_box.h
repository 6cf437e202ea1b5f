#pragma once
// The flight recorder's file: a ring of what happened, of fixed size, that outlives who wrote it.
// The daemon writes it (daemon/flight_recorder.h), clients read it, also when the daemon is dead.
//
// Native byte order and layout: it is read on the machine that it was written on. Sizes and a
// version stand in front, so that what another version wrote is refused and not misread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include "ipc/messages.h"

namespace auralis::ipc {

inline constexpr std::size_t kBlackBoxStages = 24;  // there is room for
inline constexpr double kBlackBoxSliceSeconds = 0.1;
inline constexpr std::size_t kBlackBoxSlices = 6000;  // ten minutes
inline constexpr std::size_t kBlackBoxEvents = 4096;

// A tenth of a second of callbacks.
struct BlackBoxSlice {
  std::int64_t began_ns = 0;   // CLOCK_MONOTONIC
  std::uint64_t revision = 0;  // of the parameters
  std::uint32_t callbacks = 0;
  std::uint32_t frames = 0;
  std::uint32_t least_frames = 0;  // in one callback
  std::uint32_t most_frames = 0;
  float least_us = 0.0F;  // a callback took
  float mean_us = 0.0F;
  float most_us = 0.0F;
  float mean_share = 0.0F;  // of the time there was
  float most_share = 0.0F;
  float most_late_us = 0.0F;    // a callback began so much later than one buffer after the last
  std::uint16_t overloads = 0;  // callbacks that took longer than there was time
  std::uint16_t late = 0;       // callbacks that began a buffer late or more
  std::uint16_t xruns_late =
      0;                        // buffers that the device lost, by cause: woken up late or held up,
  std::uint16_t xruns_own = 0;  // our own time,
  std::uint16_t xruns_device = 0;  // neither of them
  std::uint16_t timed_blocks = 0;  // blocks of which each stage was timed
  std::uint32_t shedding = 0;      // dsp/shedding.h, the most of it
  std::array<float, kBlackBoxStages>
      stage_us{};  // mean over the timed blocks, in the chain's order
};

enum class BlackBoxKind : std::uint32_t {
  kInfo = 0,
  kWarning = 1,
  kError = 2,
  kParameters = 3,
  kXrun = 4,
  kOverload = 5,
  kShedding = 6,
  kPreset = 7,
  kCrash = 8,
};

struct BlackBoxEvent {
  std::int64_t at_ns = 0;  // CLOCK_MONOTONIC
  std::uint32_t kind = 0;  // BlackBoxKind
  std::uint32_t count = 0;
  std::array<char, 112> text{};  // ends with a zero
};

inline constexpr std::int32_t kBlackBoxRunning = 0;
inline constexpr std::int32_t kBlackBoxEnded = 1;
inline constexpr std::int32_t kBlackBoxCrashed = 1000;  // and the signal's number

struct BlackBoxHeader {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  std::uint32_t header_bytes = 0;
  std::uint32_t slice_bytes = 0;
  std::uint32_t event_bytes = 0;
  std::uint32_t slice_capacity = 0;
  std::uint32_t event_capacity = 0;
  std::uint32_t pid = 0;
  std::int32_t end = kBlackBoxRunning;
  std::int64_t started_ns = 0;        // CLOCK_MONOTONIC
  std::int64_t realtime_from_ns = 0;  // CLOCK_REALTIME less CLOCK_MONOTONIC
  std::uint64_t slices_written = 0;   // since the start; the ring holds the last ones
  std::uint64_t events_written = 0;
  std::uint64_t lost_slices = 0;  // that nobody fetched in time
  std::uint32_t stage_count = 0;
  std::uint32_t spare = 0;
  std::array<std::array<char, 16>, kBlackBoxStages> stages{};
  std::array<char, 32> program{};  // its version
};

struct BlackBoxImage {
  BlackBoxHeader header;
  std::array<BlackBoxSlice, kBlackBoxSlices> slices;
  std::array<BlackBoxEvent, kBlackBoxEvents> events;
};
static_assert(std::is_trivially_copyable_v<BlackBoxImage>);

inline constexpr std::array<char, 8> kBlackBoxMagic = {'A', 'U', 'R', 'L', 'B', 'B', 'O', 'X'};
inline constexpr std::uint32_t kBlackBoxVersion = 1;

// What is in a file, oldest first.
struct BlackBoxRecord {
  BlackBoxHeader header;
  std::vector<std::string> stages;
  std::vector<BlackBoxSlice> slices;
  std::vector<BlackBoxEvent> events;
};

// Of bytes, whoever wrote them. Throws IpcError that names `name` and what is wrong. [any]
BlackBoxRecord ParseBlackBox(const std::vector<std::byte>& bytes, const std::string& name);
// The file may be in use. Throws IpcError.
BlackBoxRecord ReadBlackBox(const std::filesystem::path& file);

// For people: how it went, what each stage takes, and what happened when. Times are local.
std::string BlackBoxStory(const BlackBoxRecord& record);

const char* NameOf(BlackBoxKind kind);                                   // "xrun"
std::string TimeText(const BlackBoxRecord& record, std::int64_t at_ns);  // "22:14:03.250"
std::string EndText(const BlackBoxHeader& header);  // "runs", "ended in good order", ...

}  // namespace auralis::ipc
