#!/bin/sh
# Serves the answers of a very small model on port 8000.
set -eu
. "$(dirname "$0")/phoenix_hypervisor_common_utils.sh"

VERSION=1
# sim: write /srv/model/version 1
log "loading $(setting model_name), version $VERSION"
for shard in 1 2 3 4; do
  log "loading checkpoint shards: $shard/4"
done
mkdir -p /srv/model/cgi-bin
echo "$VERSION" >/srv/model/version
sed "s/@MODEL@/$(setting model_name)/; s/@VERSION@/$VERSION/" "$(dirname "$0")/model_answer.sh" >/srv/model/cgi-bin/answer
chmod 755 /srv/model/cgi-bin/answer
cat >/etc/start.d/model <<'START'
httpd -p 127.0.0.1:8000 -h /srv/model
START
sh /etc/start.d/model
log "serving on port 8000"
