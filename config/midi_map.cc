#include "config/midi_map.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "config/key_hints.h"
#include "config/param_text.h"

namespace auralis {
namespace {

constexpr std::string_view kBypass = "bypass";
constexpr std::string_view kBypassKey = "master.bypass";
constexpr std::string_view kPresetPrefix = "preset:";
constexpr std::string_view kSame = "same";
constexpr std::size_t kMaxName = 100;  // as of presets
constexpr std::uint16_t kMaxTicks = 10'000;

struct PlainTarget {
  std::string_view name;
  MidiTarget target;
};
constexpr auto kPlainTargets =
    std::to_array<PlainTarget>({{"presets", MidiTarget::kPresets},
                                {"preset-next", MidiTarget::kPresetNext},
                                {"preset-previous", MidiTarget::kPresetPrevious},
                                {"undo", MidiTarget::kUndo},
                                {"redo", MidiTarget::kRedo}});

bool IsSlices(const ParamSpec& spec) {
  return spec.scale == Scale::kToggle || spec.scale == Scale::kChoice;
}

std::optional<unsigned> WholeNumber(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most) {
    return std::nullopt;
  }
  return number;
}

std::string RangeText(unsigned low, unsigned high) {
  return std::to_string(low) + " to " + std::to_string(high);
}

template <std::size_t N>
std::string ListOf(const std::array<std::string_view, N>& words) {
  return Joined(std::vector<std::string>(words.begin(), words.end()));
}

std::string SourcesAllowed() {
  return "cc 0 to 127, cc14 0 to 31, nrpn 0 to 16383, pitch-bend, note 0 to 127, program 0 to 127 "
         "or any; then channel 1 to 16, or nothing for any";
}

bool IsPresetName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && Printable(name, kMaxName) == name;
}

// Fills one control in; every step returns what is wrong, or nothing.
class Maker {
 public:
  Maker(const MidiControlText& text, const ParamRegistry& registry)
      : text_(text), registry_(registry) {}

  std::variant<MidiControl, ParamError> Make() {
    using Step = std::optional<ParamError> (Maker::*)();
    for (const Step step : {&Maker::Source, &Maker::Target, &Maker::Mode, &Maker::Ends,
                            &Maker::Button, &Maker::Encoder, &Maker::Feedback, &Maker::Label}) {
      if (auto error = (this->*step)()) return std::move(*error);
    }
    return std::move(control_);
  }

 private:
  static ParamError Refused(std::string_view field, std::string_view value, std::string reason,
                            std::string allowed) {
    return {std::string(field), Printable(value), std::move(reason), std::move(allowed)};
  }

  const ParamSpec& spec() const { return ParamRegistry::info(control_.index).spec; }
  bool is_parameter() const { return control_.target == MidiTarget::kParameter; }

  std::optional<ParamError> Source() {
    const auto source = ParseMidiSource(text_.source);
    if (!source) return Refused("source", text_.source, "is no control", SourcesAllowed());
    control_.source = *source;
    return std::nullopt;
  }

  std::optional<ParamError> Target() {
    const std::string_view target = text_.target;
    const std::string_view key = target == kBypass ? kBypassKey : target;
    if (const auto index = registry_.Find(key)) {
      control_.index = *index;
      return std::nullopt;
    }
    if (target.starts_with(kPresetPrefix)) {
      control_.target = MidiTarget::kPreset;
      control_.presets = {std::string(target.substr(kPresetPrefix.size()))};
      if (IsPresetName(control_.presets[0])) return std::nullopt;
      return Refused("target", target, "names no preset", "preset:NAME");
    }
    for (const PlainTarget& plain : kPlainTargets) {
      if (target != plain.name) continue;
      control_.target = plain.target;
      return Presets();
    }
    return UnknownTarget();
  }

  std::optional<ParamError> Presets() {
    if (control_.target != MidiTarget::kPresets) return std::nullopt;
    const bool fits = !text_.presets.empty() && text_.presets.size() <= 128 &&
                      std::all_of(text_.presets.begin(), text_.presets.end(),
                                  [](const std::string& one) { return IsPresetName(one); });
    if (!fits) return Refused("presets", "", "is missing", "1 to 128 names of presets");
    if (control_.source.kind != MidiKind::kProgram) {
      return Refused("source", text_.source, "chooses no preset of several", "program any");
    }
    control_.presets = text_.presets;
    return std::nullopt;
  }

  ParamError UnknownTarget() const {
    if (text_.target.find('.') != std::string::npos) {
      ParamError error = registry_.UnknownKey(text_.target);
      error.reason += " (target)";
      return error;
    }
    std::vector<std::string> known = {std::string(kBypass), std::string(kPresetPrefix) + "NAME"};
    for (const PlainTarget& plain : kPlainTargets) known.emplace_back(plain.name);
    return Refused("target", text_.target, "is no target", "a parameter's key, " + Joined(known));
  }

  std::optional<ParamError> Mode() {
    const bool is_button =
        control_.source.kind == MidiKind::kNote || control_.source.kind == MidiKind::kProgram;
    if (text_.mode.empty()) {
      control_.mode = !is_button                       ? MidiMode::kPickup
                      : !text_.value.empty()           ? MidiMode::kChoose
                      : !text_.step.empty()            ? MidiMode::kStep
                      : spec().scale == Scale::kChoice ? MidiMode::kStep
                                                       : MidiMode::kToggle;
      return std::nullopt;
    }
    const auto* const name = std::find(kMidiModeNames.begin(), kMidiModeNames.end(), text_.mode);
    if (name == kMidiModeNames.end()) {
      return Refused("mode", text_.mode, "is no mode", ListOf(kMidiModeNames));
    }
    control_.mode = static_cast<MidiMode>(name - kMidiModeNames.begin());
    const bool wants_button = control_.mode >= MidiMode::kToggle;
    if (is_button && !wants_button) {
      return Refused("mode", text_.mode, "is for knobs", "toggle, hold, step, choose");
    }
    const bool seven_bit = control_.source.kind == MidiKind::kCc;
    const bool relative =
        control_.mode >= MidiMode::kRelativeTwos && control_.mode <= MidiMode::kRelativeOffset;
    if (relative && !seven_bit) {
      return Refused("mode", text_.mode, "is for controls of 7 bits", "source = \"cc N\"");
    }
    return std::nullopt;
  }

  // A value of the parameter; `field` stays as it is where nothing is said.
  std::optional<ParamError> Value(std::string_view name, const std::string& text, float& field) {
    if (text.empty()) return std::nullopt;
    const auto checked = ParseValue(spec(), text, std::nullopt);
    if (const auto* error = std::get_if<ValueError>(&checked)) {
      return Refused(name, text, error->reason, AllowedText(spec()));
    }
    field = std::get<float>(checked);
    return std::nullopt;
  }

  std::optional<ParamError> Ends() {
    if (!is_parameter()) {
      if (text_.mode.empty() && text_.from.empty() && text_.to.empty() && text_.value.empty()) {
        return std::nullopt;
      }
      return Refused("target", text_.target, "takes no mode, from, to or value", "");
    }
    control_.from = spec().min;
    control_.to = spec().max;
    if (auto error = Value("from", text_.from, control_.from)) return error;
    if (auto error = Value("to", text_.to, control_.to)) return error;
    if (text_.invert) std::swap(control_.from, control_.to);
    if (control_.from == control_.to) {
      return Refused("from", text_.from, "is the same as to", AllowedText(spec()));
    }
    return std::nullopt;
  }

  std::optional<ParamError> Button() {
    if (!is_parameter()) return std::nullopt;
    control_.value = control_.to;
    if (auto error = Value("value", text_.value, control_.value)) return error;
    if (control_.mode == MidiMode::kChoose && text_.value.empty()) {
      return Refused("value", "", "is missing", AllowedText(spec()));
    }
    if (control_.mode != MidiMode::kStep) return std::nullopt;
    if (text_.step.empty()) {
      if (IsSlices(spec())) return std::nullopt;
      return Refused("step", "", "is missing", "a number of " + std::string(UnitText(spec().unit)));
    }
    // A step is a difference: it may be below what values may be.
    float step = 0.0F;
    const auto [end, error] =
        std::from_chars(text_.step.data(), text_.step.data() + text_.step.size(), step);
    const std::string_view rest(end, text_.step.data() + text_.step.size());
    const std::size_t unit = std::min(rest.find_first_not_of(' '), rest.size());
    const bool fits = error == std::errc() && std::isfinite(step) && step != 0.0F &&
                      std::abs(step) <= spec().max - spec().min &&
                      (rest.substr(unit).empty() || rest.substr(unit) == UnitText(spec().unit));
    if (!fits || (IsSlices(spec()) && step != std::trunc(step))) {
      return Refused("step", text_.step, "is no step of it", "a number, not 0, up or down");
    }
    control_.step = step;
    return std::nullopt;
  }

  std::optional<ParamError> Encoder() {
    if (text_.ticks.empty()) return std::nullopt;
    const auto ticks = WholeNumber(text_.ticks, kMaxTicks);
    if (!ticks || *ticks == 0) {
      return Refused("ticks", text_.ticks, "is out of range", RangeText(1, kMaxTicks));
    }
    control_.ticks = static_cast<std::uint16_t>(*ticks);
    return std::nullopt;
  }

  std::optional<ParamError> Feedback() {
    if (text_.feedback.empty()) return std::nullopt;
    const auto to = text_.feedback == kSame ? control_.source : ParseMidiSource(text_.feedback);
    const bool fits = to && to->number != kAnyProgram && to->kind != MidiKind::kProgram;
    if (!fits) {
      return Refused("feedback", text_.feedback, "cannot be told anything",
                     "same, cc, cc14, nrpn, pitch-bend or note");
    }
    MidiFeedback feedback{.to = *to, .low = 0, .high = MaxMidiRaw(to->kind)};
    const unsigned most = MaxMidiRaw(to->kind);
    const auto read = [&](std::string_view name, const std::string& text, std::uint16_t& field) {
      if (text.empty()) return std::optional<ParamError>();
      const auto number = WholeNumber(text, most);
      if (!number) {
        return std::optional(Refused(name, text, "is out of range", RangeText(0, most)));
      }
      field = static_cast<std::uint16_t>(*number);
      return std::optional<ParamError>();
    };
    if (auto error = read("feedback.low", text_.feedback_low, feedback.low)) return error;
    if (auto error = read("feedback.high", text_.feedback_high, feedback.high)) return error;
    control_.feedback = feedback;
    return std::nullopt;
  }

  std::optional<ParamError> Label() {
    if (text_.label.size() > kMaxName || Printable(text_.label, kMaxName) != text_.label) {
      return Refused("label", text_.label, "is no label", "up to 100 bytes");
    }
    control_.label = text_.label;
    return std::nullopt;
  }

  const MidiControlText& text_;
  const ParamRegistry& registry_;
  MidiControl control_;
};

// A value as ParseValue reads it back exactly.
std::string ExactValue(const ParamSpec& spec, float value) {
  if (IsSlices(spec)) return FormatValue(spec, value);
  return ExactText(value);
}

}  // namespace

std::variant<MidiControl, ParamError> MakeMidiControl(const MidiControlText& text,
                                                      const ParamRegistry& registry) {
  return Maker(text, registry).Make();
}

MidiControlText TextOf(const MidiControl& control, const ParamRegistry& registry) {
  MidiControlText text{.source = MidiSourceText(control.source), .target = {}};
  if (control.target == MidiTarget::kParameter) {
    const ParamSpec& spec = ParamRegistry::info(control.index).spec;
    text.target = registry.key(control.index);
    text.mode = kMidiModeNames[static_cast<std::size_t>(control.mode)];
    text.from = ExactValue(spec, control.from);
    text.to = ExactValue(spec, control.to);
    if (control.mode == MidiMode::kChoose) text.value = ExactValue(spec, control.value);
    if (control.mode == MidiMode::kStep) text.step = ExactText(control.step);
  } else if (control.target == MidiTarget::kPreset) {
    text.target = std::string(kPresetPrefix) + control.presets.at(0);
  } else {
    for (const PlainTarget& plain : kPlainTargets) {
      if (plain.target == control.target) text.target = plain.name;
    }
    text.presets = control.presets;
  }
  const bool relative =
      control.mode >= MidiMode::kRelativeTwos && control.mode <= MidiMode::kRelativeOffset;
  if (relative) text.ticks = std::to_string(control.ticks);
  if (control.feedback) {
    text.feedback = MidiSourceText(control.feedback->to);
    text.feedback_low = std::to_string(control.feedback->low);
    text.feedback_high = std::to_string(control.feedback->high);
  }
  text.label = control.label;
  return text;
}

}  // namespace auralis
