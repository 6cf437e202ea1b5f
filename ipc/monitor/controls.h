#pragma once
// From keys to what is to be done. Knows no terminal and no socket.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ipc/messages.h"
#include "ipc/monitor/model.h"

namespace auralis::ctl {

// A key that writes nothing. Those that do are their character.
enum class SpecialKey : std::uint8_t {
  kUp,
  kDown,
  kLeft,
  kRight,
  kFineLeft,
  kFineRight,
  kPageUp,
  kPageDown,
  kNextStage,
  kPreviousStage,
  kEnter,
  kEscape,
  kBackspace,
  kHelp
};
using Key = std::variant<char32_t, SpecialKey>;

struct LoadPresetNamed {
  std::string name;
};
struct StepToPreset {
  int step = 1;
};
struct ListThePresets {
  bool to_compare = false;  // with what is heard
};
struct CompareWithPreset {
  std::string name;
};
struct Redraw {};
struct Leave {};
using Command = std::variant<ipc::Request, LoadPresetNamed, StepToPreset, ListThePresets,
                             CompareWithPreset, Redraw, Leave>;

struct PresetLine {
  std::string name;
  std::string description;
};

// What a person has in hand: which parameter, which list, what is being typed. [any]
class Controls {
 public:
  enum class Mode : std::uint8_t { kParameters, kPresets, kTyping, kFinding, kHelp };

  // What the key asks for; nothing where it only moves what is chosen. `page` is how many lines of
  // a list are seen.
  std::optional<Command> Press(const Key& key, const Model& model, std::size_t page);
  // Opens the list, to load one of them or to compare with it.
  void ShowPresets(std::vector<PresetLine> presets, std::string_view current,
                   bool to_compare = false);
  // In the line at the bottom until the next key.
  void Say(const std::string& text, bool is_error = false);

  Mode mode() const { return mode_; }
  // Positions in model.parameters() of what is listed: one stage's, or those that match what was
  // looked for.
  std::vector<std::size_t> Listed(const Model& model) const;
  std::size_t chosen() const { return chosen_; }  // of the list that is shown
  const std::string& stage() const { return stage_; }
  const std::string& find() const { return find_; }
  const std::string& typed() const { return typed_; }
  const std::vector<PresetLine>& presets() const { return presets_; }
  bool to_compare() const { return to_compare_; }
  std::size_t chosen_preset() const { return chosen_preset_; }
  const std::string& message() const { return message_; }
  bool message_is_error() const { return message_is_error_; }

 private:
  std::optional<Command> PressInParameters(const Key& key, const Model& model, std::size_t page);
  std::optional<Command> PressLetter(char32_t letter, const Model& model);
  std::optional<Command> PressInPresets(const Key& key, std::size_t page);
  std::optional<Command> PressInTyping(const Key& key, const Model& model);
  void PressInFinding(const Key& key);
  void Choose(std::size_t count, std::ptrdiff_t step);
  void ChangeStage(const Model& model, int step);
  const ipc::Parameter* Chosen(const Model& model) const;
  std::optional<Command> Move(const Model& model, int direction, bool fine) const;

  Mode mode_ = Mode::kParameters;
  std::string stage_ = "master";
  std::size_t chosen_ = 0;
  std::string find_;
  std::string typed_;
  std::vector<PresetLine> presets_;
  bool to_compare_ = false;
  std::size_t chosen_preset_ = 0;
  std::string message_;
  bool message_is_error_ = false;
};

// Where a knob stands after one step up (+1) or down (-1): half a decibel, a semitone, the next
// choice, a hundredth of a range, and a fifth to a tenth of that where it is fine. In range. [any]
float Stepped(const ipc::Parameter& parameter, int direction, bool fine);

// "equalizer" of "equalizer.band1.gain". [any]
std::string_view StageOf(std::string_view key);

}  // namespace auralis::ctl
