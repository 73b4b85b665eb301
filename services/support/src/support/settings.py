"""What support is told by its environment."""

from chassis.settings import Settings


class SupportSettings(Settings):
    """The settings of every service, and how often what is published is compared with the database."""

    repair_seconds: float = 10.0
    publish_seconds: float = 1.0
