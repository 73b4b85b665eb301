# PostgreSQL 18 from Debian packages, with the contract of the official image: POSTGRES_PASSWORD_FILE, PGDATA, uid 999.
# The version that `make run` and the tests use; Debian has it in testing so far, whose lists a mirror may hold past their date.
ARG BASE=debian:forky-slim
FROM ${BASE}
# The user first: Debian would give it another number, and volumes must fit both variants.
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres \
    && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
    && apt-get update -qq -o Acquire::Check-Valid-Until=false \
    && apt-get install -y -qq --no-install-recommends postgresql-18 postgresql-client-18 >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
              /usr/lib/postgresql/18/lib/bitcode /usr/lib/postgresql/18/lib/llvmjit* \
              /usr/lib/x86_64-linux-gnu/libLLVM* \
    && install -d -o 999 -g 999 -m 0700 /var/lib/postgresql/18 /var/lib/postgresql/18/docker
ENV PATH=/usr/lib/postgresql/18/bin:$PATH PGDATA=/var/lib/postgresql/18/docker LANG=C.UTF-8
COPY postgres-start.sh /usr/local/bin/docker-entrypoint.sh
USER 999:999
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
