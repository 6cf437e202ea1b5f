#pragma once

#include <cstddef>
#include <optional>

#include "ipc/monitor/controls.h"
#include "ipc/monitor/frame.h"
#include "ipc/monitor/layout.h"

namespace auralis::ctl {

// The terminal as ncurses has it. One at a time in a process. While it lives the terminal shows
// frames; its end, and the end of the process by any signal that can be caught, leaves it as it
// was.
class Screen {
 public:
  // Throws UsageError where standard input or output is no terminal, or of a kind that
  // nobody knows.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  Size size() const;
  Look look() const { return look_; }
  // Sends what differs from the last frame.
  void Show(const Frame& frame);
  // Sends everything, for a terminal that somebody else wrote to.
  void Redraw();
  // What was pressed, at once; nothing where nothing was. Changes of size are taken in on the way.
  std::optional<Key> NextKey();

 private:
  void StartColours();

  Look look_;
  bool has_colours_ = false;
};

}  // namespace auralis::ctl
