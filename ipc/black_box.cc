#include "ipc/black_box.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace auralis::ipc {
namespace {

template <std::size_t N>
std::string Text(const std::array<char, N>& chars) {
  return {chars.begin(), std::find(chars.begin(), chars.end(), '\0')};
}

// A line of a log is a line on the terminal, and nothing else.
template <std::size_t N>
void MakePrintable(std::array<char, N>& chars) {
  chars.back() = '\0';
  for (char& c : chars) {
    const auto code = static_cast<unsigned char>(c);
    if (code != 0 && (code < 0x20 || code == 0x7F)) c = ' ';
  }
}

// The last `capacity` of `written` items of a ring, oldest first.
template <class Item>
std::vector<Item> Unroll(const std::byte* ring, std::uint64_t written, std::size_t capacity) {
  std::vector<Item> items(static_cast<std::size_t>(std::min<std::uint64_t>(written, capacity)));
  const std::uint64_t first = written - items.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::memcpy(&items[i], ring + (first + i) % capacity * sizeof(Item), sizeof(Item));
  }
  return items;
}

}  // namespace

BlackBoxRecord ParseBlackBox(const std::vector<std::byte>& bytes, const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw IpcError(name + ": is no black box that can be read here: " + why);
  };
  BlackBoxRecord record{};
  BlackBoxHeader& header = record.header;
  if (bytes.size() != sizeof(BlackBoxImage)) {
    refuse("it has " + std::to_string(bytes.size()) + " bytes, not " +
           std::to_string(sizeof(BlackBoxImage)));
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kBlackBoxMagic) refuse("it does not begin like one");
  if (header.version != kBlackBoxVersion || header.header_bytes != sizeof(BlackBoxHeader) ||
      header.slice_bytes != sizeof(BlackBoxSlice) || header.event_bytes != sizeof(BlackBoxEvent) ||
      header.slice_capacity != kBlackBoxSlices || header.event_capacity != kBlackBoxEvents ||
      header.stage_count > kBlackBoxStages) {
    refuse("another version of auralisd wrote it; use the auralisctl of that release");
  }
  for (auto& stage : header.stages) MakePrintable(stage);
  MakePrintable(header.program);
  for (std::size_t i = 0; i < header.stage_count; ++i) {
    record.stages.push_back(Text(header.stages[i]));
  }
  record.slices = Unroll<BlackBoxSlice>(bytes.data() + offsetof(BlackBoxImage, slices),
                                        header.slices_written, kBlackBoxSlices);
  record.events = Unroll<BlackBoxEvent>(bytes.data() + offsetof(BlackBoxImage, events),
                                        header.events_written, kBlackBoxEvents);
  for (BlackBoxEvent& event : record.events) MakePrintable(event.text);
  return record;
}

BlackBoxRecord ReadBlackBox(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw IpcError(file.string() + ": cannot be read: " + std::strerror(errno));
  std::vector<std::byte> bytes(sizeof(BlackBoxImage) + 1);  // one more would be too many
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return ParseBlackBox(bytes, file.string());
}

const char* NameOf(BlackBoxKind kind) {
  switch (kind) {
    case BlackBoxKind::kInfo:
      return "info";
    case BlackBoxKind::kWarning:
      return "warning";
    case BlackBoxKind::kError:
      return "error";
    case BlackBoxKind::kParameters:
      return "parameters";
    case BlackBoxKind::kXrun:
      return "xrun";
    case BlackBoxKind::kOverload:
      return "overload";
    case BlackBoxKind::kShedding:
      return "shedding";
    case BlackBoxKind::kPreset:
      return "preset";
    case BlackBoxKind::kCrash:
      return "crash";
  }
  return "other";
}

std::string EndText(const BlackBoxHeader& header) {
  if (header.end == kBlackBoxEnded) return "ended in good order";
  if (header.end >= kBlackBoxCrashed) {
    const int signal = header.end - kBlackBoxCrashed;
    const char* const name = sigabbrev_np(signal);
    return "ended by signal " + std::to_string(signal) +
           (name != nullptr ? std::string(" (SIG") + name + ")" : "");
  }
  // It says so until it is told otherwise: a kill leaves it.
  return kill(static_cast<pid_t>(header.pid), 0) == 0 || errno == EPERM
             ? "runs"
             : "ended without a word (killed, or the machine stopped)";
}

}  // namespace auralis::ipc
