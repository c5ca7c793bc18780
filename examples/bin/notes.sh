#!/bin/sh
# Keeps notes on a data volume; what is there already stays.
set -eu
. "$(dirname "$0")/phoenix_hypervisor_common_utils.sh"

# sim: write /var/notes/notes.txt provisioned
touch /var/notes/notes.txt
log "provisioned by run $PHOENIX_RUN_ID" | tee -a /var/notes/notes.txt
