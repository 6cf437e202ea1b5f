#include "ipc/monitor/screen.h"

// The wide functions, and none of the macros that are called like members of std.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "ipc/auralisctl_commands.h"
#include "ipc/auralisctl_terminal.h"

namespace auralis::ctl {
namespace {

// What a signal handler needs to put the terminal back with nothing but write() and tcsetattr().
termios before{};
std::array<char, 256> farewell{};
std::size_t farewell_size = 0;

// By terminfo's name.
void AddToFarewell(const char* name) {
  const char* const capability = tigetstr(name);
  if (capability == nullptr || reinterpret_cast<std::intptr_t>(capability) == -1) return;
  const std::size_t size = std::strlen(capability);
  if (farewell_size + size > farewell.size()) return;
  std::memcpy(farewell.data() + farewell_size, capability, size);
  farewell_size += size;
}

extern "C" void RestoreAndDie(int number) {
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, farewell.data(), farewell_size);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

// Those that end the program without unwinding. SIGINT, SIGTERM and SIGHUP are asked for in the
// loop.
void RestoreOnFatalSignals() {
  struct sigaction action {};
  action.sa_handler = RestoreAndDie;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int number : {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    sigaction(number, &action, nullptr);
  }
}

chtype AttributesOf(const Style& style) {
  return (style.bold ? A_BOLD : 0U) | (style.dim ? A_DIM : 0U) | (style.reverse ? A_REVERSE : 0U);
}

std::optional<SpecialKey> SpecialOf(wint_t code) {
  switch (code) {
    case KEY_UP:
      return SpecialKey::kUp;
    case KEY_DOWN:
      return SpecialKey::kDown;
    case KEY_LEFT:
      return SpecialKey::kLeft;
    case KEY_RIGHT:
      return SpecialKey::kRight;
    case KEY_SLEFT:
      return SpecialKey::kFineLeft;
    case KEY_SRIGHT:
      return SpecialKey::kFineRight;
    case KEY_PPAGE:
      return SpecialKey::kPageUp;
    case KEY_NPAGE:
      return SpecialKey::kPageDown;
    case KEY_BTAB:
      return SpecialKey::kPreviousStage;
    case KEY_ENTER:
      return SpecialKey::kEnter;
    case KEY_BACKSPACE:
    case KEY_DC:
      return SpecialKey::kBackspace;
    case KEY_F(1):
      return SpecialKey::kHelp;
    default:
      return std::nullopt;
  }
}

Key KeyOf(wint_t letter) {
  switch (letter) {
    case L'\t':
      return SpecialKey::kNextStage;
    case L'\r':
    case L'\n':
      return SpecialKey::kEnter;
    case 0x1B:
      return SpecialKey::kEscape;
    case 0x08:
    case 0x7F:
      return SpecialKey::kBackspace;
    default:
      return static_cast<char32_t>(letter);
  }
}

}  // namespace

Screen::Screen() {
  const Terminal terminal = LookAtTerminal();  // sets the locale, which ncurses reads
  if (!terminal.is_terminal || isatty(STDIN_FILENO) != 1) {
    throw UsageError(
        "monitor needs a terminal; `auralisctl watch meters` writes lines to anything");
  }
  look_.utf8 = terminal.utf8;
  tcgetattr(STDIN_FILENO, &before);
  if (newterm(nullptr, stdout, stdin) == nullptr) {
    const char* const type = std::getenv("TERM");
    throw UsageError("nothing is known of a terminal of the kind \"" +
                     std::string(type == nullptr ? "" : type) +
                     "\" (TERM): is ncurses-base installed?");
  }
  if (tigetstr("cup") == nullptr) {
    endwin();
    throw UsageError(
        "this kind of terminal (TERM) cannot move its cursor; `auralisctl watch meters` does "
        "without");
  }
  farewell_size = 0;
  AddToFarewell("sgr0");
  AddToFarewell("cnorm");
  AddToFarewell("rmkx");
  AddToFarewell("rmcup");
  RestoreOnFatalSignals();
  set_escdelay(25);  // Escape alone is Escape at once; sequences come faster than that
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  curs_set(0);
  if (terminal.colour) StartColours();
}

Screen::~Screen() {
  endwin();
  for (const int number : {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(number, SIG_DFL);
  }
}

void Screen::StartColours() {
  has_colours_ = has_colors() && start_color() == OK && COLORS >= 8;
  if (!has_colours_) return;
  const short background = use_default_colors() == OK ? -1 : COLOR_BLACK;
  constexpr std::array<short, kColours> kNumbers = {
      -1, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE, COLOR_MAGENTA, COLOR_CYAN, COLOR_WHITE};
  for (std::size_t i = 1; i < kColours; ++i) {
    init_pair(static_cast<short>(i), kNumbers[i], background);
  }
}

Size Screen::size() const {
  return {static_cast<std::size_t>(std::max(getmaxy(stdscr), 1)),
          static_cast<std::size_t>(std::max(getmaxx(stdscr), 1))};
}

void Screen::Show(const Frame& frame) {
  const Size size = frame.size();
  for (std::size_t row = 0; row < size.rows; ++row) {
    for (std::size_t column = 0; column < size.columns; ++column) {
      const Cell& cell = frame.at(row, column);
      if (cell.glyph == 0) continue;  // the one before takes it
      // Without UTF-8 the terminal shows ASCII, whatever names hold.
      const bool shown = look_.utf8 || cell.glyph < 0x80;
      const std::array<wchar_t, 2> text = {shown ? static_cast<wchar_t>(cell.glyph) : L'?', L'\0'};
      const auto pair = static_cast<short>(has_colours_ ? cell.style.colour : Colour::kNone);
      cchar_t drawn{};
      setcchar(&drawn, text.data(), AttributesOf(cell.style), pair, nullptr);
      mvadd_wch(static_cast<int>(row), static_cast<int>(column), &drawn);
    }
  }
  refresh();
}

void Screen::Redraw() { clearok(stdscr, TRUE); }

std::optional<Key> Screen::NextKey() {
  for (;;) {
    wint_t code = 0;
    const int kind = get_wch(&code);
    if (kind == ERR) return std::nullopt;
    if (kind == OK) return KeyOf(code);
    if (const auto special = SpecialOf(code)) return *special;
    // KEY_RESIZE: ncurses has taken it in. Of other keys nobody makes use.
  }
}

}  // namespace auralis::ctl
