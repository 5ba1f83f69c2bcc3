#!/bin/sh
# What depends on which lab this is: its ports (SSH, and the one after it for eAPI), whom it is known by, who may
# approve in it, and how the servers are reached that it runs at this moment, if any. A script, because --list does not resolve templates.
port=${FELLESDRIFT_LAB_PORT:-2222}
lab=${FELLESDRIFT_LAB_DIR:-.lab}
case $lab in *[\"\\]*) echo "FELLESDRIFT_LAB_DIR: found $lab, expected a path without quotes" >&2 && exit 1 ;; esac
declared='"_meta": {"hostvars": {}}'
if [ -r "$lab/servers/declared" ]; then declared=$(cat "$lab/servers/declared"); fi
cat <<JSON
{"all": {"vars": {
  "ansible_port": $port,
  "eapi_port": $((port + 1)),
  "known_hosts": "$lab/known_hosts",
  "allowed_signers": "$lab/approvers/allowed_signers"
}}, $declared}
JSON
