#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace auralis::test {

// Added to our own environment, or taken out of it where the value is "".
using Environment = std::map<std::string, std::string>;

// A program in a process group of its own. It ends with this object, with whatever it started, and
// also if the test itself is killed: no test leaves a process behind.
class Process {
 public:
  // Throws std::runtime_error when the program is not there.
  explicit Process(const std::vector<std::string>& arguments, const Environment& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool IsRunning() { return !TryReap(); }
  void Signal(int signal);
  void WriteLine(const std::string& line);  // to its standard input
  void CloseInput();

  // Exit code, or minus the signal that ended it; nothing when the time is up.
  std::optional<int> WaitFor(std::chrono::milliseconds timeout);
  // True once its output, or its errors, hold `text`; false when it ended or the time is up.
  bool AwaitOutput(const std::string& text, std::chrono::milliseconds timeout);

  // So far, and after the end.
  std::string output() const;
  std::string errors() const;

 private:
  bool TryReap();

  int input_fd_ = -1;
  int output_fd_ = -1;
  int errors_fd_ = -1;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct Finished {
  int exit_code;  // or minus the signal
  std::string output;
  std::string errors;
};

// Runs to the end. Throws std::runtime_error, with the output so far, when that takes longer.
Finished RunProgram(const std::vector<std::string>& arguments, const Environment& environment = {},
                    std::chrono::milliseconds timeout = std::chrono::seconds(20));

// Asks until the answer is yes. Throws std::runtime_error saying what was awaited.
void Await(const std::string& what, const std::function<bool()>& answer,
           std::chrono::milliseconds timeout = std::chrono::seconds(15));

// Throws std::runtime_error that names the Debian package when the program is not in the path.
void RequireProgram(const std::string& program, const std::string& package);

}  // namespace auralis::test
