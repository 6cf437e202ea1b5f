#include "config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <system_error>

namespace auralis {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const fs::path& file, const std::string& what, int error) {
  throw ConfigError(file.string() + ": " + what + ": " + std::generic_category().message(error));
}

class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags) : number_(open(file.c_str(), flags, 0666)) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// Whole and on the disk, or an exception. No file is left where it fails.
void WriteNewFile(const fs::path& fresh, std::string_view text) {
  const Descriptor out(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
  if (out.number() < 0) Fail(fresh, "cannot be made", errno);
  while (!text.empty()) {
    const ssize_t written = write(out.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written < 0 ? errno : EIO;
      unlink(fresh.c_str());
      Fail(fresh, "cannot be written", error);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(out.number()) != 0) {
    const int error = errno;
    unlink(fresh.c_str());
    Fail(fresh, "cannot be written", error);
  }
}

// Names of files that are being written: ".NAME.PID.new".
fs::path FreshName(const fs::path& file, const std::string& middle) {
  return file.parent_path() / ("." + file.filename().string() + "." + middle + ".new");
}

// What writers left that were killed, of the file or of its backup.
void RemoveLeftovers(const fs::path& file, const std::string& of) {
  const std::string prefix = "." + file.filename().string() + of + ".";
  constexpr std::string_view kSuffix = ".new";
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(file.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) continue;
    if (name.size() <= prefix.size() + kSuffix.size()) continue;
    int pid = 0;
    const char* const last = name.data() + name.size() - kSuffix.size();
    const auto [end, error] = std::from_chars(name.data() + prefix.size(), last, pid);
    const bool is_ours = error == std::errc() && end == last && pid > 0;
    if (is_ours && (pid == getpid() || (kill(pid, 0) != 0 && errno == ESRCH))) {
      fs::remove(entry.path(), ignored);
    }
  }
}

// A second name for what is there now, put in place by a rename: never half a backup.
void KeepBackup(const fs::path& file) {
  fs::path backup = file;
  backup += "~";
  const fs::path fresh = FreshName(backup, std::to_string(getpid()));
  unlink(fresh.c_str());
  if (link(file.c_str(), fresh.c_str()) != 0) {
    if (errno == ENOENT) return;               // nothing was there
    WriteNewFile(fresh, ReadFileBytes(file));  // a file system without second names
  }
  if (rename(fresh.c_str(), backup.c_str()) != 0) {
    const int error = errno;
    unlink(fresh.c_str());
    Fail(backup, "cannot be written", error);
  }
  unlink(fresh.c_str());  // rename() leaves it where both are the same file already
}

}  // namespace

std::string ReadFileBytes(const fs::path& file, std::size_t max_bytes) {
  const std::string name = file.string();
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) {
    throw ConfigError(name + ": " + (error ? error.message() : "there is no such file"));
  }
  if (fs::is_directory(status)) throw ConfigError(name + ": is a folder, not a file");
  if (!fs::is_regular_file(status)) throw ConfigError(name + ": is not a regular file");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  std::array<char, 16384> piece;
  while (stream && text.size() <= max_bytes) {
    stream.read(piece.data(),
                static_cast<std::streamsize>(std::min(piece.size(), max_bytes + 1 - text.size())));
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.is_open() || stream.bad()) Fail(file, "cannot be read", errno);
  return text;
}

void CheckIsText(std::string_view text, std::string_view name, std::string_view kind) {
  const std::string file(name);
  if (text.size() > kMaxTextFileBytes) {
    throw ConfigError(file + ": is larger than 1 MiB, so it is not " + std::string(kind));
  }
  if (text.find('\0') != std::string_view::npos) {
    throw ConfigError(file + ": is not text (it has zero bytes in it)");
  }
}

void ReplaceFile(const fs::path& file, std::string_view text) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(fs::absolute(file), error);  // a link stays a link
  if (error) throw ConfigError(file.string() + ": " + error.message());
  const fs::path folder = target.parent_path();
  fs::create_directories(folder, error);
  if (error) throw ConfigError(folder.string() + ": cannot be made: " + error.message());
  if (fs::is_directory(target, error)) {
    throw ConfigError(file.string() + ": is a folder, not a file");
  }
  for (const char* of : {"", "~"}) RemoveLeftovers(target, of);
  const fs::path fresh = FreshName(target, std::to_string(getpid()));
  WriteNewFile(fresh, text);
  try {
    KeepBackup(target);
  } catch (const ConfigError&) {
    unlink(fresh.c_str());
    throw;
  }
  if (rename(fresh.c_str(), target.c_str()) != 0) {
    const int failure = errno;
    unlink(fresh.c_str());
    Fail(file, "cannot be replaced", failure);
  }
  // The new name is only on the disk when the folder is.
  const Descriptor in_folder(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (in_folder.number() >= 0) fsync(in_folder.number());
}

}  // namespace auralis
