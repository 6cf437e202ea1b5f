#include "daemon/pipe_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
  if (!is_standard_output_) {
    Open();
    return;
  }
  if (isatty(STDOUT_FILENO) == 1) {
    throw FileError(
        "standard output is a terminal: sound goes to a pipe or a file, as in "
        "`auralisd --record - | aplay -f cd`");
  }
  descriptor_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (descriptor_ < 0) Fail(path_, errno);
}

PipeWriter::~PipeWriter() {
  if (descriptor_ >= 0) close(descriptor_);
}

// False while nobody reads.
bool PipeWriter::Open() {
  descriptor_ = open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ >= 0) return true;
  if (errno != ENXIO && errno != EINTR) Fail(path_, errno);
  return false;
}

bool PipeWriter::HasRoom(const std::function<bool()>& give_up) const {
  constexpr int kLookAgainMs = 50;
  for (;;) {
    pollfd poller{descriptor_, POLLOUT, 0};
    // An error or a hang-up is writable: the write says which.
    if (poll(&poller, 1, give_up ? kLookAgainMs : 0) > 0) return true;
    if (!give_up || give_up()) return false;
  }
}

void PipeWriter::Write(const float* left, const float* right, std::size_t frames,
                       const std::function<bool()>& give_up) {
  for (std::size_t done = 0; done < frames;) {
    const std::size_t part = std::min(frames - done, kAtomicFrames);
    if ((descriptor_ < 0 && !Open()) || !HasRoom(give_up)) {
      dropped_frames_ += frames - done;
      return;
    }
    Convert(left + done, right + done, part);
    const auto* bytes = reinterpret_cast<const char*>(samples_.data());
    std::size_t left_bytes = part * kFrameBytes;
    while (left_bytes > 0) {  // a file may take less than all; a pipe does not
      const ssize_t written = write(descriptor_, bytes, left_bytes);
      if (written >= 0) {
        bytes += written;
        left_bytes -= static_cast<std::size_t>(written);
      } else if (errno == EPIPE && !is_standard_output_) {
        close(descriptor_);
        descriptor_ = -1;
        dropped_frames_ += part;
        break;
      } else if (errno == EAGAIN) {  // somebody else filled it meanwhile
        dropped_frames_ += part;
        break;
      } else if (errno != EINTR) {
        Fail(path_, errno);
      }
    }
    done += part;
  }
}

void PipeWriter::Convert(const float* left, const float* right, std::size_t frames) {
  constexpr float kFullScale = 32767.0F;
  samples_.resize(2 * frames);
  std::uniform_real_distribution<float> half(-0.5F, 0.5F);
  const auto convert = [&](float sample) {
    const float dithered = sample * kFullScale + half(random_) + half(random_);
    return static_cast<std::int16_t>(
        std::lround(std::clamp(dithered, -kFullScale - 1.0F, kFullScale)));
  };
  for (std::size_t i = 0; i < frames; ++i) {
    samples_[2 * i] = convert(left[i]);
    samples_[2 * i + 1] = convert(right[i]);
  }
}

}  // namespace auralis
