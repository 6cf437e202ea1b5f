# shellcheck shell=bash disable=SC2034 # read by scripts/bench
# The Debian packages of what a user would pick instead. Nothing of Auralis needs them.
readonly RIVAL_PACKAGES=(
  liblilv-dev lsp-plugins-lv2 calf-plugins x42-plugins swh-lv2 libzita-convolver-dev libfftw3-dev
  ffmpeg sox easyeffects xvfb dbus-daemon pipewire pipewire-bin pipewire-pulse wireplumber
)
