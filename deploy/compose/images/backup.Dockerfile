# The backup tool beside the programs of PostgreSQL, of the same version as the server: it copies with them and proves with them.
ARG POSTGRES=crm/postgres:dev
FROM ${POSTGRES} AS python
USER 0:0
RUN apt-get update -qq -o Acquire::Check-Valid-Until=false \
    && apt-get install -y -qq --no-install-recommends python3 ca-certificates tzdata >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
    && groupadd --gid 10001 crm && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin crm \
    && install -d -o 10001 -g 10001 -m 0750 /data /backup

FROM python AS build
RUN apt-get update -qq -o Acquire::Check-Valid-Until=false \
    && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
COPY wheels /build/wheels
RUN python3 -m venv /opt/crm \
    && /opt/crm/bin/pip install -q --no-index --no-deps /build/wheels/*.whl \
    && rm -rf /opt/crm/lib/python3*/site-packages/pip /opt/crm/lib/python3*/site-packages/pip-* /opt/crm/bin/pip*

FROM python
COPY --from=build /opt/crm /opt/crm
COPY app/backup_tool /opt/crm/app/backup_tool
ENV PATH=/opt/crm/bin:$PATH PYTHONPATH=/opt/crm/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT []
CMD ["python3", "-m", "backup_tool", "serve"]
# Last, since they differ from release to release: what is above stays as it was built.
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title=crm/backup \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
