#pragma once

#include <cstddef>

namespace auralis {

// Called after each stage of a chain, with its place in it: what times the stages is no business of
// theirs, and nothing here knows a clock. [rt]
struct StageProbe {
  void (*after_stage)(void* context, std::size_t stage) noexcept;
  void* context;
};

}  // namespace auralis
