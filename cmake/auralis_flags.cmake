# auralis::flags carries language level, warnings and sanitizers to every target of ours.
#
# No -march: one binary serves every CPU, Highway picks the instruction set at run time.
# No -ffast-math: it would compile the guard against non-finite input away.
add_library(auralis_flags INTERFACE)
add_library(auralis::flags ALIAS auralis_flags)
target_compile_features(auralis_flags INTERFACE cxx_std_20)
target_include_directories(auralis_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(
  auralis_flags
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wconversion
            -Wshadow
            -Wold-style-cast
            -Wdouble-promotion
            -Wnon-virtual-dtor
            # g++ 12 finds overlapping copies in every std::string sum (GCC bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            -fno-math-errno
            -fno-trapping-math
            $<$<BOOL:${AURALIS_WERROR}>:-Werror>)
if(AURALIS_SANITIZE)
  # Instrumented code makes g++ see uninitialized reads that are not there, and the queue's fences are
  # told apart from races by thread_sanitizer.supp.
  target_compile_options(
    auralis_flags
    INTERFACE "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-tsan>"
              -fsanitize=${AURALIS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(auralis_flags INTERFACE -fsanitize=${AURALIS_SANITIZE})
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  # NEON serves them all. SVE's vectors have no size that the compiler knows: they cannot be members,
  # which the kernels' sections and followers are made of.
  target_compile_definitions(
    auralis_flags
    INTERFACE "HWY_DISABLED_TARGETS=(HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
