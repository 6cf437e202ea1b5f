# shellcheck shell=bash
# Saying and building, shared by the scripts.

# Progress and advice go to standard error: standard output belongs to the programs.
say() { printf '%s\n' "$*" >&2; }

# Where ccache is installed it is used, by every clone of the tree: nothing is compiled twice.
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime
fi

# build PRESET [TARGET...]: configures once, then builds what changed.
build() {
  local preset=$1
  shift
  if [[ ! -f build/$preset/build.ninja ]]; then
    say "Configuring build/$preset"
    cmake --preset "$preset" >"$(log_file "configure-$preset")" || show_log "configure-$preset"
  fi
  local targets=("$@")
  if ! ninja -C "build/$preset" -n "${targets[@]}" | grep -q 'no work to do'; then
    say "Building build/$preset with $(nproc) jobs (the first time takes minutes)"
    ninja -C "build/$preset" -j "$(nproc)" "${targets[@]}" >&2
  fi
}

log_file() {
  mkdir -p build/logs
  printf 'build/logs/%s.log' "$1"
}

show_log() {
  cat "$(log_file "$1")" >&2
  return 1
}
