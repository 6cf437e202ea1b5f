#pragma once
// One picture of the terminal, as cells: what is drawn before anybody knows how a terminal does it.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace auralis::ctl {

enum class Colour : std::uint8_t { kNone, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan, kWhite };
inline constexpr std::size_t kColours = 8;

struct Style {
  Colour colour = Colour::kNone;
  bool bold = false;
  bool dim = false;
  bool reverse = false;
  bool operator==(const Style&) const = default;
};

struct Cell {
  char32_t glyph = U' ';  // 0: the right half of the wide one before it
  Style style = {};
};

struct Size {
  std::size_t rows = 24;
  std::size_t columns = 80;
  bool operator==(const Size&) const = default;
};

// Columns that a text takes: two for wide characters, none for combining ones. [any]
std::size_t ColumnsOf(std::string_view utf8);

// What lies outside is cut off; nothing throws. [any]
class Frame {
 public:
  explicit Frame(Size size);

  Size size() const { return size_; }
  const Cell& at(std::size_t row, std::size_t column) const {
    return cells_[row * size_.columns + column];
  }
  // Writes at most `width` columns and says how many it took. What would steer a terminal, and what
  // is not UTF-8, becomes '?'.
  std::size_t Put(std::size_t row, std::size_t column, std::string_view utf8, Style style = {},
                  std::size_t width = std::numeric_limits<std::size_t>::max());
  void Set(std::size_t row, std::size_t column, char32_t glyph, Style style = {});
  // Blanks `width` columns in that style.
  void Fill(std::size_t row, std::size_t column, std::size_t width, Style style = {});

  // The glyphs alone, a line for each row, without blanks at the ends.
  std::string Text() const;

 private:
  Size size_;
  std::vector<Cell> cells_;
};

}  // namespace auralis::ctl
