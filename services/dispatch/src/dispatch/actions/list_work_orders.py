"""List work orders of the calling system, as TMF630 filters, sorts and pages."""

from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from chassis.database import Unit
from chassis.dialects import meaningless
from chassis.errors import InvalidField
from dispatch.domain.errors import FieldInvalid
from dispatch.domain.words import Right
from dispatch.storage import work_orders
from dispatch.storage.work_orders import Condition, OrderView

DEFAULT_LIMIT = 50
MOST = 200


def list_work_orders(
    unit: Unit, conditions: Sequence[Condition], sort: Sequence[str], offset: int, limit: int
) -> tuple[list[OrderView], int]:
    """Answers a page of orders with their items, and how many match in all."""
    limit = limit or DEFAULT_LIMIT
    if not 1 <= limit <= MOST:
        raise InvalidField("limit", "OUT_OF_RANGE", minimum="1", maximum=str(MOST))
    if offset < 0:
        raise InvalidField("offset", "OUT_OF_RANGE", minimum="0")
    try:
        orders, total = work_orders.page_of(unit, Right.SEE, conditions, sort, offset, limit)
    except DBAPIError as error:
        if not meaningless(error):
            raise
        # A pattern only the database can judge.
        raise FieldInvalid("FILTER_VALUE_INVALID", "filter") from error
    return work_orders.views(unit, orders), total
