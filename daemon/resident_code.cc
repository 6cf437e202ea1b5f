#include "daemon/resident_code.h"

#include <link.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace auralis {
namespace {

// The C and C++ libraries, and the ways of the sound.
constexpr std::array<std::string_view, 6> kLibraries = {
    "libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "libportaudio.so", "libjack.so"};

bool RunsInTheCallback(std::string_view file) {
  if (file.empty()) return true;  // the program
  const std::string_view name = file.substr(file.rfind('/') + 1);
  return std::any_of(kLibraries.begin(), kLibraries.end(),
                     [&](std::string_view library) { return name.starts_with(library); });
}

// One loaded object: its code, constants and variables, those that begin as zeros too.
int MakeResident(dl_phdr_info* object, std::size_t /*size*/, void* total) {
  if (!RunsInTheCallback(object->dlpi_name)) return 0;
  const auto page = static_cast<std::uintptr_t>(getpagesize());
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_R) == 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + part.p_vaddr) / page * page;
    const std::uintptr_t end =
        (object->dlpi_addr + part.p_vaddr + part.p_memsz + page - 1) / page * page;
    void* const memory = reinterpret_cast<void*>(begin);  // NOLINT(performance-no-int-to-ptr)
    const std::size_t bytes = end - begin;
    mlock(memory, bytes);
    // Variables may be constants by now (relocated ones): then they are only read.
    const bool writable = (part.p_flags & PF_W) != 0;
    const bool populated = (writable && madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) ||
                           madvise(memory, bytes, MADV_POPULATE_READ) == 0;
    if (populated) *static_cast<std::size_t*>(total) += bytes;
  }
  return 0;
}

}  // namespace

std::size_t MakeCodeResident() noexcept {
  std::size_t bytes = 0;
  dl_iterate_phdr(&MakeResident, &bytes);
  return bytes;
}

}  // namespace auralis
