#include "ipc/auralisctl_terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <system_error>

namespace auralis::ctl {
namespace {

volatile std::sig_atomic_t signal_caught = 0;

constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

}  // namespace

void Print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw OutputClosed();
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
    }
  }
}

Terminal LookAtTerminal() {
  Terminal terminal;
  terminal.is_terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const char* type = std::getenv("TERM");
  const bool dumb = type == nullptr || std::string_view(type) == "dumb";
  terminal.colour = terminal.is_terminal && !dumb && (no_color == nullptr || *no_color == '\0');
  std::setlocale(LC_CTYPE, "");
  terminal.utf8 = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = size.ws_col;
  }
  return terminal;
}

void CatchSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { signal_caught = 1; };  // no SA_RESTART: waits end
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

bool SignalCaught() { return signal_caught != 0; }

Repainter::Repainter() { Print(kHideCursor); }

Repainter::~Repainter() {
  try {
    Print(kShowCursor);
  } catch (...) {  // nobody is there to see a cursor
    return;
  }
}

void Repainter::Paint(std::string_view block) {
  std::string out;
  if (lines_ > 0) out += "\x1b[" + std::to_string(lines_) + "A";
  lines_ = static_cast<std::size_t>(std::count(block.begin(), block.end(), '\n'));
  while (!block.empty()) {
    const std::size_t end = std::min(block.find('\n'), block.size() - 1);
    out.append("\r").append(block.substr(0, end)).append(kClearLine).append("\n");
    block.remove_prefix(end + 1);
  }
  out += kClearBelow;
  Print(out);
}

void PrintColumns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size() + 2);
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    std::size_t end = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.resize(std::max(line.size(), end += widths[i]), ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  Print(text);
}

}  // namespace auralis::ctl
