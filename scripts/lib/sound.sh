# shellcheck shell=bash
# Which sound server answers here, and what a player needs on each.

# Prints pipewire, jack, pulseaudio, alsa or none. Asks with what is installed; installs nothing.
sound_server() {
  local runtime=${PIPEWIRE_RUNTIME_DIR:-${XDG_RUNTIME_DIR:-}}
  if [[ -n $runtime && -S $runtime/${PIPEWIRE_REMOTE:-pipewire-0} ]]; then
    echo pipewire
  elif command -v jack_lsp >/dev/null && JACK_NO_START_SERVER=1 jack_lsp >/dev/null 2>&1; then
    echo jack
  elif [[ -S ${PULSE_RUNTIME_PATH:-${XDG_RUNTIME_DIR:-}/pulse}/native ]]; then
    echo pulseaudio
  elif [[ -n $(loopback_card) ]]; then
    echo alsa
  else
    echo none
  fi
}

# The number of the kernel's loopback card (snd-aloop), or nothing.
loopback_card() {
  [[ -r /proc/asound/cards ]] && awk '/\[Loopback/ { print $1; exit }' /proc/asound/cards
  return 0
}

# What people call the sink of that name: PortAudio knows it by this.
sink_description() {
  pactl list sinks | awk -v name="$1" '
    $1 == "Name:" { found = ($2 == name) }
    found && $1 == "Description:" { sub(/^[ \t]*Description: /, ""); print; exit }'
}

# The sink that Auralis is to play to: the default one, or any that is not Auralis itself. Nothing
# where there is no real one.
output_sink() {
  local default
  default=$(pactl get-default-sink)
  { printf '%s\n' "$default"; pactl list short sinks | cut -f 2; } |
    grep -vxE "auralis|auto_null|@DEFAULT_SINK@|" | head -n 1 || true
}
