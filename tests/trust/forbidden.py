"""What no user of the broker may say or hear: every lie, theft and loss there could be."""

from branch_trust.broker_users import USERS, User
from chassis.nats import consumer_name, stream_of

SERVICES = [user.name for user in USERS if user.service]
STREAMS = [*(f"CRM_{name.upper()}" for name in SERVICES), "CANARY", "KV_settings", "KV_sessions", "KV_audit"]


def forbidden(user: User) -> list[str]:
    """Everything that would be a lie, a theft or a loss if this user could say it."""
    others = [name for name in SERVICES if name != user.name]
    keys = {
        "settings.access.grants": "support",
        "settings.person.m001": "support",
        **{f"settings.declarations.{name}": name for name in others},
        "audit.head.2026-11-22": "support",
        "sessions.s.key": "gateway",
        "operations.backup.status": "operations",
    }
    followed = {(stream_of(subject)[0], consumer_name(one.name, subject)) for one in USERS for subject in one.follows}
    foreign = sorted(pair for pair in followed if not pair[1].startswith(f"{user.name}-"))
    disasters = ["STREAM.DELETE"] if user.name != "restore" else []
    return [
        *(f"crm.{name}.task.completed.v1" for name in others),
        *(f"canary.{name}" for name in others),
        # Support may publish any setting, the declarations of others among them.
        *(f"$KV.{key}" for key, owner in keys.items() if owner != user.name and (user.name, key[:9]) != ("support", "settings.")),
        *(f"$JS.API.{call}.{stream}" for call in (*disasters, "STREAM.PURGE", "STREAM.UPDATE", "STREAM.MSG.DELETE") for stream in STREAMS),
        *(f"$JS.API.STREAM.CREATE.CRM_{name.upper()}" for name in others),
        *(f"$JS.API.CONSUMER.DELETE.{stream}.{consumer}" for stream, consumer in followed),
        *(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}" for stream, consumer in foreign),
        *(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{consumer}" for stream, consumer in followed),
        *(f"$JS.API.CONSUMER.CREATE.{stream}.{consumer}.crm.support.>" for stream, consumer in followed),
        *(f"$JS.API.CONSUMER.CREATE.CRM_{name.upper()}" for name in SERVICES),
        *(f"$JS.ACK.{stream}.{consumer}.1.1.1.1.0" for stream, consumer in foreign),
        *(f"_INBOX.{name}.forged" for name in others),
        *(f"$JS.API.STREAM.MSG.GET.CRM_{name.upper()}" for name in SERVICES),
        "$SYS.REQ.SERVER.PING",
        "whatever",
    ]  # fmt: skip


def unheard(user: User) -> list[str]:
    """Everything that this user may not listen to."""
    others = [one.name for one in USERS if one.name != user.name]
    return [
        ">",
        "_INBOX.>",
        "$JS.>",
        "$KV.>",
        "$SYS.>",
        "crm.>",
        "crm.support.>",
        *(f"_INBOX.{name}.>" for name in others),
    ]
