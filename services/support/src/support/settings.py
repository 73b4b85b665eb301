"""What support is told by its environment."""

from urllib.parse import urlsplit

from chassis.settings import Settings


class SupportSettings(Settings):
    """The settings of every service; how often what is published is compared with the database; where our neighbours are."""

    repair_seconds: float = 10.0
    publish_seconds: float = 1.0
    upstream_customer: str = ""
    upstream_dispatch: str = ""
    # Keycloak's own address, with `/auth`, and the client that may keep accounts; its secret is the file `accounts_secret`.
    keycloak_url: str = ""
    accounts_client: str = "svc-support-accounts"
    sweep_seconds: float = 3600.0

    @property
    def portal_host(self) -> str:
        """The host under which browsers have the portal: the issuer lies below the portal's own address."""
        return (urlsplit(self.issuer).hostname or "").lower()
