#include "config/midi_surface.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dsp/param_law.h"

namespace auralis {
namespace {

// A knob of 7 bits that was turned fast meets a value it came by no nearer than this.
constexpr double kMeets = 1.5 / 127.0;
constexpr std::size_t kMostSent = 8;

const ParamSpec& SpecOf(const MidiControl& control) {
  return ParamRegistry::info(control.index).spec;
}

bool IsSlices(const ParamSpec& spec) {
  return spec.scale == Scale::kToggle || spec.scale == Scale::kChoice;
}

bool IsRelative(MidiMode mode) {
  return mode >= MidiMode::kRelativeTwos && mode <= MidiMode::kRelativeOffset;
}

bool IsButton(const MidiControl& control) {
  return control.target != MidiTarget::kParameter || control.mode >= MidiMode::kToggle;
}

// Whether what it is told is a place of its own.
bool ShowsItself(const MidiControl& control) {
  return control.feedback && !IsButton(control) && !IsRelative(control.mode) &&
         control.feedback->to == control.source && control.feedback->low == 0 &&
         control.feedback->high == MaxMidiRaw(control.source.kind);
}

// Whether it goes there: a motor, or an encoder that keeps a value. Those need no picking up.
bool FollowsItself(const MidiControl& control) {
  return ShowsItself(control) && control.mode == MidiMode::kJump;
}

bool Fits(const MidiSource& wanted, const MidiSource& heard) {
  if (wanted.kind != heard.kind || (wanted.channel != 0 && wanted.channel != heard.channel)) {
    return false;
  }
  return wanted.number == heard.number ||
         (wanted.kind == MidiKind::kProgram && wanted.number == kAnyProgram);
}

std::vector<std::uint8_t> BytesTo(const MidiSource& to, std::uint8_t channel, std::uint16_t raw) {
  using Type = MidiMessage::Type;
  std::vector<std::uint8_t> bytes;
  const auto coarse = static_cast<std::uint8_t>(raw >> 7U);
  const auto fine = static_cast<std::uint8_t>(raw & 0x7FU);
  const auto number = static_cast<std::uint8_t>(to.number & 0x7FU);
  const auto add = [&](Type type, std::uint8_t data1, std::uint8_t data2) {
    AppendMidiBytes({.type = type, .channel = channel, .data1 = data1, .data2 = data2}, bytes);
  };
  switch (to.kind) {
    case MidiKind::kCc:
      add(Type::kControlChange, number, fine);
      break;
    case MidiKind::kCc14:
      add(Type::kControlChange, number, coarse);
      add(Type::kControlChange, number + kFineAbove, fine);
      break;
    case MidiKind::kNrpn:
      add(Type::kControlChange, kNrpnCoarse, static_cast<std::uint8_t>(to.number >> 7U));
      add(Type::kControlChange, kNrpnFine, number);
      add(Type::kControlChange, kDataCoarse, coarse);
      add(Type::kControlChange, kDataFine, fine);
      break;
    case MidiKind::kPitchBend:
      add(Type::kPitchBend, fine, coarse);
      break;
    case MidiKind::kNote:
      add(Type::kNoteOn, number, fine);
      break;
    case MidiKind::kProgram:
      break;
  }
  return bytes;
}

}  // namespace

int MidiTicks(MidiMode mode, std::uint16_t raw) {
  const int value = raw;
  switch (mode) {
    case MidiMode::kRelativeTwos:
      return value < 64 ? value : value - 128;
    case MidiMode::kRelativeSign:
      return value < 64 ? value : 64 - value;
    case MidiMode::kRelativeOffset:
      return value - 64;
    default:
      return 0;
  }
}

float MidiValueAt(const MidiControl& control, double position) {
  const ParamSpec& spec = SpecOf(control);
  if (position <= 0.0) return control.from;
  if (position >= 1.0) return control.to;
  if (IsSlices(spec)) {
    const float slices = std::abs(control.to - control.from) + 1.0F;
    const float slice = std::min(std::floor(static_cast<float>(position) * slices), slices - 1.0F);
    return control.to > control.from ? control.from + slice : control.from - slice;
  }
  const double low = PositionOf(spec, control.from);
  const double high = PositionOf(spec, control.to);
  return ValueAt(spec, low + position * (high - low));
}

double MidiPositionOf(const MidiControl& control, float value) {
  const ParamSpec& spec = SpecOf(control);
  if (IsSlices(spec)) {
    const float slices = std::abs(control.to - control.from) + 1.0F;
    const float slice = control.to > control.from ? value - control.from : control.from - value;
    if (slice <= 0.0F) return 0.0;
    if (slice >= slices - 1.0F) return 1.0;
    return static_cast<double>((slice + 0.5F) / slices);
  }
  const double low = PositionOf(spec, control.from);
  const double high = PositionOf(spec, control.to);
  return std::clamp((PositionOf(spec, value) - low) / (high - low), 0.0, 1.0);
}

MidiSurface::MidiSurface(MidiMap map, const ParamRegistry& registry)
    : map_(std::move(map)), registry_(registry), live_(map_.controls.size()) {}

void MidiSurface::SetMap(MidiMap map) {
  std::vector<Live> live(map.controls.size());
  for (std::size_t i = 0; i < live.size(); ++i) {
    const auto same = std::find(map_.controls.begin(), map_.controls.end(), map.controls[i]);
    if (same == map_.controls.end()) continue;
    live[i] = live_[static_cast<std::size_t>(same - map_.controls.begin())];
  }
  map_ = std::move(map);
  live_ = std::move(live);
}

void MidiSurface::Hear(const MidiMessage& message, Clock::time_point now) {
  for (const MidiEvent& event : decoder_.Decode(message)) HearEvent(event, now);
}

void MidiSurface::Flush(Clock::time_point now) {
  for (const MidiEvent& event : decoder_.Flush()) HearEvent(event, now);
}

std::vector<MidiWish> MidiSurface::Take() { return std::exchange(wishes_, {}); }

void MidiSurface::HearEvent(const MidiEvent& event, Clock::time_point now) {
  for (std::size_t i = 0; i < map_.controls.size(); ++i) {
    const MidiControl& control = map_.controls[i];
    Live& live = live_[i];
    const bool moved = Fits(control.source, event.source);
    if (IsEcho(control, live, event, now)) {
      // Where a motor went is where it stands.
      if (moved && !IsButton(control) && !IsRelative(control.mode)) live.raw = event.raw;
      continue;
    }
    if (!moved) continue;
    live.channel = event.source.channel;
    Move(control, live, event);
  }
}

// One echo for each time it was sent.
bool MidiSurface::IsEcho(const MidiControl& control, Live& live, const MidiEvent& event,
                         Clock::time_point now) {
  if (!control.feedback || !Fits(control.feedback->to, event.source)) return false;
  std::erase_if(live.sent, [&](const Sent& one) { return now - one.at > kEcho; });
  const auto found = std::find_if(live.sent.begin(), live.sent.end(),
                                  [&](const Sent& one) { return one.raw == event.raw; });
  if (found == live.sent.end()) return false;
  live.sent.erase(live.sent.begin(), found + 1);
  return true;
}

void MidiSurface::Move(const MidiControl& control, Live& live, const MidiEvent& event) {
  if (IsButton(control)) {
    // Many light a button while it is down, whatever they were told.
    live.shown.reset();
    return Push(control, live, event);
  }
  if (IsRelative(control.mode)) return Turn(control, event.raw);
  MoveAbsolute(control, live, event);
}

// A knob that stands still says nothing, so the same number again is an echo, or noise.
void MidiSurface::MoveAbsolute(const MidiControl& control, Live& live, const MidiEvent& event) {
  if (live.raw == event.raw) return;
  const std::optional<std::uint16_t> before = std::exchange(live.raw, event.raw);
  const double position = MidiPosition(event.raw, event.max);
  const float current = Current(control.index);
  if (live.holds && current != live.set) live.holds = false;  // somebody else moved it
  const double target = MidiPositionOf(control, current);
  const double came_from = before ? MidiPosition(*before, event.max) : position;
  if (control.mode == MidiMode::kScale && !live.holds && before) {
    const bool meets = std::abs(came_from - target) < kMeets;
    if (!meets) return MoveScaled(control, came_from, position);
  }
  if (control.mode == MidiMode::kScale && !before && std::abs(position - target) >= kMeets) return;
  if (control.mode == MidiMode::kPickup && !live.holds) {
    const bool passes = (came_from - target) * (position - target) <= 0.0 && before;
    const bool meets = std::abs(position - target) <= kMeets || passes ||
                       MidiValueAt(control, position) == current;
    if (!meets) return;
  }
  live.holds = true;
  live.set = MidiValueAt(control, position);
  if (ShowsItself(control)) live.shown = event.raw;  // it shows already
  Ask(control.index, live.set);
}

// What is left of the range is covered in what is left of the way.
void MidiSurface::MoveScaled(const MidiControl& control, double before, double after) {
  const double value = MidiPositionOf(control, Current(control.index));
  const double way = after > before ? 1.0 - before : before;
  const double range = after > before ? 1.0 - value : value;
  const double share = way > 0.0 ? std::min(std::abs(after - before) / way, 1.0) : 0.0;
  const double moved = after > before ? value + share * range : value - share * range;
  Ask(control.index, MidiValueAt(control, moved));
}

void MidiSurface::Turn(const MidiControl& control, std::uint16_t raw) {
  const int ticks = MidiTicks(control.mode, raw);
  if (ticks == 0) return;
  const float current = Current(control.index);
  if (IsSlices(SpecOf(control))) {
    const float up = control.to > control.from ? 1.0F : -1.0F;
    const auto [low, high] = std::minmax(control.from, control.to);
    return Ask(control.index, std::clamp(current + up * static_cast<float>(ticks), low, high));
  }
  const double position =
      MidiPositionOf(control, current) + static_cast<double>(ticks) / control.ticks;
  Ask(control.index, MidiValueAt(control, position));
}

void MidiSurface::Push(const MidiControl& control, Live& live, const MidiEvent& event) {
  if (control.source.kind == MidiKind::kProgram) return Press(control, event);
  const bool down =
      event.raw > event.max / 2 || (control.source.kind == MidiKind::kNote && event.raw > 0);
  // Some buttons say 127 each time and never 0; a note that is struck again is one, too.
  const bool again = live.raw == event.raw || control.source.kind == MidiKind::kNote;
  const bool was_down = std::exchange(live.down, down);
  live.raw = event.raw;
  if (control.target == MidiTarget::kParameter && control.mode == MidiMode::kHold) {
    return Ask(control.index, down ? control.to : control.from);
  }
  if (down && (!was_down || again)) Press(control, event);
}

void MidiSurface::Press(const MidiControl& control, const MidiEvent& event) {
  if (control.target == MidiTarget::kPresets) {
    if (event.source.number >= control.presets.size()) return;
    wishes_.emplace_back(MidiAct{MidiTarget::kPreset, control.presets[event.source.number]});
    return;
  }
  if (control.target != MidiTarget::kParameter) {
    const bool named = control.target == MidiTarget::kPreset;
    wishes_.emplace_back(MidiAct{control.target, named ? control.presets[0] : std::string()});
    return;
  }
  const float current = Current(control.index);
  switch (control.mode) {
    case MidiMode::kStep:
      return Step(control);
    case MidiMode::kChoose:
      return Ask(control.index, control.value);
    case MidiMode::kHold:  // a program change is no button that can be held
      return Ask(control.index, control.to);
    default:
      return Ask(control.index, current == control.to ? control.from : control.to);
  }
}

void MidiSurface::Step(const MidiControl& control) {
  const auto [low, high] = std::minmax(control.from, control.to);
  float next = Current(control.index) + control.step;
  if (IsSlices(SpecOf(control))) {
    const float slices = high - low + 1.0F;
    next = low + std::fmod(std::fmod(next - low, slices) + slices, slices);
  }
  Ask(control.index, std::clamp(next, low, high));
}

void MidiSurface::Ask(std::size_t index, float value) {
  for (auto wish = wishes_.rbegin(); wish != wishes_.rend(); ++wish) {
    auto* change = std::get_if<MidiChange>(&*wish);
    if (change == nullptr) break;
    if (change->index != index) continue;
    change->value = value;
    return;
  }
  wishes_.emplace_back(MidiChange{index, value});
}

float MidiSurface::Current(std::size_t index) const {
  for (auto wish = wishes_.rbegin(); wish != wishes_.rend(); ++wish) {
    const auto* change = std::get_if<MidiChange>(&*wish);
    if (change != nullptr && change->index == index) return change->value;
  }
  return registry_.value(index);
}

std::optional<std::uint16_t> MidiSurface::Wanted(const MidiControl& control,
                                                 const std::string& preset) const {
  const MidiFeedback& feedback = *control.feedback;
  const auto lit = [&](bool on) { return on ? feedback.high : feedback.low; };
  if (control.target == MidiTarget::kPreset) return lit(preset == control.presets[0]);
  if (control.target != MidiTarget::kParameter) return std::nullopt;
  const float value = registry_.value(control.index);
  switch (control.mode) {
    case MidiMode::kToggle:
    case MidiMode::kHold:
      return lit(value == control.to);
    case MidiMode::kStep:
      return lit(value != control.from);
    case MidiMode::kChoose:
      return lit(value == control.value);
    default:
      break;
  }
  const double position = MidiPositionOf(control, value);
  const std::uint16_t max = MaxMidiRaw(feedback.to.kind);
  if (feedback.low == 0 && feedback.high == max) return MidiRaw(position, max);
  const double span = static_cast<double>(feedback.high) - static_cast<double>(feedback.low);
  return static_cast<std::uint16_t>(std::lround(feedback.low + position * span));
}

std::vector<std::vector<std::uint8_t>> MidiSurface::Show(const std::string& preset,
                                                         Clock::time_point now) {
  std::vector<std::vector<std::uint8_t>> all;
  for (std::size_t i = 0; i < map_.controls.size(); ++i) {
    const MidiControl& control = map_.controls[i];
    Live& live = live_[i];
    if (!control.feedback) continue;
    const auto wanted = Wanted(control, preset);
    if (!wanted || live.shown == wanted) continue;
    live.shown = wanted;
    if (live.sent.size() == kMostSent) live.sent.erase(live.sent.begin());
    live.sent.push_back({*wanted, now});
    if (FollowsItself(control)) {
      live.raw = wanted;
      live.holds = true;
      live.set = registry_.value(control.index);
    }
    const std::uint8_t own = live.channel != 0 ? live.channel : 1;
    const MidiSource& to = control.feedback->to;
    all.push_back(BytesTo(to, to.channel != 0 ? to.channel : own, *wanted));
  }
  return all;
}

void MidiSurface::ShowAgain() {
  for (Live& live : live_) live.shown.reset();
}

void MidiSurface::ForgetShown() {
  for (Live& live : live_) {
    live.shown.reset();
    live.raw.reset();
    live.holds = false;
    live.down = false;
    live.sent.clear();
  }
}

}  // namespace auralis
