#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "daemon/render/render_file.h"

namespace auralis::render {

// One line on a terminal: how much is done, how fast, how long it will take.
class ProgressBar {
 public:
  void Show(const std::deque<Progress>& progress, std::size_t files_done);
  void Clear();

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool shown_ = false;
};

// "[#####-----] 52 %  3 of 10 files  85 x real time  0:12 left". `music_s` are those done and
// all there are, 0 where that is not known. `columns` of the terminal.
std::string ProgressLine(double done_music_s, double all_music_s, double elapsed_s,
                         std::size_t files_done, std::size_t files, std::size_t columns);

}  // namespace auralis::render
