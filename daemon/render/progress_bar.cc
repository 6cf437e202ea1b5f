#include "daemon/render/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "daemon/render/report.h"

namespace auralis::render {
namespace {

std::size_t Columns() {
  winsize size{};
  constexpr std::size_t kUsual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace

std::string ProgressLine(double done_music_s, double all_music_s, double elapsed_s,
                         std::size_t files_done, std::size_t files, std::size_t columns) {
  const double speed = elapsed_s > 0.0 ? done_music_s / elapsed_s : 0.0;
  std::array<char, 160> text{};
  std::string line;
  if (all_music_s > 0.0) {
    const double share = std::min(1.0, done_music_s / all_music_s);
    constexpr std::size_t kWidth = 24;
    const auto full = static_cast<std::size_t>(share * static_cast<double>(kWidth));
    line = "[" + std::string(full, '#') + std::string(kWidth - full, '-') + "] ";
    std::snprintf(text.data(), text.size(), "%3.0f %%  ", std::floor(100.0 * share));
    line += text.data();
  } else {
    line = TimeText(done_music_s) + "  ";
  }
  if (files > 1) line += std::to_string(files_done) + " of " + std::to_string(files) + " files  ";
  std::snprintf(text.data(), text.size(), "%.0f x real time", speed);
  line += text.data();
  if (all_music_s > 0.0 && speed > 0.0) {
    line += "  " + TimeText(std::max(0.0, all_music_s - done_music_s) / speed) + " left";
  }
  return line.substr(0, columns > 0 ? columns - 1 : 0);
}

void ProgressBar::Show(const std::deque<Progress>& progress, std::size_t files_done) {
  double done_s = 0.0;
  double all_s = 0.0;
  std::size_t known = 0;
  for (const Progress& one : progress) {
    const double rate = one.sample_rate_hz;
    if (!(rate > 0.0)) continue;
    done_s += static_cast<double>(one.done_frames) / rate;
    if (one.total_frames == 0) continue;
    all_s += static_cast<double>(one.total_frames) / rate;
    ++known;
  }
  // Files that are not open yet count as the others do in the mean.
  if (known > 0) {
    all_s *= static_cast<double>(progress.size()) / static_cast<double>(known);
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began_;
  std::fprintf(
      stderr, "\r\033[K%s",
      ProgressLine(done_s, all_s, elapsed.count(), files_done, progress.size(), Columns()).c_str());
  std::fflush(stderr);
  shown_ = true;
}

void ProgressBar::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace auralis::render
