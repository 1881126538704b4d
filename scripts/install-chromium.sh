#!/bin/sh
# The browser tests need a Chromium. Install one where that is possible without asking, else say why not.
# Never fails: without a browser those tests skip by name, and under CI they fail.

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && exit 0
done
[ -n "${CHROMIUM:-}" ] && exit 0

give_up() {
    echo "No Chromium: $1. Browser tests will skip; install Chromium or Chrome, or set CHROMIUM to its path." >&2
    exit 0
}

command -v apt-get >/dev/null || give_up "not on PATH, and this system has no apt-get to install it with"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    give_up "not on PATH, and installing it needs root (apt-get install chromium)"
fi

echo "Installing Chromium for the browser tests (about 100 MB) …"
log=$(mktemp) || give_up "no temporary file could be made"
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { $as_root apt-get update && $as_root apt-get install --yes --no-install-recommends chromium; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    give_up "apt-get could not install it"
fi
