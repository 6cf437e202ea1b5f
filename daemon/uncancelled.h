#pragma once

#include <pthread.h>

namespace auralis {

// Runs `call`, which may not throw, to its end. libjack cancels its threads wherever they are
// (PTHREAD_CANCEL_ASYNCHRONOUS) when a client is closed, and in opening one it closes all whose
// server died: what it cuts off in a function that is noexcept ends the process, what it cuts off
// elsewhere stays half done. So every callback on a thread of libjack's that does more than a store
// goes through here; who closes the client waits for it. No system call. [any]
template <class Call>
void Uncancelled(const Call& call) {
  int type = PTHREAD_CANCEL_DEFERRED;
  int state = PTHREAD_CANCEL_ENABLE;
  // The type too: glibc's handler of a cancellation that is already on its way asks for it alone.
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  call();
  pthread_setcancelstate(state, nullptr);
  // Ends the thread here when it was cancelled meanwhile, so this may not stand in a destructor.
  pthread_setcanceltype(type, nullptr);
}

}  // namespace auralis
