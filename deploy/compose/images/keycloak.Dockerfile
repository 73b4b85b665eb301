# Keycloak from its distribution, prepared for our database once, so that the container starts quickly and writes nothing.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS java
RUN mkdir -p /usr/share/man/man1 && apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt

FROM java AS build
COPY keycloak /opt/keycloak
COPY themes /opt/keycloak/themes
ARG BUILD_OPTIONS
RUN chmod +x /opt/keycloak/bin/kc.sh && /opt/keycloak/bin/kc.sh build ${BUILD_OPTIONS} \
    && rm -rf /opt/keycloak/data && mkdir -p /opt/keycloak/data/tmp /opt/keycloak/data/transaction-logs /opt/keycloak/data/import \
    && chown -R 1000:1000 /opt/keycloak/data

FROM java
RUN groupadd --gid 1000 keycloak && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /opt/keycloak keycloak
COPY --from=build /opt/keycloak /opt/keycloak
WORKDIR /opt/keycloak
USER 1000:1000
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
CMD ["start", "--optimized", "--import-realm"]
