#include "ipc/unix_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "ipc/client.h"
#include "ipc/messages.h"
#include "tests/ipc/support/raw_client.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace auralis::ipc {
namespace {

using test::TempDir;

mode_t ModeOf(const std::filesystem::path& path) {
  struct stat facts {};
  EXPECT_EQ(stat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777U;
}

// Why `path` was refused; "" where it was not.
std::string RefusalOf(const std::filesystem::path& path) {
  try {
    const SocketFile file(path);
    return "";
  } catch (const IpcError& error) {
    return error.what();
  }
}

int BoundTo(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return descriptor;
}

// What a daemon leaves behind that was killed.
void LeaveStaleSocket(const std::filesystem::path& path) { close(BoundTo(path)); }

TEST(SocketFile, MakesItsFoldersAndItselfPrivateWhateverTheUmask) {
  const TempDir folder;
  for (const mode_t mask : {0000U, 0022U, 0077U}) {
    const mode_t before = umask(mask);
    const std::filesystem::path below = folder / std::to_string(mask);
    {
      const SocketFile file(below / "auralis" / "control.sock");
      umask(before);
      EXPECT_EQ(ModeOf(below), 0700U);
      EXPECT_EQ(ModeOf(below / "auralis"), 0700U);
      EXPECT_EQ(ModeOf(below / "auralis" / "control.sock"), 0600U);
    }
    EXPECT_FALSE(std::filesystem::exists(below / "auralis" / "control.sock"));
  }
}

TEST(SocketFile, ReplacesWhatADeadDaemonLeftBehind) {
  const TempDir folder;
  LeaveStaleSocket(folder / "s");
  const test::TestServer server(folder / "s");
  const Client client(folder / "s", "test");
}

// One that was killed listens for some milliseconds more, until the kernel has taken it apart.
TEST(SocketFile, WaitsForADaemonThatIsJustDying) {
  const TempDir folder;
  const int dying = BoundTo(folder / "s");
  ASSERT_EQ(listen(dying, 8), 0);
  std::thread kernel([dying] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    close(dying);
  });
  {
    const test::TestServer server(folder / "s");
    const Client client(folder / "s", "test");
  }
  kernel.join();
}

// As a process does that goes on in the place of another.
TEST(SocketFile, GoesOnWithADescriptorThatListensThereAndWithNoOther) {
  const TempDir folder;
  SocketFile first(folder / "s");
  const int listening = first.Release();
  first.Leave();
  const int waiting = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (folder / "s").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(connect(waiting, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  SocketFile second(folder / "s", listening);
  const int served = accept(second.Release(), nullptr, nullptr);
  EXPECT_GE(served, 0);  // who waited is not lost
  close(served);
  close(waiting);
  close(listening);
  second.Remove();
  SocketFile third(folder / "s", open("/dev/null", O_RDONLY));
  EXPECT_TRUE(std::filesystem::is_socket(folder / "s"));
}

TEST(SocketFile, RefusesTheSocketOfALiveDaemonAndNamesIt) {
  const test::TestServer server;
  const std::string refusal = RefusalOf(server.path());
  EXPECT_NE(refusal.find(server.path().string()), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("pid " + std::to_string(getpid())), std::string::npos) << refusal;
  const Client client(server.path(), "still served");
}

TEST(SocketFile, RefusesTheSocketOfALiveDaemonThatTakesNoMoreConnections) {
  const TempDir folder;
  const int busy = BoundTo(folder / "s");
  ASSERT_EQ(listen(busy, 0), 0);
  const test::RawClient in_the_backlog(folder / "s");  // and it is full
  EXPECT_NE(RefusalOf(folder / "s").find("listens here"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(folder / "s"));
  close(busy);
}

TEST(SocketFile, RefusesAFileThatIsNoSocketAndLeavesItAlone) {
  const TempDir folder;
  std::ofstream(folder / "notes") << "mine";
  // No advice to remove it: it may be the user's home.
  EXPECT_NE(RefusalOf(folder / "notes").find("not a socket; choose another path"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(folder / "notes"));
}

TEST(SocketFile, RefusesAFolderInWhichOthersCouldSwapIt) {
  const TempDir folder;
  std::filesystem::create_directory(folder / "open");
  ASSERT_EQ(chmod((folder / "open").c_str(), 0777), 0);
  EXPECT_NE(RefusalOf(folder / "open" / "s").find("other users"), std::string::npos);
  ASSERT_EQ(chmod((folder / "open").c_str(), 01777), 0);  // as /tmp
  EXPECT_EQ(RefusalOf(folder / "open" / "s"), "");
}

TEST(SocketFile, SaysHowLongAPathMayBe) {
  const TempDir folder;
  const std::filesystem::path path = folder / std::string(120, 'x');
  const std::string refusal = RefusalOf(path);
  EXPECT_NE(refusal.find("107"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find(std::to_string(path.native().size())), std::string::npos) << refusal;
  const std::size_t room = 107 - folder.path().native().size() - 1;
  EXPECT_EQ(RefusalOf(folder / std::string(room, 'x')), "");
}

TEST(SocketFile, LeavesASocketAloneThatIsNotItsOwnAnyMore) {
  const TempDir folder;
  {
    const SocketFile file(folder / "s");
    std::filesystem::remove(folder / "s");
    LeaveStaleSocket(folder / "s");
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "s"));
}

TEST(SocketFile, LeavesNoDescriptorBehindWhereItRefuses) {
  const test::TestServer server;
  const std::size_t before = test::OpenDescriptors();
  for (int i = 0; i < 10; ++i) EXPECT_NE(RefusalOf(server.path()), "");
  // The daemon's ends close when its loop gets there.
  test::Await("no more descriptors than before", [&] { return test::OpenDescriptors() == before; });
}

// A pair of sockets made as `user`; the kernel remembers who made it.
std::array<int, 2> SocketsOf(uid_t user) {
  std::array<int, 2> pair{};
  const uid_t before = geteuid();
  EXPECT_EQ(seteuid(user), 0);
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  EXPECT_EQ(seteuid(before), 0);
  return pair;
}

TEST(PeerMayConnect, AdmitsOurselves) {
  const auto pair = SocketsOf(geteuid());
  EXPECT_TRUE(PeerMayConnect(pair[0]));
  for (const int descriptor : pair) close(descriptor);
}

TEST(PeerMayConnect, RefusesAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make sockets as another user";
  const auto pair = SocketsOf(65534);  // nobody
  EXPECT_FALSE(PeerMayConnect(pair[0]));
  for (const int descriptor : pair) close(descriptor);
}

}  // namespace
}  // namespace auralis::ipc
