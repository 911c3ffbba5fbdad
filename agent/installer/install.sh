#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts the Mainstay agent on this machine, makes it known to the server and lets it run as a service.
# usage: install.sh TOKEN [--proxy http://user:password@host:port]
set -eu

server='{{.Server}}'
sums='{{range .Files}}{{.Sum}} {{.Name}}
{{end}}'

say() { echo "mainstay-agent: $*"; }
fail() { say "$*" >&2; exit 1; }

token=${1:-}
case $token in
mainstay-enrol-*) shift ;;
*) fail "Say the token that the server shows: install.sh TOKEN" ;;
esac
[ "$(id -u)" = 0 ] || fail "This must run as root: put sudo in front of sh."

proxy=""
[ "${1:-}" != --proxy ] || proxy=${2:-}

case $(uname -s) in
Linux) system=linux ;;
Darwin) system=darwin ;;
*) fail "There is no agent for $(uname -s)." ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) fail "There is no agent for processors of the kind $(uname -m)." ;;
esac
name="mainstay-agent-$system-$arch"
sum=$(printf '%s\n' "$sums" | awk -v n="$name" '$2 == n { print $1 }')
[ -n "$sum" ] || fail "The server has no agent for $system on $arch."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
file="$work/mainstay-agent"
# The certificate need not be one that this machine knows: what counts is the sum below, which came with this script.
say "Fetching $name from $server"
if command -v curl >/dev/null 2>&1; then
  curl -fsSL --insecure ${proxy:+--proxy "$proxy"} -o "$file" "$server/agents/files/$name" || fail "The program cannot be fetched."
elif command -v wget >/dev/null 2>&1; then
  https_proxy=${proxy:-${https_proxy:-}} wget -q --no-check-certificate -O "$file" "$server/agents/files/$name" || fail "The program cannot be fetched."
else
  fail "curl or wget is needed."
fi
if command -v sha256sum >/dev/null 2>&1; then
  got=$(sha256sum "$file" | cut -d ' ' -f 1)
else
  got=$(shasum -a 256 "$file" | cut -d ' ' -f 1)
fi
[ "$got" = "$sum" ] || fail "What was fetched is not what the server announced. Nothing was installed."

# On macOS /usr/local/bin may be a person's own (Homebrew), who could put another program into root's service.
bin=/usr/local/bin
[ "$system" != darwin ] || bin="/Library/Application Support/Mainstay Agent/bin"
bin=${MAINSTAY_BIN:-$bin}
umask 022
mkdir -p "$bin"
# Into the folder first, as a new file: one that is moved keeps the label of where it was made, and SELinux lets no service run that. Then over
# its name: a running agent keeps its own file.
rm -f "$bin/.mainstay-agent.new"
cp "$file" "$bin/.mainstay-agent.new"
chmod 0755 "$bin/.mainstay-agent.new"
chown 0:0 "$bin/.mainstay-agent.new"
mv -f "$bin/.mainstay-agent.new" "$bin/mainstay-agent"
if command -v restorecon >/dev/null 2>&1; then restorecon "$bin/mainstay-agent" || true; fi

# By standard input: arguments are for everybody to read while a command runs.
printf '%s\n' "$token" | "$bin/mainstay-agent" enrol ${proxy:+--proxy "$proxy"} ${MAINSTAY_CONFIG:+--config "$MAINSTAY_CONFIG"} -
[ -n "${MAINSTAY_NO_SERVICE:-}" ] || "$bin/mainstay-agent" install
if [ "$system" = darwin ]; then
  [ -n "${MAINSTAY_BIN:-}" ] || rm -f /usr/local/bin/mainstay-agent # where earlier versions were put
  say "The program is $bin/mainstay-agent"
fi
