// Shell completion, asked through real shells.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/process.h"

namespace auralis {
namespace {

std::string Output(const std::string& shell, const std::string& script) {
  test::RequireProgram(shell, shell);
  const std::string folder = std::filesystem::path(AURALISCTL).parent_path().string();
  const std::string set_path =
      shell == "fish" ? "set -x PATH " + folder + " $PATH; " : "export PATH=" + folder + ":$PATH; ";
  const test::Finished done = test::RunProgram({shell, "-c", set_path + script});
  EXPECT_EQ(done.exit_code, 0) << done.errors;
  return done.output;
}

// What bash would offer for the words of `line`.
std::string Bash(const std::string& line) {
  return Output("bash", "source <(auralisctl completion bash); COMP_WORDS=(" + line +
                            "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _auralisctl; "
                            "printf '%s,' \"${COMPREPLY[@]}\"");
}

TEST(Completion, InBashOffersCommandsKeysAndChoices) {
  EXPECT_EQ(Bash("auralisctl re"), "redo,reference,reset,");
  EXPECT_EQ(Bash("auralisctl adaptation th"), "thaw,");
  EXPECT_EQ(Bash("auralisctl preset load fla"), "flat,");
  EXPECT_EQ(Bash("auralisctl get limiter.ceil"), "limiter.ceiling,");
  EXPECT_EQ(Bash("auralisctl set equalizer.band1.type bel"), "bell,");
  EXPECT_EQ(Bash("auralisctl set input.gain 3 master.byp"), "master.bypass,");
  EXPECT_EQ(Bash("auralisctl set master.bypass ''"), "on,off,toggle,");
  EXPECT_EQ(Bash("auralisctl watch e"), "events,");
  EXPECT_EQ(Bash("auralisctl midi le"), "learn,");
  EXPECT_EQ(Bash("auralisctl ab to"), "toggle,");
  EXPECT_EQ(Bash("auralisctl ab warm ni"), "night,");
  EXPECT_EQ(Bash("auralisctl midi learn preset-n"), "preset-next,");
  EXPECT_EQ(Bash("auralisctl midi unmap limiter.ceil"), "limiter.ceiling,");
}

TEST(Completion, InFishOffersCommandsKeysAndChoices) {
  const std::string load = "auralisctl completion fish | source; complete -C ";
  EXPECT_EQ(Output("fish", load + "'auralisctl get limiter.ceil'"), "limiter.ceiling\n");
  EXPECT_EQ(Output("fish", load + "'auralisctl set equalizer.band1.type bel'"), "bell\n");
  EXPECT_EQ(Output("fish", load + "'auralisctl watch e'"), "events\n");
}

// compadd only works inside zsh's editor; here it prints what it would be given.
TEST(Completion, InZshOffersCommandsKeysAndChoices) {
  const std::string load =
      "compdef() { }; compadd() { print -l $candidates }; source <(auralisctl completion zsh); ";
  EXPECT_NE(Output("zsh", load + "words=(auralisctl get lim); CURRENT=3; _auralisctl")
                .find("limiter.ceiling\n"),
            std::string::npos);
  EXPECT_EQ(Output("zsh", load + "words=(auralisctl set master.bypass o); CURRENT=4; _auralisctl"),
            "on\noff\ntoggle\n");
}

}  // namespace
}  // namespace auralis
