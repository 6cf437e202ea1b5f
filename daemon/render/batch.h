#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "daemon/render/render_file.h"

namespace auralis::render {

// A file of a run, and how it went.
struct Done {
  Job job;
  Outcome outcome = {};
  double took_s = 0.0;
  std::string error = {};  // "" where it is rendered
  int exit_code = 0;
};

// Renders all of them, `threads` at a time; one that fails keeps no other from its turn. In the
// order of `jobs`. `watch` is called some ten times a second from this thread, with every file's
// progress, and when all is done.
using Watch = std::function<void(const std::deque<Progress>& progress, std::size_t files_done)>;
std::vector<Done> RenderAll(const std::vector<Job>& jobs, const ChainSetup& setup,
                            std::size_t threads, const Watch& watch,
                            const ChainOnFile::Hear& hear = {});

}  // namespace auralis::render
