#include "ipc/unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "ipc/messages.h"

namespace auralis::ipc {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kSocketMode = 0600;
constexpr int kBacklog = 64;
constexpr auto kLockPatience = std::chrono::seconds(2);
constexpr auto kLockPoll = std::chrono::milliseconds(5);
// For who listens there to leave. Shorter than the others' patience with the lock.
constexpr auto kLeavePatience = std::chrono::seconds(1);

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw IpcError("control socket " + path.string() + ": " + what);
}
[[noreturn]] void FailSystem(const std::filesystem::path& path, const std::string& what) {
  const int error = errno;
  Fail(path, what + ": " + std::generic_category().message(error));
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  int get() const { return descriptor_; }
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

void MakeFolder(const std::filesystem::path& folder) {
  if (mkdir(folder.c_str(), kFolderMode) == 0 || errno == EEXIST) return;
  if (errno != ENOENT || !folder.has_parent_path() || folder.parent_path() == folder) {
    FailSystem(folder, "cannot make this folder");
  }
  MakeFolder(folder.parent_path());
  if (mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    FailSystem(folder, "cannot make this folder");
  }
}

// Who may rename files in the folder could put a socket of his own there: only we and root may.
// A folder for everybody is fine where it is sticky, as /tmp is.
void RequireTrustedFolder(int folder, const std::filesystem::path& path) {
  struct stat facts {};
  if (fstat(folder, &facts) != 0) FailSystem(path, "cannot look at its folder");
  const bool ours = facts.st_uid == geteuid() || facts.st_uid == 0;
  const bool shared = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool sticky = (facts.st_mode & S_ISVTX) != 0;
  if (!ours || (shared && !sticky)) {
    Fail(path, "other users may change its folder (allowed: a folder of yours with mode 0700)");
  }
}

// Anybody who may open the folder may hold the lock, for ever if he likes; a daemon that starts
// holds it for a moment.
void LockFolder(int folder, const std::filesystem::path& path) {
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  while (flock(folder, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) FailSystem(path, "cannot lock its folder");
    if (std::chrono::steady_clock::now() >= deadline) {
      Fail(path, "another process keeps its folder locked; choose another with --socket");
    }
    std::this_thread::sleep_for(kLockPoll);
  }
}

sockaddr_un AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = path.native();
  if (name.empty()) Fail(path, "the path is empty");
  if (name.size() >= sizeof(address.sun_path)) {
    Fail(path, "the path has " + std::to_string(name.size()) + " bytes, a socket's may have " +
                   std::to_string(sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // what the sockets API asks for
}

Descriptor NewSocket(const std::filesystem::path& path) {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) FailSystem(path, "cannot make a socket");
  return Descriptor(descriptor);
}

// Whether the other end closed, or did until then.
bool IsClosed(int connection, std::chrono::steady_clock::time_point until) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  pollfd end{.fd = connection, .events = 0, .revents = 0};
  return poll(&end, 1, static_cast<int>(left.count())) > 0;
}

// Removes what a dead daemon left behind. Only a refused connection proves that nobody listens: one
// that was killed listens until the kernel has taken its memory apart, and closes then.
void RemoveStale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return;
    FailSystem(path, "cannot look at it");
  }
  if (!S_ISSOCK(facts.st_mode)) {
    Fail(path, "is there already and is not a socket; choose another path");
  }
  const auto deadline = std::chrono::steady_clock::now() + kLeavePatience;
  Descriptor probe = NewSocket(path);
  for (;;) {
    const bool connected = connect(probe.get(), Generic(address), sizeof(address)) == 0;
    if (!connected && errno == ECONNREFUSED) {
      if (unlink(path.c_str()) != 0) FailSystem(path, "cannot remove a dead daemon's socket");
      return;
    }
    if (!connected || !IsClosed(probe.get(), deadline)) break;
    probe = NewSocket(path);
  }
  ucred peer{};
  socklen_t length = sizeof(peer);
  std::string who = "another process";
  if (getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid > 0) {
    who += " (pid " + std::to_string(peer.pid) + ")";
  }
  Fail(path, who + " listens here; stop it or choose another socket with --socket");
}

}  // namespace

SocketFile::SocketFile(std::filesystem::path path) : SocketFile(std::move(path), -1) {}

SocketFile::SocketFile(std::filesystem::path path, int listening) : path_(std::move(path)) {
  if (listening >= 0 && Adopt(listening)) return;
  if (listening >= 0) close(listening);
  Listen();
}

bool SocketFile::Adopt(int listening) {
  sockaddr_un bound{};
  socklen_t length = sizeof(bound);
  int listens = 0;
  socklen_t option_length = sizeof(listens);
  struct stat facts {};
  if (getsockname(listening, reinterpret_cast<sockaddr*>(&bound), &length) != 0 ||
      bound.sun_family != AF_UNIX || path_ != std::filesystem::path(bound.sun_path) ||
      getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &listens, &option_length) != 0 ||
      listens == 0 || lstat(path_.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) {
    return false;
  }
  fcntl(listening, F_SETFD, FD_CLOEXEC);
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  present_ = true;
  descriptor_ = listening;
  return true;
}

void SocketFile::Listen() {
  const sockaddr_un address = AddressOf(path_);
  const std::filesystem::path folder_path = path_.has_parent_path() ? path_.parent_path() : ".";
  MakeFolder(folder_path);
  const Descriptor folder(open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) FailSystem(path_, "cannot open its folder");
  RequireTrustedFolder(folder.get(), path_);
  // Two daemons that start at once must not each take the other's socket for a stale one.
  LockFolder(folder.get(), path_);
  RemoveStale(path_, address);

  Descriptor listener = NewSocket(path_);
  if (bind(listener.get(), Generic(address), sizeof(address)) != 0) {
    FailSystem(path_, "cannot bind");
  }
  struct stat facts {};
  // Whatever the umask was: nobody can connect before listen().
  if (chmod(path_.c_str(), kSocketMode) != 0 || lstat(path_.c_str(), &facts) != 0 ||
      listen(listener.get(), kBacklog) != 0) {
    const int error = errno;
    unlink(path_.c_str());
    errno = error;
    FailSystem(path_, "cannot listen");
  }
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  present_ = true;
  descriptor_ = listener.Release();
}

SocketFile::~SocketFile() {
  if (descriptor_ >= 0) close(descriptor_);
  Remove();
}

int SocketFile::Release() { return std::exchange(descriptor_, -1); }

void SocketFile::Remove() noexcept {
  struct stat facts {};
  if (std::exchange(present_, false) && lstat(path_.c_str(), &facts) == 0 &&
      facts.st_dev == device_ && facts.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

bool PeerMayConnect(int descriptor) noexcept {
  ucred peer{};
  socklen_t length = sizeof(peer);
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         (peer.uid == geteuid() || peer.uid == 0);
}

}  // namespace auralis::ipc
