#include "daemon/value_memory.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "config/config_error.h"

namespace auralis {
namespace {

constexpr auto kSaveAfter = std::chrono::milliseconds(500);

}  // namespace

ValueMemory::ValueMemory(boost::asio::io_context& loop, ParamRegistry& registry,
                         std::filesystem::path file, const std::vector<Assignment>& settings,
                         bool recall)
    : registry_(registry), file_(std::move(file)), timer_(loop) {
  TakeSettings(settings);
  if (file_.empty()) return;
  if (recall) Recall();
  registry_.AddListener([this](std::span<const std::size_t>) { SaveSoon(); });
}

void ValueMemory::TakeSettings(const std::vector<Assignment>& settings) {
  ParamRegistry fresh;
  static_cast<void>(fresh.Apply(settings));  // they were checked when they were read
  start_ = fresh.values();
  in_file_.clear();
  for (const Assignment& one : settings) {
    if (const auto index = registry_.Find(one.key)) in_file_[*index] = start_[*index];
  }
}

void ValueMemory::Recall() {
  try {
    saved_ = LoadRememberedValues(file_);
    presets_ = saved_presets_ = LoadRememberedPresets(file_);
  } catch (const ConfigError& e) {
    spdlog::warn("{}; what was set before is forgotten", e.what());
    return;
  }
  for (const auto& [key, remembered] : saved_) {
    const auto index = registry_.Find(key);
    if (!index) continue;  // of another version
    const auto said = in_file_.find(*index);
    const bool edited = said != in_file_.end() && remembered.in_file != said->second;
    if (edited) continue;
    using Origin = ParamRegistry::Origin;
    const auto error =
        registry_.Apply(std::vector<Assignment>{{key, static_cast<double>(remembered.value)}},
                        remembered.pinned ? Origin::kPerson : Origin::kPreset);
    if (error) spdlog::warn("{}: {}", file_.string(), error->Message());
  }
}

void ValueMemory::Keep(RememberedPresets presets, std::function<float(std::size_t)> under) {
  presets_ = std::move(presets);
  under_ = std::move(under);
  if (!(presets_ == saved_presets_)) SaveSoon();
}

void ValueMemory::Settle(const std::vector<Assignment>& settings) {
  TakeSettings(settings);
  SaveSoon();
}

RememberedValues ValueMemory::Differences() const {
  RememberedValues values;
  for (std::size_t i = 0; i < start_.size(); ++i) {
    const float value = registry_.value(i);
    if (value == start_[i] && (!under_ || value == under_(i))) continue;
    const auto said = in_file_.find(i);
    values[registry_.key(i)] = {
        .value = registry_.value(i),
        .in_file = said == in_file_.end() ? std::nullopt : std::optional(said->second),
        .pinned = registry_.pinned()[i]};
  }
  return values;
}

void ValueMemory::SaveSoon() {
  if (file_.empty() || closed_ || held_ || std::exchange(waiting_, true)) return;
  timer_.expires_after(kSaveAfter);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    waiting_ = false;
    Save();
  });
}

void ValueMemory::Save() {
  RememberedValues values = Differences();
  if (values == saved_ && presets_ == saved_presets_) return;
  try {
    SaveRememberedValues(file_, values, presets_);
    saved_presets_ = presets_;
    saved_ = std::move(values);
    failed_ = false;
  } catch (const ConfigError& e) {
    if (!std::exchange(failed_, true)) spdlog::warn("{}: what is set is not kept", e.what());
  }
}

void ValueMemory::Hold(bool held) {
  if (held == held_) return;
  if (held && std::exchange(waiting_, false)) {
    timer_.cancel();
    Save();
  }
  held_ = held;
  SaveSoon();
}

void ValueMemory::Close() {
  if (std::exchange(closed_, true)) return;
  timer_.cancel();
  if (waiting_) Save();
}

}  // namespace auralis
