# shellcheck shell=bash
# Shared by the tests of the package.

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# expect WHAT COMMAND...: the command succeeds.
expect() {
  local what=$1
  shift
  "$@" || fail "$what: $*"
}

# build_package CONFIG CPACK FOLDER: prints the path of the .deb.
build_package() {
  "$2" --config "$1" -B "$3" >"$3/cpack.log" 2>&1 || { cat "$3/cpack.log" >&2 && fail cpack; }
  local found=("$3"/*.deb)
  [[ ${#found[@]} == 1 && -f ${found[0]} ]] || fail "not one package: ${found[*]}"
  printf '%s\n' "${found[0]}"
}

# repack DEB VERSION FOLDER: the same package with another version; prints its path.
repack() {
  rm -rf "$3/repacked"
  dpkg-deb -R "$1" "$3/repacked"
  sed -i "s/^Version: .*/Version: $2/" "$3/repacked/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$3/repacked" "$3/auralis_$2.deb" >/dev/null
  printf '%s\n' "$3/auralis_$2.deb"
}

# await SECONDS COMMAND...: until it succeeds.
await() {
  local tries=$(($1 * 10))
  shift
  for ((i = 0; i < tries; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  fail "waited in vain for: $*"
}
