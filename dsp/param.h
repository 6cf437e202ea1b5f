#pragma once
// What a parameter *is*: declared once, in the stage it steers, as data. The registry, the settings
// file, the IPC description, the MIDI law, `auralisd --list-params` and the tests' sweeps all read
// this table; nobody else spells a key, a range or a default.
//
// A stage's `Params` is a plain pack of floats. Every float of it has exactly one row, in the order
// of the struct (AreValid checks both), so a stage's values travel as a slice of a flat array and
// no code ever maps one to the other by hand.

#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace auralis {

enum class Unit { kNone, kDecibel, kHertz, kMillisecond, kRatio };

// How a knob, a MIDI controller or a sweep travels over the range.
enum class Scale { kLinear, kLog, kToggle, kChoice };

struct ParamSpec {
  std::string_view key;   // stable: settings, wire and scripts use it; never changes its meaning;
                          // "" for the only value of a family's members ("bark.band7")
  std::string_view name;  // for people
  Unit unit = Unit::kNone;
  Scale scale = Scale::kLinear;
  float min = 0.0F;  // may be lowered later, never raised
  float max = 1.0F;  // may be raised later, never lowered
  float def = 0.0F;
  std::span<const float> family_defaults = {};     // in a family: the default of each member
  float smoothing_ms = 20.0F;                      // length of the ramp to a new value
  bool follows_intensity = false;                  // scaled toward `neutral` by master.intensity
  float neutral = 0.0F;                            // the value that changes nothing
  std::span<const std::string_view> choices = {};  // kChoice: what value 0, 1, ... is called
  bool structural =
      false;             // a stage's latency depends on it: a change takes a newly prepared chain
  std::string_view doc;  // one sentence, with its full stop
};

// One row of a stage's table. `slot` is the position of the value among the floats of `Params`.
// Members of an indexed family ("band7.gain") carry the family's name and their 1-based number.
struct ParamRow {
  std::size_t slot = 0;
  std::string_view family = {};
  std::size_t number = 0;  // 0 outside families
  ParamSpec spec = {};
};

namespace param_detail {

template <class P>
inline constexpr std::size_t kFloats = sizeof(P) / sizeof(float);

// The position of the only float that `mark` sets in an otherwise zero P.
template <class P, class Mark>
consteval std::size_t SlotOf(Mark mark) {
  P params{};
  mark(params);
  const auto floats = std::bit_cast<std::array<float, kFloats<P>>>(params);
  std::size_t slot = 0;
  while (floats[slot] != 1.0F) ++slot;
  return slot;
}

}  // namespace param_detail

// The same values, for designers that remember. [any]
template <class P>
constexpr bool Same(const P& a, const P& b) {
  using Floats = std::array<float, param_detail::kFloats<P>>;
  return std::bit_cast<Floats>(a) == std::bit_cast<Floats>(b);
}

// A row for a plain field.
template <class P>
consteval std::array<ParamRow, 1> Param(float P::*field, ParamSpec spec) {
  return {
      ParamRow{.slot = param_detail::SlotOf<P>([field](P& p) { p.*field = 1.0F; }), .spec = spec}};
}

template <class E>
struct FamilyField {
  float E::*field;
  ParamSpec spec;
};

// Rows for `std::array<E, N>`, "name1.key" to "nameN.key", member by member.
template <class P, class E, std::size_t N, std::size_t K>
consteval std::array<ParamRow, N * K> ParamFamily(std::string_view name,
                                                  std::array<E, N> P::*members,
                                                  const std::array<FamilyField<E>, K>& fields) {
  std::array<ParamRow, N * K> rows{};
  for (std::size_t n = 0; n < N; ++n) {
    for (std::size_t k = 0; k < K; ++k) {
      const auto field = fields[k].field;
      ParamRow& row = rows[n * K + k];
      row.slot = param_detail::SlotOf<P>([=](P& p) { ((p.*members)[n]).*field = 1.0F; });
      row.family = name;
      row.number = n + 1;
      row.spec = fields[k].spec;
      if (!row.spec.family_defaults.empty()) row.spec.def = row.spec.family_defaults[n];
      row.spec.family_defaults = {};
    }
  }
  return rows;
}

// One table out of rows and families, in the order given.
template <std::size_t... Sizes>
consteval auto ParamTable(const std::array<ParamRow, Sizes>&... parts) {
  std::array<ParamRow, (Sizes + ...)> rows{};
  std::size_t i = 0;
  (
      [&] {
        for (const ParamRow& row : parts) rows[i++] = row;
      }(),
      ...);
  return rows;
}

constexpr bool IsValid(const ParamSpec& s) {
  const bool choice_fits =
      (s.scale == Scale::kChoice) == !s.choices.empty() &&
      (s.choices.empty() || (s.min == 0.0F && s.max == static_cast<float>(s.choices.size() - 1)));
  const bool toggle_fits = s.scale != Scale::kToggle || (s.min == 0.0F && s.max == 1.0F);
  return !s.name.empty() && s.doc.ends_with('.') && s.min < s.max && s.min <= s.def &&
         s.def <= s.max && (s.scale != Scale::kLog || s.min > 0.0F) && choice_fits && toggle_fits;
}

// Every float of P has one row, in order; every row is sound; no key appears twice.
template <class P, std::size_t N>
constexpr bool AreValid(const std::array<ParamRow, N>& rows) {
  static_assert(std::is_trivially_copyable_v<P> && std::is_standard_layout_v<P>);
  if (N != param_detail::kFloats<P>) return false;
  for (std::size_t i = 0; i < N; ++i) {
    if (rows[i].slot != i || !IsValid(rows[i].spec)) return false;
    if (rows[i].spec.key.empty() && rows[i].family.empty()) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (rows[i].spec.key == rows[j].spec.key && rows[i].family == rows[j].family &&
          rows[i].number == rows[j].number) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace auralis
