#!/bin/sh
# Makes the database at the first start, then becomes the server. The same names as in the official image.
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    # Made aside and moved when complete: a first start that was cut short leaves nothing half-made behind.
    rm -rf "$PGDATA.unfinished"
    initdb --username=postgres --auth-local=trust --auth-host=scram-sha-256 --pwfile="$POSTGRES_PASSWORD_FILE" \
        --encoding=UTF8 --locale=C.UTF-8 --pgdata="$PGDATA.unfinished"
    echo 'host all all all scram-sha-256' >> "$PGDATA.unfinished/pg_hba.conf"
    mkdir -p "$PGDATA" && rmdir "$PGDATA" && mv "$PGDATA.unfinished" "$PGDATA"
fi
exec "$@"
