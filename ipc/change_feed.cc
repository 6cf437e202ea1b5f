#include "ipc/change_feed.h"

#include <string>

#include "config/param_text.h"

namespace auralis::ipc {

Value ValueOf(const ParamRegistry& registry, std::size_t index) {
  const ParamSpec& spec = ParamRegistry::info(index).spec;
  const float value = registry.value(index);
  return {registry.key(index), value, FormatValue(spec, value), std::string(UnitText(spec.unit))};
}

void ChangeFeed::Subscribe(const std::vector<StreamRate>& streams) {
  parameter_pace_.reset();
  notice_pace_.reset();
  pending_.reset();
  notices_.clear();
  snapshot_ = false;
  for (const auto& [stream, rate_hz] : streams) {
    if (stream == Stream::kParameters) {
      parameter_pace_.emplace(rate_hz);
      pending_.set();
      snapshot_ = true;
    } else if (stream == Stream::kEvents) {
      notice_pace_.emplace(rate_hz);
    }
  }
}

void ChangeFeed::Changed(std::span<const std::size_t> indices) {
  if (!parameter_pace_) return;
  for (const std::size_t index : indices) pending_.set(index);
}

void ChangeFeed::Add(const Notice& notice) {
  if (!notice_pace_) return;
  if (notices_.size() == kMaxNotices) {
    notices_.pop_front();
    ++lost_;
  }
  notices_.push_back(notice);
}

std::vector<Event> ChangeFeed::Take(const ParamRegistry& registry, Pace::Clock::time_point now,
                                    bool has_room) {
  const bool changes_due = parameter_pace_ && pending_.any() && parameter_pace_->IsDue(now);
  const bool notices_due = notice_pace_ && !notices_.empty() && notice_pace_->IsDue(now);
  if (!has_room) {
    lost_ += changes_due ? 1U : 0U;  // of notices, what is pushed out by newer ones
    return {};
  }
  std::vector<Event> events;
  if (changes_due) {
    ParametersChanged changed{registry.revision(), snapshot_, {}, lost_};
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (pending_.test(i)) changed.values.push_back(ValueOf(registry, i));
    }
    events.emplace_back(std::move(changed));
    pending_.reset();
    snapshot_ = false;
  }
  if (notices_due) {  // all that wait: the rate bounds how often the client is woken
    for (Notice& notice : notices_) {
      notice.lost = lost_;
      events.emplace_back(notice);
    }
    notices_.clear();
  }
  return events;
}

}  // namespace auralis::ipc
