#!/bin/sh
# A page on port 8080 that names the container.
set -eu
. "$(dirname "$0")/phoenix_hypervisor_common_utils.sh"

log "front page for container $1, $PHOENIX_NAME"
mkdir -p /srv/www
echo "<h1>$(setting greeting)</h1>" >/srv/www/index.html
cat >/etc/start.d/front-page <<'START'
httpd -p 127.0.0.1:8080 -h /srv/www
START
sh /etc/start.d/front-page
