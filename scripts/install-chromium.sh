#!/bin/sh
# The browser tests need a Chromium. Install one where that is possible without asking, else say why not.

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && exit 0
done
[ -n "${CHROMIUM:-}" ] && exit 0

. "$(dirname "$0")/apt.sh"
apt_install Chromium chromium "100 MB" \
    "Browser tests will skip; install Chromium or Chrome, or set CHROMIUM to its path."
