#include "config/param_docs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "config/param_registry.h"
#include "config/param_text.h"

namespace auralis {
namespace {

TEST(ParamDocs, TheFileInDocsIsWhatTheTableSays) {
  std::ifstream file(AURALIS_SOURCE_DIR "/docs/parameters.md", std::ios::binary);
  ASSERT_TRUE(file) << "docs/parameters.md is missing";
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_TRUE(text == ParametersMarkdown())
      << "docs/parameters.md is out of date; write it again from the root of the tree:\n"
         "  auralisd --list-params > docs/parameters.md";
}

TEST(ParamDocs, NamesEveryKeyOnce) {
  const std::string text = ParametersMarkdown();
  for (const ParamInfo& info : SignalPath::kParams) {
    std::string key = FullKey(info);
    if (!info.family.empty()) {
      key.replace(key.find(std::to_string(info.number)), std::to_string(info.number).size(), "N");
    }
    const std::string row = "| `" + key + "` |";
    const std::size_t found = text.find(row);
    ASSERT_NE(found, std::string::npos) << key;
    EXPECT_EQ(text.find(row, found + 1), std::string::npos) << key;
  }
}

TEST(ParamDocs, TellsFamiliesAndDefaultsThatDiffer) {
  const std::string text = ParametersMarkdown();
  EXPECT_NE(text.find("`bandN`: N = 1 to 32."), std::string::npos);
  EXPECT_NE(text.find("Defaults of `equalizer.bandN.frequency`, from 1 to 32: "),
            std::string::npos);
  EXPECT_NE(text.find("| `output.gain` | -60 dB to 0 dB | 0.0 dB | "), std::string::npos);
}

TEST(ParamDocs, EveryTableHasAsManyCellsInEachRow) {
  std::istringstream text(ParametersMarkdown());
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with('|')) continue;
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++bars;
    }
    EXPECT_EQ(bars, 5U) << line;
  }
}

TEST(ParamDocs, JsonHoldsTheTableExactly) {
  const nlohmann::json array = nlohmann::json::parse(ParametersJson());
  ASSERT_EQ(array.size(), SignalPath::kParamCount);
  const ParamRegistry registry;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const ParamSpec& spec = ParamRegistry::info(i).spec;
    const nlohmann::json& row = array[i];
    EXPECT_EQ(row.at("key"), registry.key(i));
    EXPECT_EQ(row.at("min").get<float>(), spec.min);
    EXPECT_EQ(row.at("max").get<float>(), spec.max);
    EXPECT_EQ(row.at("default").get<float>(), spec.def);
    EXPECT_EQ(row.at("choices").size(), spec.choices.size());
    EXPECT_EQ(row.at("doc"), spec.doc);
  }
}

}  // namespace
}  // namespace auralis
