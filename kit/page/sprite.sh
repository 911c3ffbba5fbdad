#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rebuilds assets/icons.svg from the names in assets/icons.txt. Needs npm, once, on the machine of
# whoever adds an icon; the sprite is checked in.
set -eu
version=1.62.0
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && npm pack --silent "lucide-static@$version" >/dev/null && tar xzf ./*.tgz)
{
	echo "<!-- lucide-static $version, ISC License, see vendor/lucide-LICENSE.txt; made by sprite.sh -->"
	echo '<svg xmlns="http://www.w3.org/2000/svg">'
	while read -r name; do
		printf '<symbol id="%s" viewBox="0 0 24 24">' "$name"
		sed -e '1,/^>/d' -e '/<\/svg>/d' "$tmp/package/icons/$name.svg" | tr -d '\n' | sed 's/  */ /g; s/> </></g; s/^ //'
		echo '</symbol>'
	done <"$here/assets/icons.txt"
	echo '</svg>'
} >"$here/assets/icons.svg"
