# Python and every locked package our services run on. No package index is asked: the wheels were fetched, and their hashes
# checked, before (images.py).
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS python
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3 ca-certificates tzdata >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
    && groupadd --gid 10001 crm && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin crm \
    && install -d -o 10001 -g 10001 -m 0750 /data \
    # What the setup writes for Keycloak (gid 1000) to read.
    && install -d -o 10001 -g 1000 -m 2750 /setup

FROM python AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
COPY wheels /build/wheels
RUN python3 -m venv /opt/crm \
    && /opt/crm/bin/pip install -q --no-index --no-deps /build/wheels/*.whl \
    && rm -rf /opt/crm/lib/python3*/site-packages/pip /opt/crm/lib/python3*/site-packages/pip-* \
              /opt/crm/lib/python3*/site-packages/setuptools* /opt/crm/bin/pip*

FROM python
COPY --from=build /opt/crm /opt/crm
ENV PATH=/opt/crm/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
