#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <string>

#include "daemon/pipewire_graph.h"

namespace auralis {

// Makes the own sink the system's default, where that is asked for, and gives the place back at the
// end. Whose place it was is kept in a file until then, so that it is given back at the next start
// where this process could not. Who chooses another default meanwhile chooses where the music goes:
// that sink is remembered in its place. [control]
class DefaultSink {
 public:
  // "" keeps no file. `graph` must outlive this.
  DefaultSink(PipeWireGraph& graph, bool take, std::filesystem::path file);

  // To be told when the graph is another.
  void Follow();
  // The default of the system, were it not for ours; "" where it is not known.
  const std::string& displaced() const { return displaced_; }
  // Gives the place back. The server is to be waited for.
  void Restore();

 private:
  using Clock = std::chrono::steady_clock;

  void Take(const std::string& from);
  bool FightsBack();
  void Keep() const;
  void Forget() const;

  PipeWireGraph& graph_;
  bool take_;
  std::filesystem::path file_;
  std::string displaced_;
  std::string configured_before_;  // what Restore() writes; "" where nobody had chosen
  bool owed_ = false;              // the place is ours, or a process before us had it
  bool asked_ = false;             // and the server has not said so yet
  std::deque<Clock::time_point> takes_;
};

}  // namespace auralis
