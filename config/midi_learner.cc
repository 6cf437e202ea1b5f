#include "config/midi_learner.h"

#include <algorithm>
#include <array>
#include <set>

namespace auralis {
namespace {

constexpr std::size_t kRemembered = 64;
constexpr std::size_t kSureRepeats = 3;  // of an encoder
constexpr std::size_t kSureFine = 3;
constexpr std::size_t kSureWide = 3;
constexpr std::size_t kSureKnob = 6;
constexpr std::size_t kMoreThanAnEncoder = 24;  // messages without repeats
constexpr std::uint8_t kPressed = 64;
constexpr std::uint8_t kMostTicks = 16;  // that a hand turns an encoder by at once
constexpr std::uint8_t kFirstNrpn = 96;  // data up, down; NRPN and RPN
constexpr std::uint8_t kLastNrpn = 101;

// The numbers by which a coding says up and down.
struct Coding {
  MidiMode mode;
  std::uint8_t up_low, up_high, down_low, down_high;

  bool HasUp(std::uint8_t v) const { return v >= up_low && v <= up_high; }
  bool HasDown(std::uint8_t v) const { return v >= down_low && v <= down_high; }
};
constexpr auto kCodings =
    std::to_array<Coding>({{MidiMode::kRelativeTwos, 1, kMostTicks, 128 - kMostTicks, 127},
                           {MidiMode::kRelativeSign, 1, kMostTicks, 65, 64 + kMostTicks},
                           {MidiMode::kRelativeOffset, 65, 64 + kMostTicks, 64 - kMostTicks, 63}});

std::vector<Coding> CodingsOf(const std::vector<std::uint8_t>& values) {
  std::vector<Coding> fitting;
  for (const Coding& coding : kCodings) {
    if (std::all_of(values.begin(), values.end(),
                    [&](std::uint8_t v) { return coding.HasUp(v) || coding.HasDown(v); })) {
      fitting.push_back(coding);
    }
  }
  return fitting;
}

const char* NameOf(MidiMode mode) {
  switch (mode) {
    case MidiMode::kRelativeTwos:
      return "an endless encoder, two's complement";
    case MidiMode::kRelativeSign:
      return "an endless encoder, sign and magnitude";
    case MidiMode::kRelativeOffset:
      return "an endless encoder, offset by 64";
    default:
      return "a knob or fader of 7 bits";
  }
}

MidiFinding Found(std::size_t port, const MidiSource& source, bool is_button, MidiMode mode,
                  const std::string& what) {
  return {.port = port,
          .source = source,
          .is_button = is_button,
          .mode = mode,
          .saw = what + " (" + MidiSourceText(source) + ")"};
}

}  // namespace

std::optional<MidiFinding> MidiLearner::Hear(std::size_t port, const MidiMessage& message) {
  ++messages_;
  for (const MidiEvent& event : decoders_[port].Decode(message)) {
    switch (event.source.kind) {
      case MidiKind::kNote:
        if (event.raw > 0) return Found(port, event.source, true, MidiMode::kToggle, "a button");
        break;
      case MidiKind::kProgram:
        return Found(port, event.source, true, MidiMode::kToggle, "a program change");
      case MidiKind::kNrpn:
      case MidiKind::kPitchBend:
        if (auto finding = HearWide(port, event)) return finding;
        break;
      default:
        break;
    }
  }
  if (message.type == MidiMessage::Type::kControlChange) return HearController(port, message);
  return std::nullopt;
}

std::optional<MidiFinding> MidiLearner::HearWide(std::size_t port, const MidiEvent& event) {
  last_.reset();
  if (++wide_[{port, event.source}] < kSureWide) return std::nullopt;
  return Found(port, event.source, false, MidiMode::kPickup, "a knob or fader of 14 bits");
}

std::optional<MidiFinding> MidiLearner::HearController(std::size_t port,
                                                       const MidiMessage& message) {
  const Place place{port, message.channel, message.data1};
  Story& story = stories_[place];
  if (message.data1 >= kFineAbove && message.data1 < 2 * kFineAbove && last_ &&
      *last_ ==
          Place{port, message.channel, static_cast<std::uint8_t>(message.data1 - kFineAbove)}) {
    ++stories_[*last_].fine;
  }
  last_ = place;
  if (!story.values.empty() && story.values.back() == message.data2) ++story.repeats;
  if (story.values.size() == kRemembered) story.values.pop_back();
  story.values.push_back(message.data2);
  if (IsPartOfAnother(place)) {
    if (message.data1 < kFineAbove || message.data1 >= 2 * kFineAbove) return std::nullopt;
    const Place coarse{port, message.channel,
                       static_cast<std::uint8_t>(message.data1 - kFineAbove)};
    const auto whole = stories_.find(coarse);
    if (whole == stories_.end() || IsPartOfAnother(coarse)) return std::nullopt;
    return Judge(coarse, whole->second, false);
  }
  return Judge(place, story, false);
}

// A controller that selects or moves an NRPN, or is the fine half of 14 bits.
bool MidiLearner::IsPartOfAnother(const Place& place) const {
  if (place.number >= kFirstNrpn && place.number <= kLastNrpn) return true;
  const auto has = [&](std::uint8_t number) {
    return stories_.contains({place.port, place.channel, number});
  };
  if (place.number == kDataCoarse || place.number == kDataFine) {
    for (std::uint8_t number = kFirstNrpn; number <= kLastNrpn; ++number) {
      if (has(number)) return true;
    }
  }
  if (place.number < kFineAbove || place.number >= 2 * kFineAbove) return false;
  const auto coarse = stories_.find(
      {place.port, place.channel, static_cast<std::uint8_t>(place.number - kFineAbove)});
  return coarse != stories_.end() && coarse->second.fine > 0;
}

std::optional<MidiFinding> MidiLearner::Judge(const Place& place, const Story& story,
                                              bool all_said) {
  const std::vector<std::uint8_t>& values = story.values;
  MidiSource source{.kind = MidiKind::kCc, .channel = place.channel, .number = place.number};
  if (story.fine > 0) {
    if (story.fine < kSureFine && !all_said) return std::nullopt;
    source.kind = MidiKind::kCc14;
    return Found(place.port, source, false, MidiMode::kPickup, "a knob or fader of 14 bits");
  }
  const std::set<std::uint8_t> distinct(values.begin(), values.end());
  const std::uint8_t highest = *distinct.rbegin();
  const bool pressed_and_released =
      distinct.size() == 2 && distinct.contains(0) && highest >= kPressed && values.back() == 0;
  const bool latched = all_said && values.size() == 1 && highest == 127;
  if (pressed_and_released || latched) {
    return Found(place.port, source, true, MidiMode::kToggle, "a button");
  }
  const std::vector<Coding> codings = CodingsOf(values);
  const auto knob = [&](MidiMode mode) {
    return Found(place.port, source, false, mode, NameOf(mode));
  };
  if (story.repeats >= kSureRepeats && !codings.empty()) {
    if (codings.size() == 1) return knob(codings[0].mode);
    // One way alone says too little.
    if (values.size() < kRemembered) return std::nullopt;
    return knob(codings[0].mode);
  }
  if (codings.empty()) {
    const bool sure = values.size() >= kSureKnob && distinct.size() >= 4;
    if (sure || (all_said && distinct.size() >= 3)) return knob(MidiMode::kPickup);
    return std::nullopt;
  }
  const bool one_way = std::is_sorted(values.begin(), values.end()) ||
                       std::is_sorted(values.rbegin(), values.rend());
  if (story.repeats == 0 && distinct.size() >= 4 &&
      ((all_said && one_way) || values.size() >= kMoreThanAnEncoder)) {
    return knob(MidiMode::kPickup);
  }
  return std::nullopt;
}

std::optional<MidiFinding> MidiLearner::Quiet() const {
  if (!last_ || IsPartOfAnother(*last_)) return std::nullopt;
  return Judge(*last_, stories_.at(*last_), true);
}

std::string MidiLearner::hint() const {
  if (messages_ == 0) return "turn the knob or press the button";
  if (last_) {
    const Story& story = stories_.at(*last_);
    if (story.repeats >= kSureRepeats && CodingsOf(story.values).size() > 1) {
      return "turn it the other way, too";
    }
  }
  return "go on, to the end of its way";
}

}  // namespace auralis
