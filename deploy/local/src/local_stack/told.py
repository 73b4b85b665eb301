"""What the processes of a stack are told by the same words: addresses, and what is kept of the first start."""

import os

from local_stack.layout import Home, Ports, keep_secret, pronounceable


def public_url(ports: Ports) -> str:
    """Answer the address for browsers."""
    return f"http://localhost:{ports.gateway}"


def token_url(ports: Ports) -> str:
    """Answer where our processes fetch tokens."""
    return f"http://127.0.0.1:{ports.keycloak}/auth/realms/crm/protocol/openid-connect/token"


def demo_password(home: Home) -> str:
    """Answer the one password of all demo people."""
    return keep_secret(home.root / "secrets" / "demo_password", pronounceable())


def client_secret(home: Home, client_id: str) -> str:
    """Answer the secret of a client of Keycloak."""
    return keep_secret(home.secrets("clients") / client_id)


def demo_customers(home: Home) -> str:
    """Answer how many customers the demo branch has here; remembered from the first start."""
    file = home.root / "demo-customers"
    return file.read_text(encoding="utf-8").strip() if file.exists() else "20000"


def otlp_endpoint(ports: Ports) -> str:
    """Answer where traces, metrics and logs go: to our own telemetry, unless a person names another collector."""
    return os.environ.get("CRM_OTLP_ENDPOINT", f"http://127.0.0.1:{ports.otlp}")
