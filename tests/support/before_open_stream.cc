// To be preloaded into the daemon: runs the script that AURALIS_BEFORE_OPEN_STREAM names, once,
// right before PortAudio opens a stream. It brings a fault to a moment that the outside can't see.

#include <dlfcn.h>
#include <portaudio.h>

#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" PaError Pa_OpenStream(PaStream** stream, const PaStreamParameters* input,
                                 const PaStreamParameters* output, double rate_hz,
                                 unsigned long frames, PaStreamFlags flags,
                                 PaStreamCallback* callback, void* user) {
  if (const char* const script = std::getenv("AURALIS_BEFORE_OPEN_STREAM")) {
    const std::string taken = std::string(script) + ".taken";
    if (std::rename(script, taken.c_str()) == 0 && std::system(("sh " + taken).c_str()) != 0) {
      std::fprintf(stderr, "%s failed\n", taken.c_str());
    }
  }
  const auto open = reinterpret_cast<decltype(&Pa_OpenStream)>(dlsym(RTLD_NEXT, "Pa_OpenStream"));
  return open(stream, input, output, rate_hz, frames, flags, callback, user);
}
