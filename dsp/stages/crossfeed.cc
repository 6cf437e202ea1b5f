#include "dsp/stages/crossfeed.h"

#include <cmath>
#include <numbers>

#include "dsp/units.h"

namespace auralis {
namespace {

struct Setting {
  double frequency_hz;
  double feed_db;
};

Setting SettingOf(const Crossfeed::Params& params) {
  switch (static_cast<Crossfeed::Model>(std::lround(params.model))) {
    case Crossfeed::Model::kDefault:
      return {700.0, 4.5};
    case Crossfeed::Model::kChuMoy:
      return {700.0, 6.0};
    case Crossfeed::Model::kJanMeier:
      return {650.0, 9.5};
    case Crossfeed::Model::kCustom:
      break;
  }
  return {static_cast<double>(params.frequency_hz), static_cast<double>(params.feed_db)};
}

}  // namespace

const Crossfeed::Targets& Crossfeed::Designer::Design(const Params& params) {
  const auto [frequency_hz, feed_db] = SettingOf(params);
  const double cross_db = -5.0 / 6.0 * feed_db - 3.0;
  const double cross = DbToGain(cross_db);
  const double cut = 1.0 - DbToGain(feed_db / 6.0 - 3.0);
  const double direct_hz = frequency_hz * std::exp2((cross_db - GainToDb(cut)) / 12.0);
  const double sum = 1.0 - cut + cross;
  const auto pole = [this](double hz) {
    return static_cast<float>(std::exp(-2.0 * std::numbers::pi * hz / sample_rate_hz_));
  };
  targets_ = {.share = params.enabled >= 0.5F ? 1.0F : 0.0F,
              .cross_gain = static_cast<float>(cross / sum),
              .direct_cut = static_cast<float>(cut / sum),
              .direct_gain = static_cast<float>(1.0 / sum),
              .cross_pole = pole(frequency_hz),
              .direct_pole = pole(direct_hz)};
  return targets_;
}

void Crossfeed::Prepare(const ProcessSpec& spec) {
  share_.Prepare(spec.sample_rate_hz, kRampMs);
  for (Smoother* smoother :
       {&cross_gain_, &direct_cut_, &direct_gain_, &cross_pole_, &direct_pole_}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs);
  }
  shares_.assign(spec.block_frames, 0.0F);
  SetTargets(Designer(spec).Design(DefaultParams<Params>(kParams)));
  Reset();
}

void Crossfeed::Reset() noexcept {
  share_.Reset();
  Rest();
}

void Crossfeed::SetTargets(const Targets& targets) noexcept {
  targets_ = targets;
  share_.SetTarget(
      targets.share, [this] { Aim(); }, [this] { Rest(); });
}

void Crossfeed::Aim() noexcept {
  cross_gain_.SetTarget(targets_.cross_gain);
  direct_cut_.SetTarget(targets_.direct_cut);
  direct_gain_.SetTarget(targets_.direct_gain);
  cross_pole_.SetTarget(targets_.cross_pole);
  direct_pole_.SetTarget(targets_.direct_pole);
}

void Crossfeed::Rest() noexcept {
  Aim();
  for (Smoother* smoother :
       {&cross_gain_, &direct_cut_, &direct_gain_, &cross_pole_, &direct_pole_}) {
    smoother->SnapTo(smoother->target());
  }
  channels_ = {};
}

void Crossfeed::Process(StereoView io) noexcept {
  share_.Process(
      io, [this](StereoView part) { Feed(part); }, [this] { Rest(); }, [](StereoView) {});
}

void Crossfeed::Feed(StereoView io) noexcept {
  share_.Fill(shares_.data(), io.frames);
  auto [left, right] = channels_;
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float cross_pole = cross_pole_.Next();
    const float direct_pole = direct_pole_.Next();
    const float x_left = io.left[i];
    const float x_right = io.right[i];
    left.cross = x_left + cross_pole * (left.cross - x_left);
    right.cross = x_right + cross_pole * (right.cross - x_right);
    left.direct = x_left + direct_pole * (left.direct - x_left);
    right.direct = x_right + direct_pole * (right.direct - x_right);
    const float direct_gain = direct_gain_.Next();
    const float direct_cut = direct_cut_.Next();
    const float cross_gain = cross_gain_.Next();
    const float y_left = direct_gain * x_left - direct_cut * left.direct + cross_gain * right.cross;
    const float y_right =
        direct_gain * x_right - direct_cut * right.direct + cross_gain * left.cross;
    io.left[i] = x_left + shares_[i] * (y_left - x_left);
    io.right[i] = x_right + shares_[i] * (y_right - x_right);
  }
  channels_ = {left, right};
}

}  // namespace auralis
