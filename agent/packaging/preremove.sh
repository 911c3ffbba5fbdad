#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Called before a removal and before an update: dpkg says "remove" or "upgrade", rpm how many versions stay.
set -e
root=${DPKG_ROOT:-} # where dpkg installs into a folder
case "${1:-}" in
remove | 0)
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl disable --now mainstay-agent.service >/dev/null 2>&1 || true
  fi
  ;;
esac
