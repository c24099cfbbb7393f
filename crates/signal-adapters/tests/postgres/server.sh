# A PostgreSQL of its own for one test program: sh server.sh FOLDER-OF-PROGRAMS. Writes the folder of its socket, and
# ends when its standard input does, which is when the test program is gone, however that happened. Each line on its
# standard input kills it without warning, starts it again, and is answered by a line.
set -eu
programs=$1
if ! [ -x "$programs/initdb" ]; then
    echo "$(id -un) may not run $programs/initdb" >&2
    exit 1
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/signal-postgres.XXXXXX")
server=
stop() {
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2>/dev/null || :
        wait "$server" 2>/dev/null || :
    fi
    rm -rf "$dir"
}
trap stop EXIT
trap : INT TERM HUP
if ! "$programs/initdb" --pgdata "$dir/data" --username signal --auth trust --encoding UTF8 --locale C --no-sync \
    >"$dir/log" 2>&1; then
    cat "$dir/log" >&2
    exit 1
fi
launch() {
    "$programs/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 -c fsync=off \
        -c full_page_writes=off -c autovacuum=off >>"$dir/log" 2>&1 &
    server=$!
}
launch
tries=0
# Whether there is a server that is ready, and not the one that was killed.
is_ready() {
    state=$(cat "$dir/data/postmaster.pid" 2>/dev/null) || return 1
    case $state in
    "$1
"*) return 1 ;;
    *ready*) return 0 ;;
    *) return 1 ;;
    esac
}
await() {
    until is_ready "$1"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ]; then
            cat "$dir/log" >&2
            exit 1
        fi
        # After a kill, the memory of the one before may be in use for a moment.
        if ! kill -0 "$server" 2>/dev/null; then
            if [ "$1" = none ]; then
                cat "$dir/log" >&2
                exit 1
            fi
            sleep 0.05
            launch
        fi
        sleep 0.05
    done
}
await none
echo "$dir"
while read -r _; do
    killed=$(head -n 1 "$dir/data/postmaster.pid")
    kill -KILL "$killed"
    wait "$server" 2>/dev/null || :
    launch
    tries=0
    await "$killed"
    echo again
done
