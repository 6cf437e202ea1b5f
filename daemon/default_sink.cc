#include "daemon/default_sink.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/text_file.h"
#include "daemon/own_sink.h"

namespace auralis {
namespace {

// Somebody who takes the place back this often in this time wants it more than we do.
constexpr std::size_t kMostTakes = 5;
constexpr std::chrono::seconds kTakesIn{10};

}  // namespace

DefaultSink::DefaultSink(PipeWireGraph& graph, bool take, std::filesystem::path file)
    : graph_(graph), take_(take), file_(std::move(file)) {
  std::error_code ignored;
  if (file_.empty() || !std::filesystem::exists(file_, ignored)) return;
  try {
    configured_before_ = displaced_ = ReadFileBytes(file_);
    owed_ = true;
  } catch (const ConfigError& e) {
    spdlog::warn("{}; the default sink of before is not known", e.what());
  }
}

void DefaultSink::Follow() {
  const SoundGraph& graph = graph_.now();
  const bool is_ours = graph.configured_default_sink == OwnSink::kName;
  if (graph.default_sink != OwnSink::kName && !graph.default_sink.empty()) {
    displaced_ = graph.default_sink;
  }
  if (is_ours) asked_ = false;
  if (!take_) {
    if (is_ours && owed_) Restore();
    return;
  }
  const bool is_there = std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const auto& node) {
    return node.second.name == OwnSink::kName;
  });
  if (is_there && !is_ours && !asked_) Take(graph.configured_default_sink);
}

void DefaultSink::Take(const std::string& from) {
  if (FightsBack()) return;
  if (!from.empty()) displaced_ = from;
  configured_before_ = from;
  owed_ = true;
  Keep();
  asked_ = graph_.ConfigureDefaultSink(OwnSink::kName);
}

bool DefaultSink::FightsBack() {
  const auto now = Clock::now();
  while (!takes_.empty() && now - takes_.front() > kTakesIn) takes_.pop_front();
  takes_.push_back(now);
  if (takes_.size() <= kMostTakes) return false;
  spdlog::warn("another program keeps choosing another default sink: it is left alone");
  take_ = owed_ = false;
  Forget();
  return true;
}

void DefaultSink::Restore() {
  if (!std::exchange(owed_, false)) return;
  // Somebody else's choice by now is left alone.
  if (graph_.now().configured_default_sink == OwnSink::kName) {
    graph_.ConfigureDefaultSink(configured_before_);
  }
  Forget();
}

void DefaultSink::Keep() const {
  if (file_.empty()) return;
  try {
    ReplaceFile(file_, configured_before_);
  } catch (const ConfigError& e) {
    spdlog::warn("{}: after a crash the default sink of before is not known", e.what());
  }
}

void DefaultSink::Forget() const {
  std::error_code ignored;
  if (!file_.empty()) std::filesystem::remove(file_, ignored);
}

}  // namespace auralis
