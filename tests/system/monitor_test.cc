// `auralisctl monitor` in a real terminal emulator (tmux), with the real daemon: keys in, screen
// out.

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/system/auralisd.h"

namespace auralis {
namespace {

using namespace std::chrono_literals;

std::string TextOf(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A terminal of tmux's own server, which runs the monitor from a shell that lives on.
class Emulator {
 public:
  explicit Emulator(const test::Environment& environment, const std::string& term = "screen",
                    const std::string& size = "80x24")
      : environment_(environment) {
    test::RequireProgram("tmux", "tmux");
    environment_["TMUX"] = "";
    environment_["TMUX_TMPDIR"] = folder_.path().string();
    environment_["TERM"] = "xterm-256color";  // of the emulator itself
    environment_.emplace("LC_ALL", "C.UTF-8");
    std::ofstream(folder_ / "run")
        << "stty -g >" << (folder_ / "before") << "\n(echo $BASHPID >" << (folder_ / "pid")
        << "; TERM=" << term << " exec " << AURALISCTL << " monitor); code=$?\nstty -g >"
        << (folder_ / "after") << "\necho left with $code; sleep 1000\n";
    const auto x = size.find('x');
    Tmux({"-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", size.substr(0, x), "-y",
          size.substr(x + 1), "bash " + (folder_ / "run").string()});
  }
  ~Emulator() {
    try {
      Tmux({"kill-server"});
    } catch (const std::exception&) {  // the server may be gone
      return;
    }
  }
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  void Type(const std::vector<std::string>& keys) {
    std::vector<std::string> words = {"send-keys", "-t", "t"};
    words.insert(words.end(), keys.begin(), keys.end());
    Tmux(words);
  }
  void Resize(const std::string& columns, const std::string& rows) {
    Tmux({"resize-window", "-t", "t", "-x", columns, "-y", rows});
  }
  std::string Screen(bool escapes = false) {
    std::vector<std::string> words = {"capture-pane", "-p", "-t", "t"};
    if (escapes) words.emplace_back("-e");
    return Tmux(words);
  }
  void AwaitOnScreen(const std::string& text) {
    try {
      test::Await("\"" + text + "\" on the screen",
                  [&] { return Screen().find(text) != std::string::npos; });
    } catch (const std::exception& error) {
      throw std::runtime_error(std::string(error.what()) + "\n" + Screen());
    }
  }
  // Whether the alternate screen is shown, and the cursor: "1 0" while a full-screen program runs.
  std::string Flags() {
    return Tmux({"display-message", "-p", "-t", "t", "#{alternate_on} #{cursor_flag}"});
  }
  void Signal(int number) {
    const pid_t pid = std::stoi(TextOf(folder_ / "pid"));
    ASSERT_EQ(kill(pid, number), 0);
  }
  // The terminal's modes before and after are the same.
  void ExpectRestored() {
    AwaitOnScreen("left with");
    EXPECT_EQ(Flags(), "0 1\n");
    EXPECT_FALSE(TextOf(folder_ / "before").empty());
    EXPECT_EQ(TextOf(folder_ / "after"), TextOf(folder_ / "before"));
  }

 private:
  std::string Tmux(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"tmux", "-L", "monitor"};
    all.insert(all.end(), words.begin(), words.end());
    const test::Finished done = test::RunProgram(all, environment_);
    if (done.exit_code != 0) throw std::runtime_error("tmux " + words.back() + ": " + done.errors);
    return done.output;
  }

  test::TempDir folder_;
  test::Environment environment_;
};

class Monitor : public testing::Test {
 protected:
  void StartDaemon() {
    daemon_ = std::make_unique<test::Auralisd>(environment_,
                                               std::vector<std::string>{"--device", "virtual"});
  }
  void SetUp() override { StartDaemon(); }
  std::string ValueOf(const std::string& key) { return daemon_->Ctl({"get", key}).output; }
  void AwaitValue(const std::string& key, const std::string& text) {
    test::Await(key + " to be " + text,
                [&] { return ValueOf(key).find(text) != std::string::npos; });
  }

  test::TempDir folder_;
  test::Environment environment_ = {{"AURALIS_SOCKET", folder_ / "s"},
                                    {"XDG_CONFIG_HOME", folder_ / "config"},
                                    {"XDG_STATE_HOME", folder_ / "state"},
                                    {"NO_COLOR", ""}};
  std::unique_ptr<test::Auralisd> daemon_;
};

TEST_F(Monitor, ShowsTheDaemonAndSteersIt) {
  Emulator terminal(environment_);
  terminal.AwaitOnScreen("running");
  terminal.AwaitOnScreen("20k");  // the spectrum has come
  EXPECT_EQ(terminal.Flags(), "1 0\n");
  for (const char* const what : {"in  L", "out L", "dBTP", "LUFS", "limiter", "Adaptation",
                                 "48 kHz", "xruns", "virtual:", "bypass", "quit"}) {
    EXPECT_NE(terminal.Screen().find(what), std::string::npos) << what << terminal.Screen();
  }
  terminal.Type({"/", "ceiling", "Enter", "Enter", "-3 dB", "Enter"});
  AwaitValue("limiter.ceiling", "-3.0 dB");
  terminal.AwaitOnScreen("-3.0 dB");
  terminal.Type({"Left"});
  AwaitValue("limiter.ceiling", "-3.5 dB");
  terminal.Type({"Enter", "9 dB", "Enter"});
  terminal.AwaitOnScreen("limiter.ceiling: 9 dB is above the maximum");
  terminal.Type({"b"});
  AwaitValue("master.bypass", "on");
  terminal.AwaitOnScreen("BYPASS");
  terminal.Type({"u"});
  AwaitValue("master.bypass", "off");
  terminal.Type({"U"});
  AwaitValue("master.bypass", "on");
  // What somebody else does is seen, too.
  daemon_->Set({"master.bypass", "off", "limiter.ceiling", "-6"});
  terminal.AwaitOnScreen("-6.0 dB");
  terminal.Type({"p"});
  terminal.AwaitOnScreen("Fuller low end");
  terminal.Type({"Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Enter"});
  terminal.AwaitOnScreen("preset warm");
  EXPECT_EQ(daemon_->Status().at("preset"), "warm");
  terminal.Type({"q"});
  terminal.ExpectRestored();
  EXPECT_NE(terminal.Screen().find("left with 0"), std::string::npos);
}

// A key begins it with a preset from the list, the same key goes from one to the other; which one
// is heard and its gain stand in the title, also where somebody else did it.
TEST_F(Monitor, ComparesTwoSettings) {
  Emulator terminal(environment_, "screen", "120x30");
  terminal.AwaitOnScreen("running");
  terminal.Type({"a"});
  terminal.AwaitOnScreen("Compare with");
  terminal.Type({"Down", "Down", "Enter"});
  terminal.AwaitOnScreen("A/B: A ");
  terminal.Type({"a"});
  terminal.AwaitOnScreen("A/B: B ");
  const auto state = [&] { return nlohmann::json::parse(daemon_->Ctl({"ab", "--json"}).output); };
  EXPECT_EQ(state().at("heard"), "b");
  const std::string name = state().at("b").at("name");
  terminal.AwaitOnScreen("A/B: B " + name);
  test::Await("the gains", [&] { return state().at("measured_s").get<double>() > 0.0; });
  terminal.AwaitOnScreen(" dB  virtual");
  EXPECT_EQ(daemon_->Ctl({"ab", "a"}).exit_code, 0);
  terminal.AwaitOnScreen("A/B: A ");
  terminal.Type({"a"});
  terminal.AwaitOnScreen("A/B: B " + name);
  terminal.Type({"A"});
  terminal.AwaitOnScreen("A/B: ended");
  terminal.AwaitOnScreen("preset " + name);
  EXPECT_EQ(state().at("on"), false);
  terminal.Type({"x"});
  terminal.AwaitOnScreen("no settings are being compared");
}

TEST_F(Monitor, FollowsTheTerminalsSize) {
  Emulator terminal(environment_);
  terminal.AwaitOnScreen("20k");
  terminal.Resize("140", "50");
  terminal.AwaitOnScreen("equalizers, dB");
  test::Await("a line of 140 columns", [&] {
    return terminal.Screen().find("q quit") != std::string::npos &&
           terminal.Screen().find("multiband") != std::string::npos;
  });
  terminal.Resize("40", "12");
  terminal.AwaitOnScreen("adaptive");
  terminal.Resize("20", "5");
  terminal.AwaitOnScreen("auralisctl monitor n");
  terminal.Resize("80", "24");
  terminal.AwaitOnScreen("20k");
}

TEST_F(Monitor, WaitsForADaemonThatWasKilledOrEnded) {
  Emulator terminal(environment_);
  terminal.AwaitOnScreen("running");
  daemon_->process().Signal(SIGKILL);
  terminal.AwaitOnScreen("trying to connect again");
  terminal.Type({"b"});
  terminal.AwaitOnScreen("there is no daemon to ask");
  daemon_.reset();
  StartDaemon();
  terminal.AwaitOnScreen("running");
  daemon_->Ctl({"quit"});
  terminal.AwaitOnScreen("auralisd has ended");
  daemon_.reset();
  StartDaemon();
  terminal.AwaitOnScreen("running");
  terminal.Type({"b"});
  AwaitValue("master.bypass", "on");
}

TEST_F(Monitor, RestoresTheTerminalHoweverItEnds) {
  for (const int number : {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGSEGV}) {
    Emulator terminal(environment_);
    terminal.AwaitOnScreen("running");
    EXPECT_EQ(terminal.Flags(), "1 0\n");
    terminal.Signal(number);
    terminal.ExpectRestored();
  }
  Emulator terminal(environment_);
  terminal.AwaitOnScreen("running");
  terminal.Type({"C-c"});
  terminal.ExpectRestored();
}

TEST_F(Monitor, DoesWithFewColoursNoneAndAscii) {
  {
    Emulator terminal(environment_, "xterm");  // eight
    terminal.AwaitOnScreen("20k");
    EXPECT_NE(terminal.Screen(true).find("\x1b[32m"), std::string::npos);
  }
  {
    Emulator terminal(environment_, "vt100");  // none
    terminal.AwaitOnScreen("20k");
    EXPECT_EQ(terminal.Screen(true).find("\x1b[32m"), std::string::npos);
  }
  test::Environment plain = environment_;
  plain["LC_ALL"] = "C";
  Emulator terminal(plain);
  terminal.AwaitOnScreen("20k");
  for (const char c : terminal.Screen()) ASSERT_TRUE(static_cast<unsigned char>(c) < 0x80U);
  EXPECT_NE(terminal.Screen().find("##"), std::string::npos);
}

TEST_F(Monitor, SaysWhatItNeeds) {
  const test::Finished piped = daemon_->Ctl({"monitor"});
  EXPECT_EQ(piped.exit_code, 64);
  EXPECT_NE(piped.errors.find("monitor needs a terminal"), std::string::npos) << piped.errors;
  Emulator terminal(environment_, "no-such-terminal");
  terminal.AwaitOnScreen("nothing is known of a terminal of the kind \"no-such-terminal\"");
  terminal.AwaitOnScreen("left with 64");
  Emulator dumb(environment_, "dumb");
  dumb.AwaitOnScreen("cannot move its cursor");
  dumb.AwaitOnScreen("left with 64");
  daemon_.reset();
  Emulator alone(environment_);
  alone.AwaitOnScreen("left with 69");
  EXPECT_NE(alone.Screen().find("is not running"), std::string::npos);
}

}  // namespace
}  // namespace auralis
