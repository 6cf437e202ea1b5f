#include "daemon/pipe_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <string>
#include <system_error>

namespace auralis {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are written as they lie");

constexpr std::size_t kFrameBytes = 2 * sizeof(std::int16_t);
// A pipe that polls as writable takes this much at once, and not half of it.
constexpr std::size_t kAtomicFrames = PIPE_BUF / kFrameBytes;

[[noreturn]] void Fail(const std::filesystem::path& path, int error) {
  throw FileError((path == "-" ? "standard output" : path.string()) +
                  ": cannot be written on: " + std::generic_category().message(error));
}

}  // namespace

bool PipeWriter::IsFor(const std::filesystem::path& path) {
  std::error_code ignored;
  return path == "-" || std::filesystem::is_fifo(path, ignored);
}

PipeWriter::PipeWriter(const std::filesystem::path& path)
    : path_(path), is_standard_output_(path == "-") {
  if (is_standard_output_ && isatty(STDOUT_FILENO) == 1) {
    throw FileError(
        "standard output is a terminal: sound goes to a pipe or a file, as in "
        "`auralisd --record - | aplay -f dat`");
  }
  descriptor_ = is_standard_output_ ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) Fail(path_, errno);
}

PipeWriter::~PipeWriter() { close(descriptor_); }

bool PipeWriter::HasRoom(const std::function<bool()>& give_up) const {
  constexpr int kLookAgainMs = 50;
  for (;;) {
    pollfd poller{descriptor_, POLLOUT, 0};
    // An error or a hang-up counts as room: the write says which.
    if (poll(&poller, 1, give_up ? kLookAgainMs : 0) > 0) return true;
    if (!give_up || give_up()) return false;
  }
}

// Takes out what nobody has read. False where that cannot be done.
bool PipeWriter::Empty() {
  if (is_standard_output_) return false;
  std::array<char, PIPE_BUF> old{};  // a whole number of frames, wherever the reader stands
  for (;;) {
    const ssize_t got = read(descriptor_, old.data(), old.size());
    if (got > 0) dropped_frames_ += static_cast<std::size_t>(got) / kFrameBytes;
    if (got <= 0 && errno != EINTR) return true;
  }
}

void PipeWriter::Write(const float* left, const float* right, std::size_t frames,
                       const std::function<bool()>& give_up) {
  for (std::size_t done = 0; done < frames;) {
    const std::size_t part = std::min(frames - done, kAtomicFrames);
    const bool has_room = HasRoom(give_up) || (!give_up && Empty());
    if (!has_room) {
      dropped_frames_ += frames - done;
      return;
    }
    Convert(left + done, right + done, part);
    WriteSamples();
    done += part;
  }
}

void PipeWriter::WriteSamples() {
  const auto* bytes = reinterpret_cast<const char*>(samples_.data());
  std::size_t left_bytes = samples_.size() * sizeof(samples_[0]);
  while (left_bytes > 0) {  // a file may take less than all; a pipe does not
    const ssize_t written = write(descriptor_, bytes, left_bytes);
    if (written >= 0) {
      bytes += written;
      left_bytes -= static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {  // somebody else filled it meanwhile
      dropped_frames_ += left_bytes / kFrameBytes;
      return;
    } else if (errno != EINTR) {
      Fail(path_, errno);
    }
  }
}

void PipeWriter::Convert(const float* left, const float* right, std::size_t frames) {
  interleaved_.resize(2 * frames);
  for (std::size_t i = 0; i < frames; ++i) {
    interleaved_[2 * i] = left[i];
    interleaved_[2 * i + 1] = right[i];
  }
  rounded_.resize(2 * frames);
  dither_.Round(interleaved_.data(), frames, rounded_.data());
  samples_.assign(rounded_.begin(), rounded_.end());
}

}  // namespace auralis
