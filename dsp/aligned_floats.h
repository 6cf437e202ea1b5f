#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <vector>

namespace auralis {

// Memory that starts on a cache line, as vectors like it.
template <class T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <class U>  // an allocator converts to that of another type
  CacheLineAllocator(const CacheLineAllocator<U>&) noexcept {}  // NOLINT(*-explicit-constructor)

  T* allocate(std::size_t count) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / sizeof(T);
    if (count > kMost) throw std::bad_array_new_length();
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, kAlignment); }
  friend bool operator==(const CacheLineAllocator&, const CacheLineAllocator&) { return true; }
};

using AlignedFloats = std::vector<float, CacheLineAllocator<float>>;

}  // namespace auralis
