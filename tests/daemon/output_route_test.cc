#include "daemon/output_route.h"

#include <gtest/gtest.h>

namespace auralis {
namespace {

constexpr std::uint32_t kInput = 30;

SoundGraph::Node Stream(const std::string& role, std::uint64_t serial) {
  return {.media_class = "Stream/Output/Audio",
          .role = role,
          .application = role + " player",
          .serial = serial};
}

TEST(OutputRoute, WhatPlaysIsTheNewestStreamThatIsLinkedToUs) {
  SoundGraph graph;
  // Ids are used again: only the serial tells which one came last.
  graph.nodes = {{50, Stream("Communication", 900)},
                 {60, Stream("Music", 300)},
                 {70, Stream("Game", 1000)},
                 {80, {.is_ours = true, .role = "ours", .serial = 2000}}};
  const auto link = [&](std::uint32_t id, std::uint32_t from, std::uint32_t to) {
    graph.links[id] = {.from_node = from, .to_node = to};
  };
  link(1, 60, kInput);
  link(2, 70, 31);  // past us
  link(3, 80, kInput);
  Situation now = WithApplication({.device_id = "speakers"}, graph, kInput, {});
  EXPECT_EQ(now.device_id, "speakers");
  EXPECT_EQ(now.role, "Music");
  EXPECT_EQ(now.application, "Music player");
  link(4, 50, kInput);
  now = WithApplication({}, graph, kInput, now);
  EXPECT_EQ(now.role, "Communication");
  graph.links.erase(4);
  now = WithApplication({}, graph, kInput, now);
  EXPECT_EQ(now.role, "Music");
  // What has yet to be linked goes to the default sink.
  graph.nodes[kInput] = {.name = "auralis", .media_class = "Audio/Sink"};
  graph.nodes[95] = Stream("Movie", 5000);
  EXPECT_EQ(WithApplication({}, graph, kInput, now).role, "Music");
  graph.default_sink = "auralis";
  EXPECT_EQ(WithApplication({}, graph, kInput, now).role, "Movie");
  link(6, 95, 31);
  EXPECT_EQ(WithApplication({}, graph, kInput, now).role, "Music");
  graph.default_sink = "speakers";
  // Silence between two pieces is no other application; a stream that does not say is.
  graph.links.erase(1);
  now = WithApplication({}, graph, kInput, now);
  EXPECT_EQ(now.role, "Music");
  graph.nodes[90] = {.media_class = "Stream/Output/Audio", .serial = 3000};
  link(5, 90, kInput);
  EXPECT_EQ(WithApplication({}, graph, kInput, now).role, "");
}

}  // namespace
}  // namespace auralis
