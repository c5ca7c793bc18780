# Sourced by the application scripts; pushed into the container beside them.

log() {
  echo "$(date '+%H:%M:%S') $*"
}

# Prints a text value of this container's part of the manifest, or of its top level. Real scripts use jq for this; these
# run in containers that have nothing but busybox.
setting() {
  sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' "$(dirname "$0")/phoenix_lxc_configs.json" | head -n 1
}
