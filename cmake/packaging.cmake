# `cpack --config build/release/CPackConfig.cmake -B build/packages` makes a .deb that belongs under /usr: programs, user
# unit, presets, manual pages, completions, docs. Nothing runs at install: a service of the user is
# started by the user, and what a person has set is in their home, which no package touches.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME auralis)
set(CPACK_PACKAGE_VENDOR Auralis)
set(AURALIS_MAINTAINER "Auralis authors <auralis@localhost>" CACHE STRING "Who answers for the package")
set(CPACK_PACKAGE_CONTACT "${AURALIS_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "real-time audio enhancer for PipeWire, JACK and ALSA")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Auralis takes what the machine plays through one chain of signal processing
(equalizer, dynamics, loudness, true-peak limiter), at a latency of
milliseconds, and never lets a peak through. It adapts to the music, plays
impulse responses, and imports presets of other equalizers.
.
It has no window: auralisctl, a full-screen monitor in the terminal and
programs of your own steer it over a local socket. This package holds the
daemon, the tools, presets, and a unit for the user's systemd.")
# What the programs link, as the linker knows it; what they talk to, besides.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS procps) # /bin/kill, by which the unit reloads
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "pipewire, pipewire-jack, wireplumber")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "jackd2, pipewire-pulse")

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(
  DIRECTORY docs/
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
  FILES_MATCHING
  PATTERN "*.md"
  PATTERN "man" EXCLUDE
  PATTERN "examples" EXCLUDE)
install(FILES ipc/PROTOCOL.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/ipc)
install(FILES cmake/packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
find_program(GZIP gzip REQUIRED)
set(packed ${PROJECT_BINARY_DIR}/packaging)
file(MAKE_DIRECTORY ${packed})
string(TIMESTAMP changed "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(cmake/packaging/changelog.in ${packed}/changelog.Debian @ONLY)
configure_file(CHANGELOG.md ${packed}/changelog COPYONLY)
execute_process(COMMAND ${GZIP} -9nkf ${packed}/changelog.Debian ${packed}/changelog COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${packed}/changelog.Debian.gz ${packed}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(CPack)
