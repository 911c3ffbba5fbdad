#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The identity stays until a purge: a package that is put back is the same device.
set -e
root=${DPKG_ROOT:-} # where dpkg installs into a folder
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
if [ "${1:-}" = purge ]; then
  rm -rf "$root/var/lib/mainstay-agent"
fi
