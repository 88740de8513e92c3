#!/bin/sh
# Install the servers that the tests start, as Debian's packages, where that is allowed. Nothing is left running, and nothing that runs is touched.
set -eu

missing=
want() { # PACKAGE PROGRAM [PLACE...]
    for place in $(echo "$PATH" | tr : ' ') /usr/sbin /usr/local/sbin ${3-}; do
        [ -x "$place/$2" ] && return
    done
    missing="$missing $1"
}
[ -n "${RECOLLECT_POSTGRESQL_URL-}" ] || want postgresql initdb "$(echo /usr/lib/postgresql/*/bin /usr/local/pgsql/bin)"
[ -n "${RECOLLECT_POSTGRESQL_URL-}" ] || want pgbouncer pgbouncer
[ -n "${RECOLLECT_MYSQL_URL-}" ] || want mariadb-server mariadbd
[ -n "${RECOLLECT_REDIS_URL-}" ] || want redis-server redis-server
[ -n "${RECOLLECT_REDIS_URL-}" ] || want redis-sentinel redis-sentinel
[ -z "$missing" ] && exit 0

tell() {
    cat >&2 <<END

  Not installed:$missing. Tests on them will be SKIPPED, or fail with RECOLLECT_REQUIRE_SERVERS=1. Either install them:

    sudo $0

  or start them in containers, and name them:

    docker compose up --detach --wait
    export RECOLLECT_POSTGRESQL_URL=postgresql://recollect:recollect@127.0.0.1:54320/recollect
    export RECOLLECT_MYSQL_URL=mysql://root:recollect@127.0.0.1:33060
    export RECOLLECT_REDIS_URL=redis://127.0.0.1:63790/0

END
    exit 1
}
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || tell

policy=/usr/sbin/policy-rc.d # asked by the packages whether they may start their servers
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || tell
# shellcheck disable=SC2086  # one word a package
apt-get install -y -qq --no-install-recommends $missing >/dev/null || tell
if [ -d /run/systemd/system ]; then # nor are they to start with the machine
    for package in $missing; do
        systemctl --quiet disable "${package%-server}" 2>/dev/null || systemctl --quiet disable "$package" 2>/dev/null || true
    done
fi
