#pragma once

#include <sys/types.h>

#include <filesystem>

namespace auralis::ipc {

// The socket's file and who may touch it. Makes missing folders (0700), refuses a folder in which
// another user could swap the socket, replaces what a dead daemon left behind and never what a live
// one uses. [control]
class SocketFile {
 public:
  // Binds and listens, mode 0600. Throws IpcError.
  explicit SocketFile(std::filesystem::path path);
  // Goes on with a descriptor that listens there already, and owns it. One that does not, because
  // the file was removed meanwhile, is closed, and another made. Throws IpcError.
  SocketFile(std::filesystem::path path, int listening);
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The listening descriptor; the caller owns it from now on.
  int Release();
  // Takes the file away, unless somebody has put another one there. Again is harmless.
  void Remove() noexcept;
  // Leaves the file to whoever listens there from now on.
  void Leave() noexcept { present_ = false; }

 private:
  bool Adopt(int listening);
  void Listen();

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool present_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// The user at the other end of a connected socket, asked of the kernel: ourselves or root.
bool PeerMayConnect(int descriptor) noexcept;

}  // namespace auralis::ipc
