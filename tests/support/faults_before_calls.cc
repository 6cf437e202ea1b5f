// To be preloaded into the daemon: runs the script of a call's name in the folder that
// AURALIS_FAULTS_BEFORE names, once, right before that call. It brings a fault to a moment that the
// outside can't see.

#include <dlfcn.h>
#include <jack/jack.h>
#include <portaudio.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

void RunFault(const std::string& name) {
  const char* const folder = std::getenv("AURALIS_FAULTS_BEFORE");
  if (folder == nullptr) return;
  const std::string script = std::string(folder) + "/" + name;
  const std::string taken = script + ".taken";
  if (std::rename(script.c_str(), taken.c_str()) != 0) return;
  if (std::system(("sh '" + taken + "'").c_str()) != 0) {
    std::fprintf(stderr, "%s failed\n", taken.c_str());
  }
}

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" PaError Pa_OpenStream(PaStream** stream, const PaStreamParameters* input,
                                 const PaStreamParameters* output, double rate_hz,
                                 unsigned long frames, PaStreamFlags flags,
                                 PaStreamCallback* callback, void* user) {
  RunFault("Pa_OpenStream");
  return Next<decltype(&Pa_OpenStream)>("Pa_OpenStream")(stream, input, output, rate_hz, frames,
                                                         flags, callback, user);
}

// The script is named after the client, too. Nobody here gives more arguments than these.
extern "C" jack_client_t* jack_client_open(const char* name, jack_options_t options,
                                           jack_status_t* status, ...) {
  RunFault(std::string("jack_client_open-") + name);
  return Next<decltype(&jack_client_open)>("jack_client_open")(name, options, status);
}
