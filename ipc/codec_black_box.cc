// The codec's flight recorder.

#include "ipc/codec_parts.h"

namespace auralis::ipc {

Offset<wire::GetBlackBox> Pack(Builder& b, const GetBlackBox&) {
  return wire::CreateGetBlackBox(b);
}
Request Unpack(const wire::GetBlackBox&) { return GetBlackBox{}; }

Offset<wire::BlackBoxPlace> Pack(Builder& b, const BlackBoxPlace& m) {
  return wire::CreateBlackBoxPlace(b, b.CreateString(m.path));
}
Reply Unpack(const wire::BlackBoxPlace& m) { return BlackBoxPlace{Text(m.path())}; }

}  // namespace auralis::ipc
