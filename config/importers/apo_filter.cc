#include "config/importers/apo_filter.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "config/importers/text_scan.h"
#include "config/param_text.h"

namespace auralis {
namespace {

// Values behind their names, "Fc 1000 Hz"; blanks between may be missing.
struct Fields {
  std::optional<double> frequency_hz, gain_db, q, octaves, slope_db;
};

constexpr double kLowestHz = 0.1;
constexpr double kHighestHz = 400000.0;
constexpr double kMostDb = 200.0;

const std::map<std::string, FilterType>& Types() {
  static const std::map<std::string, FilterType> kTypes = {
      {"pk", FilterType::kBell},      {"peq", FilterType::kBell},
      {"modal", FilterType::kBell},   {"lp", FilterType::kLowPass},
      {"lpq", FilterType::kLowPass},  {"hp", FilterType::kHighPass},
      {"hpq", FilterType::kHighPass}, {"bp", FilterType::kBandPass},
      {"ls", FilterType::kLowShelf},  {"hs", FilterType::kHighShelf},
      {"lsc", FilterType::kLowShelf}, {"hsc", FilterType::kHighShelf},
      {"lsq", FilterType::kLowShelf}, {"hsq", FilterType::kHighShelf},
      {"no", FilterType::kNotch},     {"ap", FilterType::kAllPass}};
  return kTypes;
}

bool IsShelf(FilterType type) {
  return type == FilterType::kLowShelf || type == FilterType::kHighShelf;
}

// "1.500" is how Room EQ Wizard writes 1500 Hz in places where a thousand has a dot.
double ReadFrequency(std::string_view word, double number) {
  const bool thousands = word.size() >= 5 &&
                         (word[word.size() - 4] == '.' || word[word.size() - 4] == ',') &&
                         word.find_first_of("eE") == std::string_view::npos;
  return thousands ? number * 1000.0 : number;
}

bool ReadFields(const std::vector<std::string>& words, Fields& fields, std::string& why) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = Lowered(words[i]);
    const auto value = [&](std::size_t at) -> std::optional<double> {
      return at < words.size() ? NumberIn(words[at]) : std::nullopt;
    };
    std::optional<double>* field = nullptr;
    std::size_t at = i + 1;
    if (name == "fc") field = &fields.frequency_hz;
    if (name == "gain") field = &fields.gain_db;
    if (name == "q") field = &fields.q;
    if (name == "bw" && at < words.size() && Lowered(words[at]) == "oct") {
      field = &fields.octaves;
      ++at;
    }
    if (field == nullptr) continue;
    *field = value(at);
    if (!*field) {
      why = name + " has no number behind it";
      return false;
    }
    if (field == &fields.frequency_hz) *field = ReadFrequency(words[at], **field);
    i = at;
  }
  return true;
}

std::optional<ApoFilter> ParseRecursion(const std::vector<std::string>& words, std::string& why) {
  std::size_t order = 0;
  std::vector<double> numbers;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string name = Lowered(words[i]);
    if (name == "order" && i + 1 < words.size()) {
      order = static_cast<std::size_t>(std::clamp(NumberIn(words[i + 1]).value_or(0.0), 0.0, 99.0));
      ++i;
    } else if (name != "coefficients") {
      const auto number = NumberIn(words[i]);
      if (!number) break;
      numbers.push_back(*number);
    }
  }
  constexpr std::size_t kMostOrder = 16;
  if (order < 1 || order > kMostOrder || numbers.size() != 2 * (order + 1)) {
    why = "IIR wants an order of 1 to 16 and twice one more coefficients than that";
    return std::nullopt;
  }
  const auto half = numbers.begin() + static_cast<std::ptrdiff_t>(order + 1);
  ApoRecursion recursion{{numbers.begin(), half}, {half, numbers.end()}};
  if (recursion.a.front() == 0.0) {
    why = "IIR's a0 is 0";
    return std::nullopt;
  }
  return recursion;
}

// Q and centre of a shelf out of what was given for it.
void ShapeShelf(LinearFilter& filter, const Fields& fields, bool by_corner) {
  double s = 0.9;
  const bool has_slope = fields.slope_db.has_value();
  if (has_slope) s = *fields.slope_db / 12.0;
  if (fields.q && !has_slope) {
    const double a = std::pow(10.0, filter.gain_db / 40.0);
    filter.q = *fields.q;
    s = 1.0 / ((1.0 / (filter.q * filter.q) - 2.0) / (a + 1.0 / a) + 1.0);
  } else {
    filter.q = QOfSlope(s, filter.gain_db);
  }
  if (!by_corner || (!fields.q && !has_slope)) return;
  const double factor = std::pow(10.0, std::abs(filter.gain_db) / 80.0 / s);
  filter.frequency_hz *= filter.type == FilterType::kLowShelf ? factor : 1.0 / factor;
}

double WidthOf(FilterType type, const Fields& fields) {
  constexpr double kNotchQ = 30.0;
  if (fields.octaves) return QOfBandwidth(*fields.octaves);
  if (fields.q) return *fields.q;
  return type == FilterType::kNotch ? kNotchQ : std::sqrt(0.5);
}

bool IsSound(const LinearFilter& filter, std::string& why) {
  if (!(filter.frequency_hz >= kLowestHz && filter.frequency_hz <= kHighestHz)) {
    why = "its frequency is none";
  } else if (!(std::abs(filter.gain_db) <= kMostDb)) {
    why = "its gain is beyond 200 dB";
  } else if (!(filter.q > 1e-4 && filter.q <= 1e4)) {
    why = "its width is none that a filter can have";
  } else {
    return true;
  }
  return false;
}

}  // namespace

std::optional<ApoFilter> ParseApoFilter(std::string_view text, std::string& why,
                                        std::string& note) {
  std::vector<std::string> words = WordsOf(text);
  if (words.empty()) {
    why = "it is empty";
    return std::nullopt;
  }
  if (Lowered(words[0]) == "off") return ApoNothing{};
  if (Lowered(words[0]) != "on" || words.size() < 2) {
    why = "it is neither ON nor OFF";
    return std::nullopt;
  }
  words.erase(words.begin());
  const std::string name = Lowered(words[0]);
  if (name == "none") return ApoNothing{};
  if (name == "iir") return ParseRecursion(words, why);
  const auto type = Types().find(name);
  if (type == Types().end()) {
    why = Printable(words[0]) + " is a type of filter that Equalizer APO does not have";
    return std::nullopt;
  }
  Fields fields;
  if (!ReadFields(words, fields, why)) return std::nullopt;
  LinearFilter filter{.type = type->second};
  if (words.size() > 1 && IsShelf(filter.type)) {
    std::string_view slope = words[1];  // "12dB", or "12" and "dB"
    fields.slope_db = TakeNumber(slope);
    if (fields.slope_db && *fields.slope_db <= 0.0) fields.slope_db = std::nullopt;
  }
  const bool wants_gain = filter.type == FilterType::kBell || IsShelf(filter.type);
  const bool wants_width = filter.type == FilterType::kBell || filter.type == FilterType::kAllPass;
  if (!fields.frequency_hz || (wants_gain && !fields.gain_db) ||
      (wants_width && !fields.q && !fields.octaves)) {
    why =
        "it wants Fc" + std::string(wants_gain ? ", Gain" : "") + (wants_width ? ", Q or BW" : "");
    return std::nullopt;
  }
  filter.frequency_hz = *fields.frequency_hz;
  if (wants_gain) filter.gain_db = *fields.gain_db;
  if (IsShelf(filter.type)) {
    ShapeShelf(filter, fields, !name.ends_with('c'));
  } else {
    filter.q = WidthOf(filter.type, fields);
  }
  if (!IsSound(filter, why)) return std::nullopt;
  if (name == "modal") note = "the T60 target of a modal filter is not needed";
  return filter;
}

}  // namespace auralis
