// Two processes change the same values at the same time, two others watch: there is one order, and
// each transaction is whole in it.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/process.h"
#include "tests/system/auralisd.h"

namespace auralis::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// What one observer saw: both values at each revision that it heard of.
struct Seen {
  std::map<std::uint64_t, std::pair<double, double>> at;
  std::size_t torn = 0;
};

Seen Read(const std::string& lines) {
  Seen seen;
  std::pair<double, double> now{};
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    const json& values = event.at("values");
    for (const auto& [key, value] :
         {std::pair("input.gain", &now.first), std::pair("output.gain", &now.second)}) {
      if (values.contains(key)) *value = values.at(key).at("value").get<double>();
    }
    if (now.first != now.second) ++seen.torn;
    seen.at[event.at("revision").get<std::uint64_t>()] = now;
  }
  return seen;
}

TEST(Race, EveryObserverSeesOneOrderOfWholeTransactions) {
  const TempDir folder;
  const Environment environment = {{"XDG_RUNTIME_DIR", folder.path().string()},
                                   {"HOME", folder.path().string()}};
  const Auralisd daemon(environment, {"--device", "virtual"});
  const std::vector<std::string> watch = {AURALISCTL, "watch", "params", "--json", "--rate", "120"};
  Process first(watch, environment);
  Process second(watch, environment);
  for (Process* observer : {&first, &second}) ASSERT_TRUE(observer->AwaitOutput("snapshot", 5s));
  // Each writes the same value to both keys, or the daemon refuses: never half.
  const auto racer = [&](const std::string& sign) {
    const std::string script = std::string("for i in $(seq 1 300); do ") + AURALISCTL +
                               " set input.gain -" + sign + ".$i output.gain -" + sign +
                               ".$i >/dev/null || exit 1; done";
    return std::make_unique<Process>(std::vector<std::string>{"sh", "-c", script}, environment);
  };
  const auto one = racer("1");
  const auto two = racer("2");
  EXPECT_EQ(one->WaitFor(30s), 0) << one->errors();
  EXPECT_EQ(two->WaitFor(30s), 0) << two->errors();
  daemon.Set({"input.gain", "-9", "output.gain", "-9"});
  for (Process* observer : {&first, &second}) {
    EXPECT_TRUE(observer->AwaitOutput("-9.0 dB", 5s));
    observer->Signal(SIGINT);
    EXPECT_EQ(observer->WaitFor(5s), 0);
  }
  const Seen a = Read(first.output());
  const Seen b = Read(second.output());
  EXPECT_EQ(a.torn, 0U);
  EXPECT_EQ(b.torn, 0U);
  std::size_t shared = 0;
  for (const auto& [revision, values] : a.at) {
    const auto found = b.at.find(revision);
    if (found == b.at.end()) continue;
    ++shared;
    EXPECT_EQ(values, found->second) << revision;
  }
  std::cout << a.at.size() << " and " << b.at.size() << " revisions heard, " << shared
            << " by both\n";
  EXPECT_GE(shared, 20U);
  EXPECT_EQ(a.at.rbegin()->second, std::pair(-9.0, -9.0));
  EXPECT_EQ(b.at.rbegin()->second, std::pair(-9.0, -9.0));
}

}  // namespace
}  // namespace auralis::test
