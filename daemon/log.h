#pragma once

namespace auralis {

// Sets spdlog up: to stderr, with the priorities journald understands where it listens. [control]
void SetUpLog();

}  // namespace auralis
