// Turns the input down while it is loud, and says what it does. 30 lines that are a client.
#include <cstdio>

#include "config/paths.h"
#include "ipc/client.h"

int main() {
  using namespace auralis;
  try {
    ipc::Client client(SocketPath(), "follow-loudness");
    // One reply for each request, of the type that belongs to it.
    const auto ceiling = client.Ask<ipc::Values>(ipc::Get{{"limiter.ceiling"}});
    std::printf("the ceiling is %s\n", ceiling.values.at(0).text.c_str());
    // Events come by themselves, ten times a second.
    client.Ask<ipc::Subscribed>(ipc::Subscribe{{{ipc::Stream::kMeters, 10.0F}}});
    for (int heard = 0; heard < 5; ++heard) {
      const auto event = client.NextEvent(std::chrono::seconds(2));
      if (!event) continue;  // nothing for two seconds
      const auto* meters = std::get_if<ipc::Meters>(&*event);
      if (meters == nullptr) break;  // Bye: the daemon ends
      const double gain_db = meters->input.short_term_lufs > -14.0F ? -6.0 : 0.0;
      // All or nothing; a wrong key or value throws RequestRefused and changes nothing.
      client.Ask<ipc::Values>(ipc::Set{{{"input.gain", gain_db}}});
      std::printf("%.1f LUFS: input.gain %.0f dB\n",
                  static_cast<double>(meters->input.short_term_lufs), gain_db);
    }
  } catch (const ipc::IpcError& error) {  // no daemon, or it said no
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
