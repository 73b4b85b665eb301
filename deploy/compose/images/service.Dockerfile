# Any of our Python parts: `app` holds the sources of the part and of what it stands on, laid out as in the repository.
ARG PYTHON=crm-python:bookworm
FROM ${PYTHON}
COPY app /app
# The list of source folders goes where Python looks; what is compiled here need not be compiled at every start.
RUN mv /app/crm.pth /opt/crm/lib/python3.11/site-packages/ && python -m compileall -q /app
ARG PART
ENV CRM_MODULE=${PART}
WORKDIR /data
USER 10001:10001
CMD exec python -m ${CRM_MODULE}
# Last, since they differ from release to release: what is above stays as it was built.
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title=crm/${PART} \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
