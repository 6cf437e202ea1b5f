// The example of docs/client.md: the page shows the file that is built, and it does what it says.

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"

namespace auralis::ipc {
namespace {

std::string TextOf(const std::string& file) {
  std::ifstream in(std::string(AURALIS_SOURCE_DIR) + "/" + file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(ClientExample, IsOnThePageAsItIsBuilt) {
  const std::string example = TextOf("docs/examples/follow_loudness.cc");
  ASSERT_FALSE(example.empty());
  EXPECT_NE(TextOf("docs/client.md").find("```cpp\n" + example + "```"), std::string::npos)
      << "docs/client.md does not show docs/examples/follow_loudness.cc";
}

TEST(ClientExample, DoesWhatItSays) {
  test::TestServer server;
  std::atomic<bool> stop{false};
  std::thread publisher([&] {
    while (!stop) {
      server.Publish(test::SomeFrame());
      std::this_thread::sleep_for(std::chrono::milliseconds(16));
    }
  });
  const test::Finished done =
      test::RunProgram({CLIENT_EXAMPLE}, {{"AURALIS_SOCKET", server.path().string()}});
  stop = true;
  publisher.join();
  EXPECT_EQ(done.exit_code, 0) << done.errors;
  EXPECT_EQ(done.output.substr(0, done.output.find('\n')), "the ceiling is -1.0 dB");
  EXPECT_NE(done.output.find("LUFS: input.gain"), std::string::npos) << done.output;
  EXPECT_GE(server.OnLoop([](Server&, ParamRegistry& registry) { return registry.revision(); }),
            0U);
}

TEST(ClientExample, SaysThatThereIsNoDaemon) {
  const test::Finished done = test::RunProgram({CLIENT_EXAMPLE}, {{"AURALIS_SOCKET", "/nowhere"}});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_NE(done.errors.find("/nowhere"), std::string::npos) << done.errors;
}

}  // namespace
}  // namespace auralis::ipc
