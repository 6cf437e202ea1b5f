#include "tests/support/rt_guard.h"

#include <dlfcn.h>
#include <pthread.h>

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

[[maybe_unused]] void Hit() noexcept {
  if (guard_depth > 0) ++violation_count;
}

}  // namespace

namespace auralis::test {

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
// glibc lets a program bring its own malloc family; these count, then call the original.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void __libc_free(void*);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  Hit();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  Hit();
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  Hit();
  return __libc_realloc(old, size);
}
void free(void* old) {
  if (old != nullptr) Hit();
  __libc_free(old);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  Hit();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  Hit();
  *out = __libc_memalign(alignment, size);
  return *out != nullptr ? 0 : ENOMEM;
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  Hit();
  using Lock = int (*)(pthread_mutex_t*);
  static const auto kReal = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  return kReal(mutex);
}
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
#endif
