"""`python -m gateway.healthy`: ends with 0 while the gateway of this container answers; for health checks.

Asks `/livez`, and with `--ready` `/readyz`: every dependency of every service. Reads CRM_HTTP_HOST, CRM_HTTP_PORT and
CRM_HTTPS_CERT and nothing else, and imports little: it is started every few seconds.
"""

import http.client
import os
import ssl
import sys

_SECONDS = 4.0
_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  what a server listens on, not us


def main(arguments: list[str]) -> int:
    """Ask once, print why not, and answer the exit status."""
    path = "/readyz" if "--ready" in arguments else "/livez"
    host = os.environ.get("CRM_HTTP_HOST", "")
    host = "127.0.0.1" if host in _EVERYWHERE else host
    port = int(os.environ.get("CRM_HTTP_PORT") or 8080)
    connection = _connection(host, port)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read()
    except OSError as error:
        sys.stderr.write(f"{host}:{port} does not answer: {error}\n")
        return 1
    finally:
        connection.close()
    if answer.status != http.client.OK:
        sys.stderr.write(f"{path} answers {answer.status}:\n{said.decode(errors='replace')}\n")
        return 1
    return 0


def _connection(host: str, port: int) -> http.client.HTTPConnection:
    if not os.environ.get("CRM_HTTPS_CERT"):
        return http.client.HTTPConnection(host, port, timeout=_SECONDS)
    # The certificate is for the public name, and this is the loopback of the same container.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=context)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
