"""Alembic's environment, one for every service: the connection and metadata come from `chassis.migrations`."""

from typing import Any

from alembic import context

from chassis.schema_turns import TURNS
from chassis.schema_window import WINDOW


def _of_the_service(_: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    """Keep the tables of the migrations themselves out of a comparison."""
    return kind != "table" or name not in {TURNS, WINDOW}


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    compare_type=True,
    include_object=_of_the_service,
    # A revision that has to give way is tried again; those before it stay.
    transaction_per_migration=True,
    on_version_apply=context.config.attributes["applied"],
)
with context.begin_transaction():
    context.run_migrations()
