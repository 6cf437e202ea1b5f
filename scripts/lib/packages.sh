# shellcheck shell=bash disable=SC2034 # the lists are read by the scripts
# The Debian packages that Auralis needs, and how to get those that are missing.

# To build the programs and run them.
readonly BUILD_PACKAGES=(
  g++ cmake gzip ninja-build pkgconf python3
  flatbuffers-compiler libflatbuffers-dev
  libasound2-dev libboost-dev libcli11-dev libconcurrentqueue-dev libgtest-dev
  libebur128-dev libeigen3-dev libbenchmark-dev libhwy-dev libjack-jackd2-dev libncurses-dev libpipewire-0.3-dev librtmidi-dev libsndfile1-dev libsoxr-dev libspdlog-dev
  libsystemd-dev libtag1-dev libtomlplusplus-dev libyaml-cpp-dev nlohmann-json3-dev portaudio19-dev
)
# To test them: the real sound servers, a bus for them, and systemd's judge of units.
readonly TEST_PACKAGES=(
  "${BUILD_PACKAGES[@]}"
  dbus-daemon dpkg-dev fakeroot fish gnuplot-nox groff-base jackd2 mandoc pipewire pipewire-alsa pipewire-bin pipewire-jack pipewire-pulse
  polkitd pulseaudio-utils python3-flatbuffers rtkit strace systemd tmux util-linux wireplumber zsh
)
# PulseAudio for its test. It and pipewire-alsa cannot be installed together: it is unpacked.
readonly PULSEAUDIO_PACKAGES=(
  pulseaudio libasound2-plugins libltdl7 liborc-0.4-0 libspeexdsp1 libtdb1 libwrap0
)
# To build with sanitizers, and to fuzz.
readonly SANITIZER_PACKAGES=(clang libclang-rt-dev)
# To check the sources.
readonly LINT_PACKAGES=(clang-format clang-tidy shellcheck)

# Installs those of the named packages that dpkg does not know as installed. Says which.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      say "These packages are missing, and installing them takes root or sudo. As root:"
      say "  apt-get install --no-install-recommends ${missing[*]}"
      return 69
    fi
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Unpacks the named packages into the folder, if that is not there. Without them a test is skipped.
unpack_packages() {
  local folder=$1 package
  shift
  [[ -d $folder ]] && return 0
  say "Unpacking $* into $folder"
  local work
  work=$(mktemp -d)
  if (cd "$work" && apt-get download -q "$@" >&2); then
    mkdir -p "$folder"
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$folder"; done
  else
    say "They cannot be had; tests that need them are skipped."
  fi
  rm -rf "$work"
}
