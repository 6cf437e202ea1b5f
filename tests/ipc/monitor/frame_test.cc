#include "ipc/monitor/frame.h"

#include <gtest/gtest.h>

#include <string>

namespace auralis::ctl {
namespace {

TEST(Frame, CutsWhatLiesOutside) {
  Frame frame({2, 5});
  EXPECT_EQ(frame.Put(0, 3, "abcdef"), 2U);
  EXPECT_EQ(frame.Put(2, 0, "below"), 0U);
  EXPECT_EQ(frame.Put(0, 5, "beside"), 0U);
  EXPECT_EQ(frame.Put(1, 0, "abcdef", {}, 3), 3U);
  frame.Set(7, 7, U'x');
  frame.Fill(1, 4, 100);
  EXPECT_EQ(frame.Text(), "   ab\nabc\n");
}

TEST(Frame, CountsColumnsNotBytes) {
  EXPECT_EQ(ColumnsOf("Lautsprecher"), 12U);
  EXPECT_EQ(ColumnsOf("Kopfh\xC3\xB6rer"), 9U);
  EXPECT_EQ(ColumnsOf("\xE9\x9F\xB3\xE9\x87\x8F"), 4U);  // two wide characters
  EXPECT_EQ(ColumnsOf("o\xCC\x88"), 1U);                 // o and a combining diaeresis
  Frame frame({1, 4});
  // The second wide one does not fit into the one column that is left.
  EXPECT_EQ(frame.Put(0, 1, "\xE9\x9F\xB3\xE9\x87\x8F"), 2U);
  EXPECT_EQ(frame.at(0, 1).glyph, U'\u97F3');
  EXPECT_EQ(frame.at(0, 2).glyph, U'\0');
}

TEST(Frame, LetsNothingSteerTheTerminal) {
  Frame frame({1, 40});
  frame.Put(0, 0, std::string("a\x1b[2Jb\nc\td\x7f\xC2\x9B") + "e");
  EXPECT_EQ(frame.Text(), "a?[2Jb?c?d??e\n");
}

TEST(Frame, TakesAnyBytes) {
  // Every lead byte with every kind of continuation, cut off at every length.
  for (unsigned lead = 0; lead < 256; ++lead) {
    for (const std::string tail : {"", "\x80", "\xBF\xBF", "\x80\x80\x80", "aa", "\xFF"}) {
      const std::string text = static_cast<char>(lead) + tail;
      Frame frame({1, 8});
      EXPECT_LE(frame.Put(0, 0, text), 8U);
      for (std::size_t i = 0; i < 8; ++i) EXPECT_LE(frame.at(0, i).glyph, 0x10FFFFU);
    }
  }
}

TEST(Frame, RoundTripsUtf8) {
  const std::string text = "a\xC3\xA9\xE2\x96\x88\xF0\x9D\x84\x9E";  // one to four bytes
  Frame frame({1, 10});
  frame.Put(0, 0, text);
  EXPECT_EQ(frame.Text(), text + "\n");
}

}  // namespace
}  // namespace auralis::ctl
