# Sourced by the scripts that install what some tests need. None of them fails: without the thing those tests skip by
# name, and under CI they fail.

# give_up WHAT REASON CONSEQUENCE: say why there is none, and end.
give_up() {
    echo "No $1: $2. $3" >&2
    exit 0
}

# apt_install WHAT PACKAGE SIZE CONSEQUENCE: install a package where that is possible without asking, else say why not.
apt_install() {
    command -v apt-get >/dev/null || give_up "$1" "not on PATH, and this system has no apt-get to install it with" "$4"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        give_up "$1" "not on PATH, and installing it needs root (apt-get install $2)" "$4"
    fi
    echo "Installing $1 for the tests (about $3) …"
    log=$(mktemp) || give_up "$1" "no temporary file could be made" "$4"
    trap 'rm -f "$log"' EXIT
    export DEBIAN_FRONTEND=noninteractive
    if ! { $as_root apt-get update && $as_root apt-get install --yes --no-install-recommends "$2"; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        give_up "$1" "apt-get could not install it" "$4"
    fi
}
