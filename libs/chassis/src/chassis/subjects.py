"""Names at the broker. Apart from nats.py, so that whoever only writes names loads no client, no database and no telemetry."""

CANARY = "CANARY"


def stream_of(subject: str) -> tuple[str, str]:
    """Answers the stream of a subject and the subjects it keeps: one stream a service."""
    service = subject.split(".")[1]
    return f"CRM_{service.upper()}", f"crm.{service}.>"


def consumer_name(service: str, subject: str) -> str:
    """Answers the durable name of a subscription: one a service and subject."""
    return f"{service}-{subject.removeprefix('crm.').replace('.', '-').replace('>', 'all').replace('*', 'any')}"
