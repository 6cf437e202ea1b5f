#include "ipc/monitor/controls.h"

#include <algorithm>
#include <cmath>

#include "config/param_text.h"

namespace auralis::ctl {
namespace {

constexpr std::size_t kMaxTyped = 40;

bool Is(const Key& key, SpecialKey special) {
  const auto* const one = std::get_if<SpecialKey>(&key);
  return one != nullptr && *one == special;
}

// A character that can stand in a line; nothing for control characters.
std::optional<char> PlainOf(const Key& key) {
  const auto* const letter = std::get_if<char32_t>(&key);
  if (letter == nullptr || *letter < 0x20 || *letter > 0x7E) return std::nullopt;
  return static_cast<char>(*letter);
}

// Edits `text` by the key: a character more, one less.
void Edit(std::string& text, const Key& key) {
  if (Is(key, SpecialKey::kBackspace)) {
    if (!text.empty()) text.pop_back();
  } else if (const auto letter = PlainOf(key); letter && text.size() < kMaxTyped) {
    text += *letter;
  }
}

std::size_t Moved(std::size_t from, std::ptrdiff_t step, std::size_t count) {
  if (count == 0) return 0;
  const std::ptrdiff_t to = static_cast<std::ptrdiff_t>(from) + step;
  return static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(to, 0, static_cast<std::ptrdiff_t>(count) - 1));
}

std::optional<std::ptrdiff_t> StepThroughList(const Key& key, std::size_t page) {
  const auto lines = static_cast<std::ptrdiff_t>(std::max<std::size_t>(page, 1));
  if (Is(key, SpecialKey::kUp)) return -1;
  if (Is(key, SpecialKey::kDown)) return 1;
  if (Is(key, SpecialKey::kPageUp)) return -lines;
  if (Is(key, SpecialKey::kPageDown)) return lines;
  const auto* const letter = std::get_if<char32_t>(&key);
  if (letter != nullptr && *letter == U'k') return -1;
  if (letter != nullptr && *letter == U'j') return 1;
  return std::nullopt;
}

// The largest of 1, 2 and 5 times a power of ten that is no more than `size`.
double RoundStep(double size) {
  const double decade = std::pow(10.0, std::floor(std::log10(size)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * decade <= size * 1.0001) return factor * decade;
  }
  return decade;
}

// Three digits are enough for what a person steers by ear.
double ThreeDigits(double value) {
  if (value == 0.0) return 0.0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 2.0);
  return std::round(value / unit) * unit;
}

ipc::Request SetTo(const std::string& key, double value) {
  return ipc::Set{.assignments = {{key, value}}};
}

Command SteerTo(ipc::SteerComparison::Action action) {
  return ipc::Request(ipc::SteerComparison{action});
}

}  // namespace

float Stepped(const ipc::Parameter& parameter, int direction, bool fine) {
  const auto min = static_cast<double>(parameter.min);
  const auto max = static_cast<double>(parameter.max);
  const auto value = static_cast<double>(parameter.value);
  const auto next = [&] {
    if (parameter.scale == "toggle") return direction > 0 ? max : min;
    if (parameter.scale == "choice") return value + direction;
    if (parameter.scale == "log") {
      return ThreeDigits(value * std::exp2(direction / (fine ? 60.0 : 12.0)));
    }
    const bool decibels = parameter.unit == "dB";
    const double coarse = decibels ? 0.5 : RoundStep((max - min) / 100.0);
    const double step = fine ? (decibels ? 0.1 : coarse / 10.0) : coarse;
    return (std::round(value / step) + direction) * step;
  };
  return static_cast<float>(std::clamp(next(), min, max));
}

std::string_view StageOf(std::string_view key) { return key.substr(0, key.find('.')); }

std::optional<Command> Controls::Press(const Key& key, const Model& model, std::size_t page) {
  message_.clear();
  message_is_error_ = false;
  switch (mode_) {
    case Mode::kHelp:
      mode_ = Mode::kParameters;
      return std::nullopt;
    case Mode::kPresets:
      return PressInPresets(key, page);
    case Mode::kTyping:
      return PressInTyping(key, model);
    case Mode::kFinding:
      PressInFinding(key);
      return std::nullopt;
    default:
      return PressInParameters(key, model, page);
  }
}

void Controls::ShowPresets(std::vector<PresetLine> presets, std::string_view current,
                           bool to_compare) {
  to_compare_ = to_compare;
  presets_ = std::move(presets);
  const auto found = std::find_if(presets_.begin(), presets_.end(),
                                  [&](const PresetLine& one) { return one.name == current; });
  chosen_preset_ = found == presets_.end() ? 0 : static_cast<std::size_t>(found - presets_.begin());
  mode_ = Mode::kPresets;
}

void Controls::Say(const std::string& text, bool is_error) {
  message_ = text;
  message_is_error_ = is_error;
}

std::vector<std::size_t> Controls::Listed(const Model& model) const {
  std::vector<std::size_t> listed;
  const auto& parameters = model.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& key = parameters[i].key;
    const bool fits = find_.empty() ? StageOf(key) == stage_ : key.find(find_) != std::string::npos;
    if (fits) listed.push_back(i);
  }
  return listed;
}

const ipc::Parameter* Controls::Chosen(const Model& model) const {
  const std::vector<std::size_t> listed = Listed(model);
  if (listed.empty()) return nullptr;
  return &model.parameters()[listed[std::min(chosen_, listed.size() - 1)]];
}

void Controls::Choose(std::size_t count, std::ptrdiff_t step) {
  chosen_ = Moved(std::min(chosen_, count == 0 ? 0 : count - 1), step, count);
}

void Controls::ChangeStage(const Model& model, int step) {
  find_.clear();
  chosen_ = 0;
  std::vector<std::string> stages;
  for (const ipc::Parameter& one : model.parameters()) {
    const std::string stage(StageOf(one.key));
    if (stages.empty() || stages.back() != stage) stages.push_back(stage);
  }
  if (stages.empty()) return;
  const auto now = std::find(stages.begin(), stages.end(), stage_) - stages.begin();
  const auto count = std::ssize(stages);
  stage_ = stages[static_cast<std::size_t>((now % count + step + count) % count)];
}

std::optional<Command> Controls::Move(const Model& model, int direction, bool fine) const {
  const ipc::Parameter* const parameter = Chosen(model);
  if (parameter == nullptr) return std::nullopt;
  const float next = Stepped(*parameter, direction, fine);
  if (next == parameter->value) return std::nullopt;
  return SetTo(parameter->key, ExactDouble(next));
}

std::optional<Command> Controls::PressInParameters(const Key& key, const Model& model,
                                                   std::size_t page) {
  if (const auto step = StepThroughList(key, page)) {
    Choose(Listed(model).size(), *step);
    return std::nullopt;
  }
  if (const auto* const letter = std::get_if<char32_t>(&key)) return PressLetter(*letter, model);
  switch (std::get<SpecialKey>(key)) {
    case SpecialKey::kLeft:
      return Move(model, -1, false);
    case SpecialKey::kRight:
      return Move(model, 1, false);
    case SpecialKey::kFineLeft:
      return Move(model, -1, true);
    case SpecialKey::kFineRight:
      return Move(model, 1, true);
    case SpecialKey::kNextStage:
      ChangeStage(model, 1);
      return std::nullopt;
    case SpecialKey::kPreviousStage:
      ChangeStage(model, -1);
      return std::nullopt;
    case SpecialKey::kEnter:
      if (Chosen(model) == nullptr) return std::nullopt;
      typed_.clear();
      mode_ = Mode::kTyping;
      return std::nullopt;
    case SpecialKey::kBackspace:
      if (const auto* const parameter = Chosen(model))
        return ipc::Request(ipc::Reset{parameter->key});
      return std::nullopt;
    case SpecialKey::kEscape:
      find_.clear();
      return std::nullopt;
    case SpecialKey::kHelp:
      mode_ = Mode::kHelp;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Command> Controls::PressLetter(char32_t letter, const Model& model) {
  constexpr char32_t kControlL = 0x0C;
  constexpr char32_t kControlR = 0x12;
  const auto toggle = [](const std::string& key) {
    return ipc::Request(ipc::Set{.assignments = {{key, std::string("toggle")}}});
  };
  const ipc::Parameter* const parameter = Chosen(model);
  switch (letter) {
    case U'q':
      return Leave{};
    case U'h':
    case U'-':
      return Move(model, -1, false);
    case U'l':
    case U'+':
    case U'=':
      return Move(model, 1, false);
    case U'[':
      return Move(model, -1, true);
    case U']':
      return Move(model, 1, true);
    case U' ':
      if (parameter != nullptr && parameter->scale == "toggle") return toggle(parameter->key);
      return std::nullopt;
    case U'e':
      if (parameter == nullptr) return std::nullopt;
      if (const std::string key = std::string(StageOf(parameter->key)) + ".enabled";
          model.Find(key) != nullptr) {
        return toggle(key);
      }
      Say(std::string(StageOf(parameter->key)) + " is always on");
      return std::nullopt;
    case U'b':
      return toggle("master.bypass");
    case U'a':
      if (model.comparison().on) return SteerTo(ipc::SteerComparison::Action::kToggle);
      return ListThePresets{.to_compare = true};
    case U'A':
      return SteerTo(ipc::SteerComparison::Action::kKeep);
    case U'x':
      return SteerTo(ipc::SteerComparison::Action::kEnd);
    case U'u':
      return ipc::Request(ipc::Undo{});
    case U'U':
    case kControlR:
      return ipc::Request(ipc::Redo{});
    case U'p':
      return ListThePresets{.to_compare = false};
    case U'n':
      return StepToPreset{1};
    case U'N':
      return StepToPreset{-1};
    case U'f': {
      const bool frozen = model.adaptation() && model.adaptation()->doing == "frozen";
      return ipc::Request(
          ipc::Adapt{.action = frozen ? ipc::Adapt::Action::kThaw : ipc::Adapt::Action::kFreeze});
    }
    case U'/':
      find_.clear();
      chosen_ = 0;
      mode_ = Mode::kFinding;
      return std::nullopt;
    case U'?':
      mode_ = Mode::kHelp;
      return std::nullopt;
    case kControlL:
      return Redraw{};
    default:
      return std::nullopt;
  }
}

std::optional<Command> Controls::PressInPresets(const Key& key, std::size_t page) {
  if (const auto step = StepThroughList(key, page)) {
    chosen_preset_ = Moved(chosen_preset_, *step, presets_.size());
    return std::nullopt;
  }
  if (Is(key, SpecialKey::kEnter) && !presets_.empty()) {
    mode_ = Mode::kParameters;
    const std::string& name = presets_[chosen_preset_].name;
    return to_compare_ ? Command(CompareWithPreset{name}) : Command(LoadPresetNamed{name});
  }
  const auto letter = PlainOf(key);
  const bool leaves = letter && (*letter == 'q' || *letter == (to_compare_ ? 'a' : 'p'));
  if (leaves || Is(key, SpecialKey::kEscape) || Is(key, SpecialKey::kEnter)) {
    mode_ = Mode::kParameters;
  }
  return std::nullopt;
}

std::optional<Command> Controls::PressInTyping(const Key& key, const Model& model) {
  if (Is(key, SpecialKey::kEscape)) {
    mode_ = Mode::kParameters;
  } else if (Is(key, SpecialKey::kEnter)) {
    mode_ = Mode::kParameters;
    const ipc::Parameter* const parameter = Chosen(model);
    if (parameter != nullptr && !typed_.empty()) {
      return ipc::Request(ipc::Set{.assignments = {{parameter->key, typed_}}});
    }
  } else {
    Edit(typed_, key);
  }
  return std::nullopt;
}

void Controls::PressInFinding(const Key& key) {
  if (Is(key, SpecialKey::kEscape)) find_.clear();
  if (Is(key, SpecialKey::kEscape) || Is(key, SpecialKey::kEnter)) {
    mode_ = Mode::kParameters;
    return;
  }
  Edit(find_, key);
  chosen_ = 0;
}

}  // namespace auralis::ctl
