#!/bin/sh
# The command that phoenixctl replaces, for whoever is used to it:
#   phoenix_orchestrator.sh CTID [--reconfigure | --LetsGo] [--dry-run]
# It does what its words promise; phoenixctl does the same and more.
set -eu

say_usage() {
  echo "usage: phoenix_orchestrator.sh CTID [--reconfigure | --LetsGo] [--dry-run]"
  echo "       phoenixctl --help tells what else there is"
}

usage() {
  say_usage >&2
  exit 2
}

kind=orchestrate
ctid=
dry_run=
for word in "$@"; do
  case $word in
    --reconfigure | --LetsGo)
      [ "$kind" = orchestrate ] || usage
      if [ "$word" = --LetsGo ]; then kind=letsgo; else kind=reconfigure; fi
      ;;
    --dry-run) dry_run=--dry-run ;;
    -h | --help)
      say_usage
      exit 0
      ;;
    -* | *[!0-9]* | '') usage ;;
    *)
      [ -z "$ctid" ] || usage
      ctid=$word
      ;;
  esac
done
[ -n "$ctid" ] || usage

if ! command -v phoenixctl >/dev/null; then
  echo "phoenix_orchestrator.sh: phoenixctl is not installed; it is a package of its own" >&2
  exit 127
fi
exec phoenixctl "$kind" "$ctid" $dry_run
