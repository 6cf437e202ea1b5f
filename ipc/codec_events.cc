// The codec's events.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "ipc/codec_parts.h"

namespace auralis::ipc {
namespace {

auto PackFloats(Builder& b, std::span<const float> x) { return b.CreateVector(x.data(), x.size()); }

Offset<wire::Levels> Pack(Builder& b, const Levels& m) {
  return wire::CreateLevels(b, PackFloats(b, m.peak_dbfs), PackFloats(b, m.rms_dbfs),
                            PackFloats(b, m.true_peak_dbtp), m.momentary_lufs, m.short_term_lufs,
                            m.integrated_lufs, m.loudness_range_lu, m.crest_db, m.correlation,
                            m.width, m.balance_db, m.centroid_hz, m.rolloff_hz, m.flatness,
                            m.onsets_per_s);
}
auto Pack(Builder& b, const std::vector<GainReduction>& reductions) {
  return PackList(b, reductions, [&](const GainReduction& one) {
    return wire::CreateGainReduction(b, b.CreateString(one.stage), one.db);
  });
}
std::array<float, 2> UnpackStereo(const Floats* list) {
  std::array<float, 2> stereo{};
  if (list != nullptr) {
    std::copy_n(list->begin(), std::min<std::size_t>(list->size(), stereo.size()), stereo.begin());
  }
  return stereo;
}
Levels Unpack(const wire::Levels* m) {
  if (m == nullptr) return {};
  return {.peak_dbfs = UnpackStereo(m->peak_dbfs()),
          .rms_dbfs = UnpackStereo(m->rms_dbfs()),
          .true_peak_dbtp = UnpackStereo(m->true_peak_dbtp()),
          .momentary_lufs = m->momentary_lufs(),
          .short_term_lufs = m->short_term_lufs(),
          .integrated_lufs = m->integrated_lufs(),
          .loudness_range_lu = m->loudness_range_lu(),
          .crest_db = m->crest_db(),
          .correlation = m->correlation(),
          .width = m->width(),
          .balance_db = m->balance_db(),
          .centroid_hz = m->centroid_hz(),
          .rolloff_hz = m->rolloff_hz(),
          .flatness = m->flatness(),
          .onsets_per_s = m->onsets_per_s()};
}
auto Unpack(const flatbuffers::Vector<Offset<wire::GainReduction>>* list) {
  return UnpackList(list, [](const wire::GainReduction& one) {
    return GainReduction{Text(one.stage()), one.db()};
  });
}

}  // namespace

Offset<wire::Meters> Pack(Builder& b, const Meters& m) {
  return wire::CreateMeters(b, m.position_frames, Pack(b, m.input), Pack(b, m.output),
                            m.limiter_gain_reduction_db, m.lost, Pack(b, m.gain_reductions),
                            m.leveler_gain_db);
}
Offset<wire::Spectrum> Pack(Builder& b, const Spectrum& m) {
  return wire::CreateSpectrum(b, m.position_frames, m.low_hz, m.high_hz,
                              PackFloats(b, m.input_dbfs), PackFloats(b, m.output_dbfs), m.lost,
                              PackFloats(b, m.input_critical_dbfs),
                              PackFloats(b, m.output_critical_dbfs));
}
Offset<wire::Bye> Pack(Builder& b, const Bye& m) {
  return wire::CreateBye(b, b.CreateString(m.reason));
}

Event Unpack(const wire::Meters& m) {
  return Meters{.position_frames = m.position_frames(),
                .input = Unpack(m.input()),
                .output = Unpack(m.output()),
                .limiter_gain_reduction_db = m.limiter_gain_reduction_db(),
                .lost = m.lost(),
                .gain_reductions = Unpack(m.gain_reductions()),
                .leveler_gain_db = m.leveler_gain_db()};
}
Event Unpack(const wire::Spectrum& m) {
  return Spectrum{.position_frames = m.position_frames(),
                  .low_hz = m.low_hz(),
                  .high_hz = m.high_hz(),
                  .input_dbfs = Unpack(m.input_dbfs()),
                  .output_dbfs = Unpack(m.output_dbfs()),
                  .lost = m.lost(),
                  .input_critical_dbfs = Unpack(m.input_critical_dbfs()),
                  .output_critical_dbfs = Unpack(m.output_critical_dbfs())};
}
Event Unpack(const wire::Bye& m) { return Bye{Text(m.reason())}; }

Offset<wire::ParametersChanged> Pack(Builder& b, const ParametersChanged& m) {
  return wire::CreateParametersChanged(
      b, m.revision, m.snapshot,
      PackList(b, m.values, [&](const Value& one) { return Pack(b, one); }), m.lost);
}
Event Unpack(const wire::ParametersChanged& m) {
  return ParametersChanged{
      .revision = m.revision(),
      .snapshot = m.snapshot(),
      .values = UnpackList(m.values(), [](const wire::Value& one) { return Unpack(one); }),
      .lost = m.lost()};
}
Offset<wire::Notice> Pack(Builder& b, const Notice& m) {
  return wire::CreateNotice(b, static_cast<wire::NoticeKind>(m.kind), b.CreateString(m.text),
                            m.count, m.lost);
}
Event Unpack(const wire::Notice& m) {
  return Notice{.kind = static_cast<NoticeKind>(m.kind()),
                .text = Text(m.text()),
                .count = m.count(),
                .lost = m.lost()};
}

}  // namespace auralis::ipc
