#!/bin/sh
# The lab's ports: SSH, and the one after it for eAPI. A script, because --list does not resolve templates.
port=${FELLESDRIFT_LAB_PORT:-2222}
echo "{\"all\": {\"vars\": {\"ansible_port\": $port, \"eapi_port\": $((port + 1))}}, \"_meta\": {\"hostvars\": {}}}"
