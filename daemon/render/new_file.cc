#include "daemon/render/new_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace auralis::render {
namespace {

// The names that signals remove. A rename and its entry's end are one step under the lock.
struct HalfWritten {
  std::mutex mutex;
  std::vector<std::string> names;
};
HalfWritten& TheHalfWritten() {
  static auto* const kNames = new HalfWritten;  // the signals' thread may outlive main()
  return *kNames;
}

void Forget(const std::filesystem::path& name) {
  auto& names = TheHalfWritten().names;
  names.erase(std::remove(names.begin(), names.end(), name.string()), names.end());
}

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& why) {
  throw WriteError(path.string() + ": cannot be written: " + why);
}

std::string SystemError() { return std::generic_category().message(errno); }

mode_t UsualMode() {
  static const mode_t kMask = [] {
    const mode_t mask = umask(S_IWGRP | S_IWOTH);
    umask(mask);
    return mask;
  }();
  constexpr mode_t kAll = 0666;
  return kAll & ~kMask;
}

constexpr const char* kExists = "it exists already (--overwrite replaces it)";

}  // namespace

NewFile::NewFile(std::filesystem::path path, bool overwrite)
    : path_(std::move(path)), overwrite_(overwrite) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path_, ignored)) {
    path_ = std::filesystem::weakly_canonical(path_, ignored);
  }
  struct stat facts {};
  const bool exists = stat(path_.c_str(), &facts) == 0;
  if (exists && !S_ISREG(facts.st_mode)) Fail(path_, "it is no file");
  if (exists && !overwrite) Fail(path_, kExists);
  std::string name =
      (path_.parent_path() / ("." + path_.filename().string().substr(0, 200) + ".XXXXXX")).string();
  {
    const std::lock_guard lock(TheHalfWritten().mutex);
    descriptor_ = mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) Fail(path_, SystemError());
    TheHalfWritten().names.push_back(name);
  }
  temporary_ = name;
  fchmod(descriptor_, exists ? facts.st_mode & 0777 : UsualMode());
}

NewFile::~NewFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (temporary_.empty()) return;
  const std::lock_guard lock(TheHalfWritten().mutex);
  unlink(temporary_.c_str());
  Forget(temporary_);
}

void NewFile::Commit() {
  if (fsync(descriptor_) != 0) Fail(path_, SystemError());
  if (close(std::exchange(descriptor_, -1)) != 0) Fail(path_, SystemError());
  const std::lock_guard lock(TheHalfWritten().mutex);
  Put();
  Forget(temporary_);
  temporary_.clear();
}

void NewFile::Put() {
  if (!overwrite_) {
    if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
      return;
    }
    if (errno == EEXIST) Fail(path_, kExists);
    // Not every file system can; then there is a moment between looking and renaming.
    if (access(path_.c_str(), F_OK) == 0) Fail(path_, kExists);
  }
  if (rename(temporary_.c_str(), path_.c_str()) != 0) Fail(path_, SystemError());
}

void RemoveOnSignals() {
  static sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&ending, signal);  // nohup
  }
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  TheHalfWritten();
  std::thread([] {
    int signal = 0;
    if (sigwait(&ending, &signal) != 0) return;
    TheHalfWritten().mutex.lock();  // for good: nothing new is begun
    for (const std::string& name : TheHalfWritten().names) unlink(name.c_str());
    std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
    raise(signal);
  }).detach();
}

int NamelessFile(const std::filesystem::path& beside) {
  std::error_code ignored;
  const std::filesystem::path folder =
      beside.empty() ? std::filesystem::temp_directory_path(ignored)
                     : (beside.has_parent_path() ? beside.parent_path() : ".");
  int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    std::string name = (folder / ".auralis.XXXXXX").string();
    descriptor = mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) unlink(name.c_str());
  }
  if (descriptor < 0)
    throw WriteError(folder.string() + ": cannot be written to: " + SystemError());
  return descriptor;
}

}  // namespace auralis::render
