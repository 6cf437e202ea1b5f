#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/importers/linear_chain.h"

namespace auralis {

// What follows "Filter 1:" in a text of Equalizer APO or Room EQ Wizard.
struct ApoRecursion {  // IIR, coefficients as in LinearChain::Recur
  std::vector<double> b;
  std::vector<double> a;
};
struct ApoNothing {};  // OFF, None
using ApoFilter = std::variant<ApoNothing, LinearFilter, ApoRecursion>;

// "ON PK Fc 1000 Hz Gain -3 dB Q 1.4". Nothing where it makes no sense, which `why` then says; what
// was left out of a filter that does is said in `note`.
//
// Shelves (matched to what Equalizer APO computes): LSC and HSC by Q or by "x dB" an octave are
// centred on Fc; LS and HS by "x dB" or Q have Fc at the corner; bare LS and HS are centred with a
// slope of 0.9.
std::optional<ApoFilter> ParseApoFilter(std::string_view text, std::string& why, std::string& note);

}  // namespace auralis
