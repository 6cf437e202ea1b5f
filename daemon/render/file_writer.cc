#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "daemon/render/frame_writers.h"

namespace auralis::render {
namespace {

// The file as libsndfile sees it, which writes a few kilobytes at a time: here they become pieces
// that cost the system a quarter as much. libsndfile keeps some failures to itself, of a FLAC's
// last frame for one; here none gets lost.
class Disk {
 public:
  explicit Disk(int descriptor) : descriptor_(descriptor) { waiting_.reserve(kPieceBytes); }

  int error() const { return error_; }  // the first
  sf_count_t Write(const char* bytes, sf_count_t count) {
    waiting_.append(bytes, static_cast<std::size_t>(count));
    if (waiting_.size() >= kPieceBytes) Flush();
    return error_ == 0 ? count : 0;
  }
  void Flush() {
    for (std::size_t done = 0; done < waiting_.size() && error_ == 0;) {
      const ssize_t more = write(descriptor_, waiting_.data() + done, waiting_.size() - done);
      if (more > 0) {
        done += static_cast<std::size_t>(more);
      } else if (errno != EINTR) {
        error_ = more == 0 ? EIO : errno;
      }
    }
    waiting_.clear();
  }
  // With all in its place.
  int descriptor() {
    Flush();
    return descriptor_;
  }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

  int descriptor_;
  int error_ = 0;
  std::string waiting_;
};

Disk& DiskOf(void* user) { return *static_cast<Disk*>(user); }

sf_count_t Length(void* user) {
  struct stat facts {};
  fstat(DiskOf(user).descriptor(), &facts);
  return facts.st_size;
}

sf_count_t Seek(sf_count_t offset, int whence, void* user) {
  return lseek(DiskOf(user).descriptor(), offset, whence);
}

sf_count_t Tell(void* user) { return lseek(DiskOf(user).descriptor(), 0, SEEK_CUR); }

sf_count_t Read(void* bytes, sf_count_t count, void* user) {
  const ssize_t got = read(DiskOf(user).descriptor(), bytes, static_cast<std::size_t>(count));
  return got < 0 ? 0 : got;
}

sf_count_t Take(const void* bytes, sf_count_t count, void* user) {
  return DiskOf(user).Write(static_cast<const char*>(bytes), count);
}

// Of Opus, in libsndfile's share of what it may be made smaller: 96 kb/s a channel, where nobody
// hears a difference any more.
constexpr double kOpusCompression = 0.64;

int FormatOf(const OutputOptions& options) {
  if (options.container == Container::kOpus) return SF_FORMAT_OGG | SF_FORMAT_OPUS;
  // RF64 becomes a plain WAV when it is closed below 4 GiB.
  const int container = options.container == Container::kFlac ? SF_FORMAT_FLAC : SF_FORMAT_RF64;
  switch (options.format) {
    case SampleFormat::k16:
      return container | SF_FORMAT_PCM_16;
    case SampleFormat::k24:
      return container | SF_FORMAT_PCM_24;
    case SampleFormat::kFloat:
      return container | SF_FORMAT_FLOAT;
  }
  return container;
}

class FileWriter final : public FrameWriter {
 public:
  FileWriter(int descriptor, std::string name, const OutputOptions& options, int rate_hz)
      : name_(std::move(name)), disk_(descriptor) {
    SF_INFO info{};
    info.samplerate = rate_hz;
    info.channels = options.channels;
    info.format = FormatOf(options);
    SF_VIRTUAL_IO io{
        .get_filelen = Length, .seek = Seek, .read = Read, .write = Take, .tell = Tell};
    file_.reset(sf_open_virtual(&io, SFM_WRITE, &info, &disk_));
    if (!file_) Fail(sf_strerror(nullptr));
    sf_command(file_.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
    if (options.container == Container::kOpus) {
      double compression = kOpusCompression;
      sf_command(file_.get(), SFC_SET_COMPRESSION_LEVEL, &compression, sizeof(compression));
    }
  }

  void Write(const float* samples, std::size_t frames) override {
    const auto count = static_cast<sf_count_t>(frames);
    Check(sf_writef_float(file_.get(), samples, count) == count);
  }
  void Write(const std::int32_t* samples, std::size_t frames) override {
    const auto count = static_cast<sf_count_t>(frames);
    Check(sf_writef_int(file_.get(), samples, count) == count);
  }
  void Close() override {
    const int error = sf_close(file_.release());
    disk_.Flush();
    if (disk_.error() != 0 || error != SF_ERR_NO_ERROR) Fail(sf_error_number(error));
  }

 private:
  void Check(bool whole) const {
    if (!whole || disk_.error() != 0) Fail(sf_strerror(file_.get()));
  }
  [[noreturn]] void Fail(const std::string& otherwise) const {
    throw WriteError(
        name_ + ": cannot be written: " +
        (disk_.error() != 0 ? std::generic_category().message(disk_.error()) : otherwise));
  }

  std::string name_;
  Disk disk_;
  SoundFileHandle file_;
};

}  // namespace

std::unique_ptr<FrameWriter> MakeFileWriter(int descriptor, const std::string& name,
                                            const OutputOptions& options, int rate_hz) {
  return std::make_unique<FileWriter>(descriptor, name, options, rate_hz);
}

}  // namespace auralis::render
