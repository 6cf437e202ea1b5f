// Bytes of a controller, on a map that has every kind of control: every change is in range, what is
// shown is MIDI, and learning ends or goes on.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "config/midi_learner.h"
#include "config/midi_surface.h"

namespace {

using namespace auralis;

MidiMap SomeMap(const ParamRegistry& registry) {
  MidiMap map;
  for (const MidiControlText& text : std::vector<MidiControlText>{
           {.source = "cc 1", .target = "input.gain", .feedback = "same"},
           {.source = "cc 2", .target = "input.gain", .mode = "jump", .feedback = "same"},
           {.source = "cc 3", .target = "tone.air", .mode = "scale", .invert = true},
           {.source = "cc14 4", .target = "equalizer.band1.frequency", .feedback = "same"},
           {.source = "nrpn 1", .target = "equalizer.band1.q", .feedback = "same"},
           {.source = "pitch-bend", .target = "output.gain", .feedback = "same"},
           {.source = "cc 5", .target = "equalizer.band1.type", .mode = "relative-twos"},
           {.source = "cc 6", .target = "stereo.width", .mode = "relative-sign"},
           {.source = "cc 7", .target = "stereo.width", .mode = "relative-offset"},
           {.source = "note 1", .target = "bypass", .feedback = "same"},
           {.source = "note 2", .target = "equalizer.band1.type", .mode = "hold"},
           {.source = "note 3", .target = "equalizer.band1.type", .step = "-3"},
           {.source = "note 4", .target = "input.gain", .step = "5"},
           {.source = "program any", .target = "presets", .presets = {"flat"}}}) {
    auto made = MakeMidiControl(text, registry);
    if (!std::holds_alternative<MidiControl>(made)) std::abort();
    map.controls.push_back(std::get<MidiControl>(made));
  }
  return map;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ParamRegistry registry;
  MidiSurface surface(SomeMap(registry), registry);
  MidiLearner learner;
  MidiParser parser;
  MidiSurface::Clock::time_point now{};
  for (std::size_t i = 0; i < size; ++i) {
    const auto message = parser.Take(data[i]);
    if (!message) continue;
    now += std::chrono::milliseconds(data[i]);
    surface.Hear(*message, now);
    learner.Hear(i % 2, *message);
    if (data[i] % 8 != 0) continue;
    surface.Flush(now);
    learner.Quiet();
    static_cast<void>(learner.hint());
    for (const MidiWish& wish : surface.Take()) {
      const auto* change = std::get_if<MidiChange>(&wish);
      if (change == nullptr) continue;
      const std::vector<Assignment> assignments = {
          {registry.key(change->index), static_cast<double>(change->value)}};
      if (registry.Apply(assignments)) std::abort();  // it must be a value
    }
    for (const auto& bytes : surface.Show("flat", now)) {
      for (std::size_t k = 0; k < bytes.size(); ++k) {
        if ((k % 3 == 0) != (bytes[k] >= 0x80)) std::abort();
      }
    }
  }
  return 0;
}
