# NATS from the server program of a Python wheel; wget asks it for its health, as in the official Alpine image.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends wget >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
    && groupadd --gid 10002 nats && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /data nats \
    && install -d -o 10002 -g 10002 -m 0750 /data
COPY nats-server /usr/local/bin/nats-server
USER 10002:10002
ENTRYPOINT ["nats-server"]
CMD ["--config", "/etc/nats/nats.conf"]
