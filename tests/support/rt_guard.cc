#include "tests/support/rt_guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

#include <cerrno>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AURALIS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AURALIS_SANITIZED 1
#endif
#endif

namespace {

thread_local int guard_depth = 0;
thread_local unsigned violation_count = 0;

thread_local auralis::test::ForbiddenCallHandler call_handler = nullptr;

[[maybe_unused]] void Hit(const char* function) noexcept {
  if (guard_depth > 0) ++violation_count;
  if (call_handler != nullptr) call_handler(function);
}

}  // namespace

namespace auralis::test {

void OnForbiddenCall(ForbiddenCallHandler handler) noexcept { call_handler = handler; }

RtGuard::RtGuard() noexcept {
  ++guard_depth;
  violation_count = 0;
}
RtGuard::~RtGuard() { --guard_depth; }
unsigned RtGuard::violations() noexcept { return violation_count; }
bool RtGuard::active() noexcept {
#ifdef AURALIS_SANITIZED
  return false;
#else
  return true;
#endif
}

}  // namespace auralis::test

#ifndef AURALIS_SANITIZED
// glibc lets a program bring its own malloc family, and its threads' functions are found in the
// program first; these count, then call the original.
namespace {

// The versions that this program was linked to: without one the oldest would be found.
template <class Function>
Function Original(const char* name, const char* version) {
  return reinterpret_cast<Function>(dlvsym(RTLD_NEXT, name, version));
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void __libc_free(void*);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  Hit("malloc");
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  Hit("calloc");
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  Hit("realloc");
  return __libc_realloc(old, size);
}
void free(void* old) {
  if (old != nullptr) Hit("free");
  __libc_free(old);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  Hit("aligned_alloc");
  return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  Hit("memalign");
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  Hit("posix_memalign");
  *out = __libc_memalign(alignment, size);
  return *out != nullptr ? 0 : ENOMEM;
}

#if defined(__x86_64__)
#define AURALIS_OLD "GLIBC_2.2.5"
#define AURALIS_COND "GLIBC_2.3.2"
#define AURALIS_NEW "GLIBC_2.34"
#elif defined(__aarch64__)
#define AURALIS_OLD "GLIBC_2.17"
#define AURALIS_COND "GLIBC_2.17"
#define AURALIS_NEW "GLIBC_2.34"
#endif
#define AURALIS_FORBID(version, name, parameters, ...)                     \
  int name parameters {                                                    \
    Hit(#name);                                                            \
    static const auto kReal = Original<int(*) parameters>(#name, version); \
    return kReal(__VA_ARGS__);                                             \
  }
AURALIS_FORBID(AURALIS_OLD, pthread_mutex_lock, (pthread_mutex_t * mutex), mutex)
AURALIS_FORBID(AURALIS_NEW, pthread_mutex_trylock, (pthread_mutex_t * mutex), mutex)
AURALIS_FORBID(AURALIS_NEW, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), lock)
AURALIS_FORBID(AURALIS_NEW, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), lock)
AURALIS_FORBID(AURALIS_NEW, pthread_spin_lock, (pthread_spinlock_t * lock), lock)
AURALIS_FORBID(AURALIS_COND, pthread_cond_signal, (pthread_cond_t * condition), condition)
AURALIS_FORBID(AURALIS_COND, pthread_cond_broadcast, (pthread_cond_t * condition), condition)
AURALIS_FORBID(AURALIS_COND, pthread_cond_wait,
               (pthread_cond_t * condition, pthread_mutex_t* mutex), condition, mutex)
AURALIS_FORBID(AURALIS_NEW, sem_wait, (sem_t * semaphore), semaphore)
AURALIS_FORBID(AURALIS_NEW, sem_post, (sem_t * semaphore), semaphore)
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
#endif
