#pragma once
// Messages about comparing two settings, A and B, at one loudness.

#include <cstdint>
#include <string>

namespace auralis::ipc {

// --- Requests, all answered by Comparison.

struct GetComparison {};

// Begins one: from now on A and B are equally loud. kComparing where one is on already.
struct Compare {
  std::string a = {};  // a preset, or an absolute path; "" is what is heard now
  std::string b = {};
};

// kNothingCompared where none is on.
struct SteerComparison {
  // The numbers are the wire's.
  enum class Action : std::uint8_t {
    kHearA = 0,
    kHearB = 1,
    kToggle = 2,
    kKeep = 3,  // ends it; what is heard stays
    kEnd = 4,   // ends it; what was heard before it is back
  };
  Action action = Action::kToggle;
};

// --- Reply.

struct ComparedSetting {
  std::string name = {};       // of its presets; "" where none is in force
  float gain_db = 0.0F;        // 0 or less: what makes both equally loud
  float loudness_lufs = 0.0F;  // without that gain; 0 until it is measured
};
struct Comparison {
  bool on = false;
  std::string heard = {};  // "a" or "b"
  ComparedSetting a = {};
  ComparedSetting b = {};
  float measured_s = 0.0F;  // how much music both were measured with; 0: not yet
};

}  // namespace auralis::ipc
