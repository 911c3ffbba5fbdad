#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -e
root=${DPKG_ROOT:-} # where dpkg installs into a folder
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  systemctl enable mainstay-agent.service >/dev/null 2>&1 || true
  systemctl restart mainstay-agent.service || true
fi
if [ ! -e "$root/var/lib/mainstay-agent/identity.json" ]; then
  echo "mainstay-agent: enrol this machine with: mainstay-agent enrol TOKEN"
fi
