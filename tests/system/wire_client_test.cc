// A second reader of the schema: Python with its stock FlatBuffers, none of our code.

#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"

namespace auralis {
namespace {

TEST(WireClient, InPythonSaysHelloDescribesSetsGetsAndSubscribes) {
  const test::TempDir folder;
  const std::string socket = folder / "s";
  const test::Auralisd daemon({{"AURALIS_SOCKET", socket}, {"XDG_STATE_HOME", folder / "state"}},
                              {"--device", "virtual"});
  // Debian's own, which has Debian's package.
  const test::Finished python =
      test::RunProgram({"/usr/bin/python3", WIRE_CLIENT, WIRE_PYTHON, socket});
  EXPECT_EQ(python.exit_code, 0) << python.errors;
  EXPECT_NE(python.output.find("spoken: "), std::string::npos) << python.errors;
}

}  // namespace
}  // namespace auralis
