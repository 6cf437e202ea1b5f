#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace auralis::ctl {

// Who read our standard output has enough of it (`| head`): nothing failed.
class OutputClosed {};

// Writes all of it to standard output. Throws OutputClosed, std::runtime_error.
void Print(std::string_view text);
// Lines of columns, each as wide as its widest cell.
void PrintColumns(const std::vector<std::vector<std::string>>& rows);

// What standard output can show, asked of the terminal and the environment at every call.
struct Terminal {
  bool is_terminal = false;
  bool colour = false;  // off where NO_COLOR is set or TERM is "dumb"
  bool utf8 = false;    // the locale says so
  std::size_t columns = 80;
};
Terminal LookAtTerminal();

// Makes Ctrl-C, SIGTERM and SIGHUP end the current wait instead of the program.
void CatchSignals();
bool SignalCaught();

// A block of lines that is painted over itself. Hides the cursor while it lives.
class Repainter {
 public:
  Repainter();
  ~Repainter();
  Repainter(const Repainter&) = delete;
  Repainter& operator=(const Repainter&) = delete;

  // `block` has a newline at the end of each line, and none is wider than the terminal.
  void Paint(std::string_view block);

 private:
  std::size_t lines_ = 0;
};

}  // namespace auralis::ctl
