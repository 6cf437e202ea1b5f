#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/midi_decoder.h"
#include "config/midi_map.h"
#include "config/midi_message.h"

namespace auralis {

// What somebody moved, and what kind of thing it is.
struct MidiFinding {
  std::size_t port = 0;
  MidiSource source;
  bool is_button = false;
  MidiMode mode = MidiMode::kPickup;  // of a knob; a button's is up to what it is for
  std::string saw;                    // for people: "a knob of 7 bits (cc 16 channel 1)"
};

// Listens to all ports until one control has shown what it is: a button by being pressed and
// released, a knob of 7 or 14 bits by its way, an encoder by how it counts. [control]
class MidiLearner {
 public:
  // A control that says nothing for so long has said all.
  static constexpr int kQuietMs = 400;

  // The finding, once it is sure.
  std::optional<MidiFinding> Hear(std::size_t port, const MidiMessage& message);
  // Nothing came for kQuietMs: what can be said now.
  std::optional<MidiFinding> Quiet() const;

  std::size_t messages() const { return messages_; }
  // What would help now, for people.
  std::string hint() const;

 private:
  struct Place {
    std::size_t port;
    std::uint8_t channel;
    std::uint8_t number;
    // clang-tidy 14 takes the comparison with 0 in it for a null pointer.
    auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  // What one controller number said so far.
  struct Story {
    std::vector<std::uint8_t> values;  // the first kRemembered and the newest
    std::size_t repeats = 0;           // a knob never says the same twice in a row
    std::size_t fine = 0;              // how often a fine value came behind a coarse one
  };

  std::optional<MidiFinding> HearController(std::size_t port, const MidiMessage& message);
  std::optional<MidiFinding> HearWide(std::size_t port, const MidiEvent& event);
  bool IsPartOfAnother(const Place& place) const;
  static std::optional<MidiFinding> Judge(const Place& place, const Story& story, bool all_said);

  std::map<std::size_t, MidiDecoder> decoders_;  // by port
  std::map<Place, Story> stories_;
  std::map<std::pair<std::size_t, MidiSource>, std::size_t>
      wide_;  // NRPN and pitch bend: how often
  std::optional<Place> last_;
  std::size_t messages_ = 0;
};

}  // namespace auralis
