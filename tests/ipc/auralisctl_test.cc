// auralisctl as people and scripts run it: arguments in, output and exit code out.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "dsp/product_chain.h"
#include "ipc/unix_socket.h"
#include "tests/ipc/support/test_server.h"
#include "tests/support/process.h"

namespace auralis {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Finished;
using test::Process;
using test::TestServer;

// One daemon for a test, and the program that talks to it.
class Auralisctl : public testing::Test {
 protected:
  std::vector<std::string> Command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {AURALISCTL, "--socket", server_.path().string()});
    return arguments;
  }
  Finished Ctl(const std::vector<std::string>& arguments) const {
    return test::RunProgram(Command(arguments));
  }

  TestServer server_;
};

// Publishes at 60 Hz while it lives, as the analysis thread does.
class Publisher {
 public:
  explicit Publisher(TestServer& server)
      : thread_([this, &server] {
          while (!stop_) {
            server.Publish(test::SomeFrame());
            std::this_thread::sleep_for(milliseconds(16));
          }
        }) {}
  ~Publisher() {
    stop_ = true;
    thread_.join();
  }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

std::size_t LinesOf(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(Auralisctl, ShowsStatus) {
  const Finished text = Ctl({"status"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.output.find("virtual: nothing -> nowhere"), std::string::npos);
  EXPECT_NE(text.output.find("48000 Hz, 256 frames a buffer, 64 a block"), std::string::npos);
  EXPECT_NE(text.output.find("72 frames (1.50 ms)"), std::string::npos);
  EXPECT_NE(text.output.find("1 h 2 min 3 s"), std::string::npos);
  const json status = json::parse(Ctl({"status", "--json"}).output);
  EXPECT_EQ(status["xruns"], 3);
  EXPECT_EQ(status["bypass"], true);
  EXPECT_EQ(status["uptime_s"], 3723.5);
  EXPECT_EQ(status["clients"], 1);
}

TEST_F(Auralisctl, ShowsInfo) {
  const Finished text = Ctl({"info"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.output.find("AVX2"), std::string::npos);
  EXPECT_EQ(json::parse(Ctl({"--json", "info"}).output)["pid"], 4242);
}

TEST_F(Auralisctl, ListsParameters) {
  const Finished all = Ctl({"params"});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_EQ(LinesOf(all.output), ParamRegistry::size() + 1);
  const Finished some = Ctl({"params", "input.*"});
  EXPECT_EQ(LinesOf(some.output), 5U);
  EXPECT_NE(some.output.find("Gain ahead of every other stage."), std::string::npos);
  const json list = json::parse(Ctl({"params", "input.gain", "--json"}).output);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["key"], "input.gain");
  EXPECT_EQ(list[0]["min"], -36.0);
  EXPECT_EQ(Ctl({"params", "nothing.*"}).exit_code, 65);
}

TEST_F(Auralisctl, SetsAndGets) {
  const Finished set = Ctl({"set", "input.gain", "-3 dB", "master.bypass", "on"});
  EXPECT_EQ(set.exit_code, 0) << set.errors;
  EXPECT_EQ(set.output, "input.gain = -3.0 dB\nmaster.bypass = on\n");
  EXPECT_EQ(Ctl({"get", "input.gain"}).output, "input.gain = -3.0 dB\n");
  EXPECT_EQ(LinesOf(Ctl({"get", "input.*", "master.bypass"}).output), 5U);
  const json values = json::parse(Ctl({"get", "input.gain", "--json"}).output);
  EXPECT_EQ(values["input.gain"]["value"], -3.0);
  EXPECT_EQ(values["input.gain"]["unit"], "dB");
}

TEST_F(Auralisctl, TakesNegativeNumbersAsTheyAre) {
  const auto value_after = [&](const std::string& value) {
    const Finished set = Ctl({"set", "input.balance", value, "--json"});
    EXPECT_EQ(set.exit_code, 0) << value << ": " << set.errors;
    return set.exit_code == 0 ? json::parse(set.output)["input.balance"]["value"].get<double>()
                              : 99.0;
  };
  EXPECT_EQ(value_after("-1"), -1.0);
  EXPECT_EQ(value_after("-0.25"), -0.25);
  EXPECT_EQ(value_after("-.5"), -0.5);
  EXPECT_EQ(value_after("-1e-1"), -0.1);
}

TEST_F(Auralisctl, RefusesAllOfASetForOneWrongValue) {
  const Finished set = Ctl({"set", "input.gain", "-3", "input.balance", "7"});
  EXPECT_EQ(set.exit_code, 65);
  EXPECT_EQ(set.output, "");
  for (const char* part : {"input.balance", "7", "-1", "1"}) {
    EXPECT_NE(set.errors.find(part), std::string::npos) << set.errors;
  }
  EXPECT_EQ(Ctl({"get", "input.gain"}).output, "input.gain = 0.0 dB\n");
}

TEST_F(Auralisctl, NamesSimilarKeys) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"set", "input.gian", "1"}, {"get", "input.gian"}}) {
    const Finished refused = Ctl(arguments);
    EXPECT_EQ(refused.exit_code, 65);
    EXPECT_NE(refused.errors.find("input.gian"), std::string::npos) << refused.errors;
    EXPECT_NE(refused.errors.find("input.gain"), std::string::npos) << refused.errors;
  }
}

TEST_F(Auralisctl, Bypasses) {
  EXPECT_EQ(Ctl({"bypass", "on"}).output, "master.bypass = on\n");
  EXPECT_EQ(Ctl({"bypass", "toggle"}).output, "master.bypass = off\n");
  EXPECT_EQ(Ctl({"bypass", "toggle"}).output, "master.bypass = on\n");
  EXPECT_EQ(Ctl({"bypass", "off"}).output, "master.bypass = off\n");
}

TEST_F(Auralisctl, EndsWith64ForWrongUsage) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"frobnicate"},
           {"get"},
           {"set"},
           {"set", "input.gain"},
           {"set", "input.gain", "-3", "dB"},
           {"bypass", "maybe"},
           {"watch"},
           {"watch", "weather"},
           {"watch", "meters", "--rate", "0"},
           {"watch", "meters", "--rate", "121"},
           {"watch", "meters", "--count", "0"},
           {"status", "--frobnicate"},
       }) {
    const Finished refused = Ctl(arguments);
    EXPECT_EQ(refused.exit_code, 64) << (arguments.empty() ? "nothing" : arguments.back());
    EXPECT_FALSE(refused.errors.empty());
    EXPECT_EQ(refused.output, "");
  }
}

TEST_F(Auralisctl, SaysWhatWouldHaveBeenRight) {
  EXPECT_NE(Ctl({"watch", "weather"}).errors.find("{params,meters,spectrum,adaptation,events}"),
            std::string::npos);
  EXPECT_NE(Ctl({"bypass", "maybe"}).errors.find("{on,off,toggle}"), std::string::npos);
  EXPECT_NE(Ctl({"watch", "meters", "--rate", "121"}).errors.find("range 1.000000 to 120.000000"),
            std::string::npos);
}

TEST_F(Auralisctl, NamesACommandThatDoesNotExist) {
  EXPECT_EQ(Ctl({"show"}).errors,
            "auralisctl: show: there is no such command (did you mean: auralisctl preset show?)\n");
  const std::string said = Ctl({"preset", "frob", "status"}).errors;
  EXPECT_TRUE(said.starts_with("auralisctl: frob: there is no such command (there are: ")) << said;
  EXPECT_NE(said.find("load, next, "), std::string::npos) << said;
  EXPECT_EQ(Ctl({"status", "--frobnicate"}).errors.find("command"), std::string::npos);
}

TEST_F(Auralisctl, HelpsWithExamplesEverywhere) {
  for (const std::string command :
       {"", "status", "info", "params", "get", "set", "bypass", "watch"}) {
    std::vector<std::string> arguments = {AURALISCTL};
    if (!command.empty()) arguments.push_back(command);
    arguments.push_back("--help");
    const Finished help = test::RunProgram(arguments);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.output.find("Examples:\n  auralisctl"), std::string::npos) << help.output;
  }
  const Finished version = test::RunProgram({AURALISCTL, "--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.output.substr(0, 11), "auralisctl ");
}

TEST(AuralisctlAlone, SaysHowToStartTheDaemon) {
  const test::TempDir folder;
  const std::string socket = folder / "none.sock";
  const Finished missing = test::RunProgram({AURALISCTL, "--socket", socket, "status"});
  EXPECT_EQ(missing.exit_code, 69);
  EXPECT_EQ(missing.output, "");
  EXPECT_EQ(missing.errors, "auralisctl: auralisd is not running at " + socket +
                                ": start it with `auralisd` or "
                                "`systemctl --user start auralisd`\n");
}

TEST(AuralisctlAlone, EndsWith69ForADaemonThatTalksNonsense) {
  const test::TempDir folder;
  ipc::SocketFile socket(folder / "s");
  const int listener = socket.Release();
  Process client({AURALISCTL, "--socket", folder / "s", "status"});
  pollfd caller{listener, POLLIN, 0};
  ASSERT_EQ(poll(&caller, 1, 20000), 1);
  const int connection = accept(listener, nullptr, nullptr);
  EXPECT_EQ(send(connection, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL), 4);
  EXPECT_EQ(client.WaitFor(seconds(20)), 69);
  EXPECT_EQ(client.errors(), "auralisctl: the daemon sent a frame of 4294967295 bytes\n");
  close(connection);
  close(listener);
}

TEST_F(Auralisctl, FindsTheSocketInTheEnvironment) {
  const Finished found =
      test::RunProgram({AURALISCTL, "info"}, {{"AURALIS_SOCKET", server_.path().string()}});
  EXPECT_EQ(found.exit_code, 0) << found.errors;
}

TEST_F(Auralisctl, WatchesMetersLineByLine) {
  const Publisher publisher(server_);
  const Finished text = Ctl({"watch", "meters", "--rate", "60", "--count", "5"});
  EXPECT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_EQ(LinesOf(text.output), 5U);
  EXPECT_EQ(text.output.find('\x1b'), std::string::npos);
  EXPECT_NE(text.output.find("LUFS, GR 2.5 dB\n"), std::string::npos) << text.output;

  const Finished lines = Ctl({"watch", "meters", "--json", "--count", "2"});
  ASSERT_EQ(LinesOf(lines.output), 2U);
  const json first = json::parse(lines.output.substr(0, lines.output.find('\n')));
  const AnalysisFrame frame = test::SomeFrame();
  EXPECT_EQ(first["input"]["peak_dbfs"][1], static_cast<double>(frame.input.peak_dbfs[1]));
  EXPECT_EQ(first["output"]["momentary_lufs"], static_cast<double>(frame.output.momentary_lufs));
  EXPECT_EQ(first["leveler_gain_db"], -1.25);
  const auto& reductions = first["gain_reductions_db"];
  ASSERT_EQ(reductions.size(), ProductChain::kReductionCount);
  for (std::size_t i = 0; i < ProductChain::kReductionCount; ++i) {
    EXPECT_EQ(reductions[ProductChain::kReductions[i].Name()],
              static_cast<double>(frame.gain_reductions_db[i]));
  }
  EXPECT_EQ(first["limiter_gain_reduction_db"], 2.5);
  EXPECT_EQ(reductions["limiter"], 2.5);
  EXPECT_TRUE(reductions.contains("multiband.band6"));
}

TEST_F(Auralisctl, LoadsAResponseByItsAbsolutePathAndTakesItOut) {
  const Finished loaded = Ctl({"convolver", "load", "rooms/hall.wav", "--json"});
  EXPECT_EQ(loaded.exit_code, 0) << loaded.errors;
  const json reply = json::parse(loaded.output);
  EXPECT_TRUE(std::filesystem::path(reply["path"].get<std::string>()).is_absolute());
  EXPECT_TRUE(reply["path"].get<std::string>().ends_with("rooms/hall.wav"));
  EXPECT_EQ(reply["frames"], 4800);
  EXPECT_NE(Ctl({"convolver", "load", "hall.wav"}).output.find("1.5 MB"), std::string::npos);
  const Finished bad = Ctl({"convolver", "load", "bad.wav"});
  EXPECT_EQ(bad.exit_code, 65);
  EXPECT_NE(bad.errors.find("bad.wav: is bad"), std::string::npos) << bad.errors;
  EXPECT_EQ(Ctl({"convolver", "clear"}).output, "no response is loaded\n");
  EXPECT_EQ(Ctl({"convolver"}).exit_code, 64);
  EXPECT_EQ(Ctl({"convolver", "load"}).exit_code, 64);
  EXPECT_EQ(Ctl({"convolver", "load", ""}).exit_code, 64);
}

TEST_F(Auralisctl, TellsAboutAdaptationAndSteersIt) {
  const Finished told = Ctl({"adaptation"});
  EXPECT_EQ(told.exit_code, 0) << told.errors;
  EXPECT_EQ(told.output, "follows\ncuts 1.2 dB at 122 Hz\n");
  const json report = json::parse(Ctl({"adaptation", "--json"}).output);
  EXPECT_EQ(report.at("doing"), "following");
  EXPECT_EQ(report.at("zones").at(0).at("name"), "bass");
  EXPECT_EQ(Ctl({"adaptation", "freeze"}).output, "0 \n");
  EXPECT_EQ(Ctl({"adaptation", "thaw"}).output, "1 \n");
  EXPECT_EQ(Ctl({"adaptation", "relearn"}).output, "2 \n");
  EXPECT_EQ(Ctl({"adaptation", "release"}).output, "3 \n");
  EXPECT_EQ(Ctl({"adaptation", "release", "stereo.*"}).output, "3 stereo.*\n");
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(json::parse(Ctl({"reference", "song.flac", "--json"}).output).at("story").at(0),
            "4 " + here + "/song.flac");
  EXPECT_EQ(json::parse(Ctl({"reference", "clear", "--json"}).output).at("story").at(0), "4 ");
  EXPECT_EQ(json::parse(Ctl({"calibrate", "/music", "--json"}).output).at("story").at(0),
            "5 /music");
  EXPECT_EQ(Ctl({"reference", ""}).exit_code, 64);
  EXPECT_EQ(Ctl({"adaptation", "thraw"}).exit_code, 64);
  const Publisher publisher(server_);
  const Finished watched = Ctl({"watch", "adaptation", "--count", "3", "--rate", "30", "--json"});
  EXPECT_EQ(LinesOf(watched.output), 3U);
  EXPECT_EQ(json::parse(watched.output.substr(0, watched.output.find('\n'))).at("doing"),
            "following");
}

TEST_F(Auralisctl, WatchesTheSpectrum) {
  const Publisher publisher(server_);
  const Finished lines = Ctl({"watch", "spectrum", "--json", "--count", "1"});
  EXPECT_EQ(json::parse(lines.output)["output_dbfs"].size(), kSpectrumBands);
}

TEST_F(Auralisctl, EndsQuietlyWhenItsReaderHasEnough) {
  const Publisher publisher(server_);
  const std::string command = std::string(AURALISCTL) + " --socket " + server_.path().string() +
                              " watch meters | head -n 2; echo ${PIPESTATUS[0]}";
  const Finished piped = test::RunProgram({"/bin/bash", "-c", command});
  EXPECT_EQ(LinesOf(piped.output), 3U);
  EXPECT_EQ(piped.output.substr(piped.output.size() - 3), "\n0\n");
  EXPECT_EQ(piped.errors, "");
}

TEST_F(Auralisctl, EndsWithZeroWhenTheDaemonSaysGoodbye) {
  Process watch(Command({"watch", "meters"}));
  {
    const Publisher publisher(server_);
    ASSERT_TRUE(watch.AwaitOutput("LUFS", seconds(5)));
  }
  server_.Close("SIGTERM");
  EXPECT_EQ(watch.WaitFor(seconds(5)), 0);
  EXPECT_EQ(watch.errors(), "auralisctl: auralisd has ended: SIGTERM\n");
}

TEST_F(Auralisctl, EndsWithZeroAtASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Process watch(Command({"watch", "meters"}));
    const Publisher publisher(server_);
    ASSERT_TRUE(watch.AwaitOutput("LUFS", seconds(5)));
    watch.Signal(signal);
    EXPECT_EQ(watch.WaitFor(seconds(5)), 0);
    EXPECT_EQ(watch.errors(), "");
  }
}

// `script` gives it a terminal.
TEST_F(Auralisctl, RepaintsOnATerminalAndGivesTheCursorBack) {
  const Publisher publisher(server_);
  const std::string ctl = std::string(AURALISCTL) + " --socket " + server_.path().string();
  // `exec`: a shell that waits in front of the client would take Ctrl-C for itself.
  const auto on_terminal = [](const std::string& command) {
    return std::vector<std::string>{"script", "-qec", "exec " + command, "/dev/null"};
  };
  const Finished painted = test::RunProgram(on_terminal(ctl + " watch meters --count 4"),
                                            {{"TERM", "xterm"}, {"LC_ALL", "C.UTF-8"}});
  EXPECT_EQ(painted.exit_code, 0);
  const std::string& out = painted.output;
  const std::size_t hidden = out.find("\x1b[?25l");
  EXPECT_NE(hidden, std::string::npos);
  EXPECT_NE(out.find("\x1b[10A"), std::string::npos) << "ten lines, painted over";
  EXPECT_GT(out.rfind("\x1b[?25h"), out.rfind("\x1b[10A"));
  EXPECT_NE(out.find("virtual: nothing"), std::string::npos);
  EXPECT_NE(out.find("█"), std::string::npos);

  const Finished sober = test::RunProgram(on_terminal(ctl + " watch meters --count 2"),
                                          {{"TERM", "xterm"}, {"NO_COLOR", "1"}, {"LC_ALL", "C"}});
  EXPECT_EQ(sober.output.find("\x1b[3"), std::string::npos) << "a colour";
  EXPECT_EQ(sober.output.find("█"), std::string::npos);

  Process interrupted(on_terminal(ctl + " watch meters"), {{"TERM", "xterm"}});
  ASSERT_TRUE(interrupted.AwaitOutput("LUFS", seconds(5)));
  interrupted.WriteLine("\x03");
  EXPECT_EQ(interrupted.WaitFor(seconds(5)), 0);
  EXPECT_NE(interrupted.output().find("\x1b[?25h"), std::string::npos);
}

}  // namespace
}  // namespace auralis
