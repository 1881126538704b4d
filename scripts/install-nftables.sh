#!/bin/sh
# The lab with a NAT gateway needs nft. Install it where that is possible without asking, else say why not.

[ "$(uname -s)" = Linux ] || exit 0
PATH="$PATH:/usr/sbin:/sbin" command -v nft >/dev/null && exit 0

. "$(dirname "$0")/apt.sh"
apt_install nft nftables "1 MB" "Tests of the lab in network namespaces will skip; those of the relay run."
