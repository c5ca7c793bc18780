#!/bin/sh
# Makes the fixture of a version: sh make.sh DIST FOLDER, with the built executables of that version. Everything that an agent
# writes into its database is in it, and it was killed in the middle of a letsgo.
set -eu
mkdir "$2"
dist=$(realpath "$1") made=$(realpath "$2") home=$(mktemp -d /tmp/phoenix.XXXXXX)
cd "$home"
mkdir -p bin/lxc_setup
cat >agent.yaml <<'END'
driver: sim
sim: { state: sim.json }
socket: agent.sock
state_dir: state
listen: 127.0.0.1:0
manifest: manifest.json
scripts: bin
features: bin/lxc_setup
END
cat >manifest.json <<'END'
{
  "lxc_configs": {
    "950": { "name": "model", "template": "base", "memory_mb": 512, "cores": 1, "gpu_assignment": "0", "application_script": "model.sh" },
    "951": { "name": "notes", "template": "base", "dependencies": ["950"] }
  }
}
END
printf '#!/bin/sh\n# sim: echo one\n# sim: write /version 1\n' >bin/model.sh
export PHOENIX_SOCKET="$home/agent.sock" PHOENIX_CONFIG="$home/agent.yaml" XDG_CONFIG_HOME="$home/client"
ctl() { "$dist/phoenixctl" "$@"; }

"$dist/phoenix-agent" serve >log 2>&1 &
agent=$!
trap "kill -9 $agent 2>/dev/null || true" EXIT
until ctl ps >/dev/null 2>&1; do kill -0 $agent; done
ctl orchestrate --all
ctl letsgo 951
ctl gpu lease 950 --for 720h
ctl snapshot create 951 mine
ctl snapshot protect 951 mine
ctl boot owner agent
! ctl letsgo 999
"$dist/phoenix-agent" token create --role reader --minutes 1440 >/dev/null
ctl host add here "$("$dist/phoenix-agent" token create --role operator)"
ctl ps -H here
mkdir pushed
cp -r bin pushed
mkdir pushed/etc
sed 's/512/768/' manifest.json >pushed/etc/phoenix_lxc_configs.json
printf '#!/bin/sh\n# sim: echo two\n# sim: sleep 2\n# sim: write /version 2\n' >pushed/bin/model.sh
ctl config push pushed --message "more memory"
ctl letsgo 950 --force >progress &
until grep -q two progress; do kill -0 $agent; done
kill -9 $agent
wait || true
rm -rf state/lock.db* state/agent.pid
mkdir "$made/state"
"$dist/phoenix-agent" backup "$made/state/phoenix.db" # with what is still in its log
mv agent.yaml manifest.json sim.json bin "$made"
touch "$made/bin/lxc_setup/.keep"
cd /
rm -r "$home"
