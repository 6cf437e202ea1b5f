#include "daemon/rt_mailbox.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "tests/support/rt_guard.h"

namespace auralis {
namespace {

struct Value {
  std::array<unsigned, 64> words{};
};

Value Filled(unsigned word) {
  Value value;
  value.words.fill(word);
  return value;
}

TEST(RtMailbox, HoldsTheInitialValueUntilSomethingIsPublished) {
  RtMailbox<Value> mailbox(Filled(7));
  EXPECT_FALSE(mailbox.Poll());
  EXPECT_EQ(mailbox.value().words[0], 7U);
}

TEST(RtMailbox, GivesTheLatestValueOnce) {
  RtMailbox<Value> mailbox(Filled(0));
  mailbox.Publish(Filled(1));
  mailbox.Publish(Filled(2));
  EXPECT_TRUE(mailbox.Poll());
  EXPECT_EQ(mailbox.value().words[63], 2U);
  EXPECT_FALSE(mailbox.Poll());
  EXPECT_EQ(mailbox.value().words[63], 2U);
}

TEST(RtMailbox, ReaderNeverSeesATornOrOlderValue) {
  constexpr unsigned kRounds = 100000;
  RtMailbox<Value> mailbox(Filled(0));
  std::atomic<bool> torn_or_older{false};
  std::thread reader([&] {
    unsigned last = 0;
    while (last < kRounds) {
      if (!mailbox.Poll()) continue;
      const Value& value = mailbox.value();
      for (const unsigned word : value.words) {
        if (word != value.words[0]) torn_or_older = true;
      }
      if (value.words[0] <= last) torn_or_older = true;
      last = value.words[0];
    }
  });
  for (unsigned i = 1; i <= kRounds; ++i) mailbox.Publish(Filled(i));
  reader.join();
  EXPECT_FALSE(torn_or_older);
}

TEST(RtMailbox, TouchesNeitherHeapNorLock) {
  RtMailbox<Value> mailbox(Filled(0));
  const Value one = Filled(1);
  {
    const test::RtGuard guard;
    mailbox.Publish(one);
    EXPECT_TRUE(mailbox.Poll());
  }
  EXPECT_EQ(test::RtGuard::violations(), 0U);
}

}  // namespace
}  // namespace auralis
