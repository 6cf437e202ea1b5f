#include "ipc/monitor/frame.h"

#include <algorithm>
#include <array>

namespace auralis::ctl {
namespace {

constexpr char32_t kUnknown = U'?';

struct Span {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool IsIn(char32_t glyph, const std::array<Span, N>& spans) {
  return std::any_of(spans.begin(), spans.end(),
                     [&](Span span) { return glyph >= span.first && glyph <= span.last; });
}

// The blocks that Unicode 15 calls wide (UAX 11), and those that combine; coarse, but without the
// locale, which wcwidth() asks.
std::size_t WidthOf(char32_t glyph) {
  constexpr auto kWide = std::to_array<Span>({{0x1100, 0x115F},
                                              {0x2E80, 0xA4CF},
                                              {0xAC00, 0xD7A3},
                                              {0xF900, 0xFAFF},
                                              {0xFE30, 0xFE6F},
                                              {0xFF00, 0xFF60},
                                              {0xFFE0, 0xFFE6},
                                              {0x1F300, 0x1FAFF},
                                              {0x20000, 0x3FFFD}});
  constexpr auto kCombining = std::to_array<Span>({{0x0300, 0x036F},
                                                   {0x200B, 0x200F},
                                                   {0x202A, 0x202E},
                                                   {0x2060, 0x2064},
                                                   {0xFE00, 0xFE0F},
                                                   {0xFEFF, 0xFEFF}});
  if (IsIn(glyph, kCombining)) return 0;
  return IsIn(glyph, kWide) ? 2 : 1;
}

// Takes the next character off `text`, which is not empty.
char32_t TakeGlyph(std::string_view& text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  std::uint32_t glyph = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xC0U) != 0x80U) {
      text.remove_prefix(1);
      return kUnknown;
    }
    glyph = (glyph << 6U) | (byte(i) & 0x3FU);
  }
  text.remove_prefix(std::max<std::size_t>(length, 1));
  const bool steers = glyph < 0x20 || (glyph >= 0x7F && glyph < 0xA0);
  const bool surrogate = glyph >= 0xD800 && glyph < 0xE000;
  return length == 0 || steers || surrogate || glyph > 0x10FFFF ? kUnknown : glyph;
}

void AppendUtf8(char32_t glyph, std::string& text) {
  const auto tail = [&](unsigned shift) {
    text += static_cast<char>(0x80U | ((static_cast<std::uint32_t>(glyph) >> shift) & 0x3FU));
  };
  if (glyph < 0x80) {
    text += static_cast<char>(glyph);
  } else if (glyph < 0x800) {
    text += static_cast<char>(0xC0U | (static_cast<std::uint32_t>(glyph) >> 6U));
    tail(0);
  } else if (glyph < 0x10000) {
    text += static_cast<char>(0xE0U | (static_cast<std::uint32_t>(glyph) >> 12U));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | (static_cast<std::uint32_t>(glyph) >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::size_t ColumnsOf(std::string_view utf8) {
  std::size_t columns = 0;
  while (!utf8.empty()) columns += WidthOf(TakeGlyph(utf8));
  return columns;
}

Frame::Frame(Size size) : size_(size), cells_(size.rows * size.columns) {}

std::size_t Frame::Put(std::size_t row, std::size_t column, std::string_view utf8, Style style,
                       std::size_t width) {
  if (row >= size_.rows || column >= size_.columns) return 0;
  const std::size_t room = std::min(width, size_.columns - column);
  std::size_t used = 0;
  while (!utf8.empty()) {
    const char32_t glyph = TakeGlyph(utf8);
    const std::size_t takes = WidthOf(glyph);
    if (used + takes > room) break;
    if (takes == 0) continue;
    Set(row, column + used, glyph, style);
    if (takes == 2) Set(row, column + used + 1, 0, style);
    used += takes;
  }
  return used;
}

void Frame::Set(std::size_t row, std::size_t column, char32_t glyph, Style style) {
  if (row >= size_.rows || column >= size_.columns) return;
  cells_[row * size_.columns + column] = {glyph, style};
}

void Frame::Fill(std::size_t row, std::size_t column, std::size_t width, Style style) {
  for (std::size_t i = 0; i < width && column + i < size_.columns; ++i) {
    Set(row, column + i, U' ', style);
  }
}

std::string Frame::Text() const {
  std::string text;
  for (std::size_t row = 0; row < size_.rows; ++row) {
    for (std::size_t column = 0; column < size_.columns; ++column) {
      if (const char32_t glyph = at(row, column).glyph; glyph != 0) AppendUtf8(glyph, text);
    }
    text.erase(text.find_last_not_of(' ') + 1);  // stops at the line before: that ends in \n
    text += '\n';
  }
  return text;
}

}  // namespace auralis::ctl
