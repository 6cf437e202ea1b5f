#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <string>
#include <system_error>

#include "daemon/render/frame_writers.h"

namespace auralis::render {
namespace {

constexpr std::uint32_t kUnknownBytes = 0xFFFFFFFF;

std::size_t BytesOf(SampleFormat format) {
  return format == SampleFormat::k16 ? 2 : format == SampleFormat::k24 ? 3 : 4;
}

class StreamWriter final : public FrameWriter {
 public:
  explicit StreamWriter(const OutputOptions& options)
      : name_(options.path == "-" ? "standard output" : options.path.string()),
        options_(options),
        descriptor_(options.path == "-" ? STDOUT_FILENO
                                        : open(options.path.c_str(), O_WRONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) Fail(errno);
    if (options.container == Container::kWav) PutHeader();
  }
  ~StreamWriter() override {
    if (descriptor_ > STDERR_FILENO) close(descriptor_);
  }
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;

  void Write(const float* samples, std::size_t frames) override {
    for (std::size_t i = 0; i < frames * Channels(); ++i) {
      Append(std::bit_cast<std::uint32_t>(samples[i]), sizeof(float));
    }
    Flush();
  }
  void Write(const std::int32_t* samples, std::size_t frames) override {
    const std::size_t bytes = BytesOf(options_.format);
    for (std::size_t i = 0; i < frames * Channels(); ++i) {
      Append(static_cast<std::uint32_t>(samples[i]) >> (32 - 8 * bytes), bytes);
    }
    Flush();
  }
  void Close() override { Flush(); }

 private:
  std::size_t Channels() const { return static_cast<std::size_t>(options_.channels); }

  // RIFF, with every length as far as it is known; 0xFFFFFFFF where it is not, as others do.
  void PutHeader() {
    const bool is_float = options_.format == SampleFormat::kFloat;
    const std::uint64_t frame_bytes = Channels() * BytesOf(options_.format);
    const std::uint64_t bytes = options_.length_frames.value_or(kUnknownBytes) * frame_bytes;
    constexpr std::uint32_t kAhead = 36;
    const bool fits = bytes < kUnknownBytes - kAhead;
    const auto data = fits ? static_cast<std::uint32_t>(bytes) : kUnknownBytes;
    Append("RIFF");
    Append(fits ? data + kAhead : kUnknownBytes, 4);
    Append("WAVEfmt ");
    Append(16, 4);
    Append(is_float ? 3 : 1, 2);
    Append(static_cast<std::uint32_t>(options_.channels), 2);
    Append(static_cast<std::uint32_t>(options_.rate_hz), 4);
    Append(static_cast<std::uint32_t>(static_cast<std::uint64_t>(options_.rate_hz) * frame_bytes),
           4);
    Append(static_cast<std::uint32_t>(frame_bytes), 2);
    Append(static_cast<std::uint32_t>(8 * BytesOf(options_.format)), 2);
    Append("data");
    Append(data, 4);
    Flush();
  }

  void Append(const char* text) { bytes_ += text; }
  void Append(std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
  }

  void Flush() {
    for (std::size_t done = 0; done < bytes_.size();) {
      const ssize_t more = write(descriptor_, bytes_.data() + done, bytes_.size() - done);
      if (more < 0 && errno != EINTR) Fail(errno);
      if (more > 0) done += static_cast<std::size_t>(more);
    }
    bytes_.clear();
  }

  [[noreturn]] void Fail(int error) const {
    throw WriteError(name_ + ": cannot be written: " + std::generic_category().message(error));
  }

  std::string name_;
  OutputOptions options_;
  int descriptor_;
  std::string bytes_;
};

}  // namespace

std::unique_ptr<FrameWriter> MakeStreamWriter(const OutputOptions& options) {
  return std::make_unique<StreamWriter>(options);
}

}  // namespace auralis::render
