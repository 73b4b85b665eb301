"""Who may see which entries in these tests, and where people belong."""

from crm.common.v1 import access_pb2, person_pb2

from chassis.access import GRANTS_KEY, PERSON_PREFIX
from chassis.database import Database
from support.storage.tables import units
from tests.support.audit_trail import audit_rule

SEE, CHANGE, EXPORT = access_pb2.ACTION_SEE, access_pb2.ACTION_CHANGE, access_pb2.ACTION_EXPORT


def published(database: Database) -> dict[str, bytes]:
    """The rules of the product for administrator and operator, others beside them, and where people belong."""
    everything = (SEE, CHANGE, EXPORT, access_pb2.ACTION_APPROVE)
    rules = [
        audit_rule("administrator", access_pb2.ROW_SCOPE_ALL, *everything),
        audit_rule("operator", access_pb2.ROW_SCOPE_ALL, SEE),
        audit_rule("bureau_chief", access_pb2.ROW_SCOPE_BUREAU, SEE),
        audit_rule("customer_manager", access_pb2.ROW_SCOPE_OWN, SEE),
    ]
    bureau = unit(database, "B01")
    chief = person_pb2.PersonDocument(
        staff_number="c01", name="c01", active=True, bureau_ids=[bureau], unit_id=bureau, roles=["bureau_chief"]
    )
    return {
        GRANTS_KEY: access_pb2.GrantsDocument(grants=rules).SerializeToString(),
        PERSON_PREFIX + "c01": chief.SerializeToString(),
    }


def unit(database: Database, code: str) -> str:
    with database.engine.connect() as connection:
        return str(connection.execute(units.select().where(units.c.code == code)).one().id)
