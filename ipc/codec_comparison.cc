// The codec's messages about comparing two settings.

#include "ipc/codec.h"
#include "ipc/codec_parts.h"

namespace auralis::ipc {
namespace {

Offset<wire::ComparedSetting> Pack(Builder& b, const ComparedSetting& m) {
  return wire::CreateComparedSettingDirect(b, m.name.c_str(), m.gain_db, m.loudness_lufs);
}
ComparedSetting Unpack(const wire::ComparedSetting* m) {
  if (m == nullptr) return {};
  return {.name = Text(m->name()), .gain_db = m->gain_db(), .loudness_lufs = m->loudness_lufs()};
}

}  // namespace

Offset<wire::GetComparison> Pack(Builder& b, const GetComparison&) {
  return wire::CreateGetComparison(b);
}
Offset<wire::Compare> Pack(Builder& b, const Compare& m) {
  return wire::CreateCompareDirect(b, m.a.c_str(), m.b.c_str());
}
Offset<wire::SteerComparison> Pack(Builder& b, const SteerComparison& m) {
  return wire::CreateSteerComparison(b, static_cast<wire::ComparisonAction>(m.action));
}
Offset<wire::Comparison> Pack(Builder& b, const Comparison& m) {
  const auto first = Pack(b, m.a);
  const auto second = Pack(b, m.b);
  return wire::CreateComparisonDirect(b, m.on, m.heard.c_str(), first, second, m.measured_s);
}

Request Unpack(const wire::GetComparison&) { return GetComparison{}; }
Request Unpack(const wire::Compare& m) { return Compare{.a = Text(m.a()), .b = Text(m.b())}; }
Request Unpack(const wire::SteerComparison& m) {
  return SteerComparison{static_cast<SteerComparison::Action>(m.action())};
}
Reply Unpack(const wire::Comparison& m) {
  return Comparison{.on = m.on(),
                    .heard = Text(m.heard()),
                    .a = Unpack(m.a()),
                    .b = Unpack(m.b()),
                    .measured_s = m.measured_s()};
}

bool Fits(const wire::GetComparison&) { return true; }
bool Fits(const wire::SteerComparison&) { return true; }
bool Fits(const wire::Compare& m) {
  const auto fits = [](const flatbuffers::String* one) {
    return one == nullptr || one->size() <= kMaxPathBytes;
  };
  return fits(m.a()) && fits(m.b());
}

}  // namespace auralis::ipc
