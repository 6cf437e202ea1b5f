// A frame that is a request is answered, whatever it asks, and the answer fits on the wire.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ipc/codec.h"
#include "ipc/dispatcher.h"
#include "tests/ipc/support/test_server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace auralis;
  static ParamRegistry registry;
  static test::FixedBackend backend;
  static const ipc::Traffic traffic;
  static ipc::Dispatcher dispatcher(registry, backend, traffic);
  const ipc::RequestMessage message = ipc::DecodeRequest(std::span(data, size));
  if (const auto* request = std::get_if<ipc::Request>(&message.body)) {
    const ipc::Frame reply = ipc::Encode(message.id, dispatcher.Answer(*request));
    ipc::DecodeDaemonMessage(reply);  // our own words are sound, or this throws
    for (std::size_t i = 0; i < ParamRegistry::size(); ++i) {
      const ParamSpec& spec = ParamRegistry::info(i).spec;
      if (!(registry.value(i) >= spec.min && registry.value(i) <= spec.max)) std::abort();
    }
  }
  return 0;
}
