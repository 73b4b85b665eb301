"""Who may do what, from the first start on: role × form × actions × how far.

No line, no access. A method asks for a form and an action in its contract; the rows within reach follow from the
scope: OWN are rows the person answers for (owner manager or seat manager), BUREAU those of their bureaus.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What may be done with a form."""

    SEE = "see"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    EXPORT = "export"
    IMPORT = "import"
    APPROVE = "approve"
    UNMASK = "unmask"


class Scope(StrEnum):
    """How far over the rows."""

    OWN = "own"
    COMMUNITY = "community"
    BUREAU = "bureau"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Grant:
    """One rule: holders of the role may do the action on the form for the rows within the scope."""

    role: str
    form: str
    action: Action
    scope: Scope


_PEOPLE = "customer_manager seat_manager supervisor bureau_chief support_staff editor dispatcher operator administrator"
_MANAGERS = "customer_manager seat_manager"

# roles                        form                       actions                      scope
_TABLE = (
    (_PEOPLE,                  "support.organisation",    "see",                       Scope.ALL),
    (_PEOPLE,                  "support.staff",           "see",                       Scope.ALL),
    (_PEOPLE,                  "support.calendar",        "see",                       Scope.ALL),
    (_MANAGERS,                "dispatch.task",           "see create change",         Scope.OWN),
    (_MANAGERS,                "customer.customer",       "see create change",         Scope.OWN),
    (_MANAGERS,                "customer.appointment",    "see create change",         Scope.OWN),
    ("supervisor",             "dispatch.task",           "see create change",         Scope.ALL),
    ("supervisor",             "dispatch.assignment",     "change",                    Scope.ALL),
    ("supervisor",             "dispatch.generation_rule", "see",                      Scope.ALL),
    ("supervisor",             "customer.customer",       "see",                       Scope.ALL),
    ("supervisor",             "customer.appointment",    "see",                       Scope.ALL),
    ("supervisor",             "customer.owner",          "see",                       Scope.ALL),
    ("bureau_chief",           "dispatch.task",           "see create change",         Scope.BUREAU),
    ("bureau_chief",           "dispatch.assignment",     "change",                    Scope.BUREAU),
    ("bureau_chief",           "customer.customer",       "see create change",         Scope.BUREAU),
    ("bureau_chief",           "customer.appointment",    "see create change",         Scope.BUREAU),
    ("bureau_chief",           "customer.owner",          "see",                       Scope.BUREAU),
    ("support_staff",          "dispatch.task",           "see change",                Scope.OWN),
    ("dispatcher",             "dispatch.task",           "see create change",         Scope.ALL),
    ("dispatcher",             "dispatch.assignment",     "change",                    Scope.ALL),
    ("dispatcher",             "dispatch.write_back",     "see",                       Scope.ALL),
    ("dispatcher",             "dispatch.generation_rule", "see",                      Scope.ALL),
    ("dispatcher",             "customer.customer",       "see",                       Scope.ALL),
    ("dispatcher",             "customer.owner",          "see",                       Scope.ALL),
    ("operator",               "dispatch.write_back",     "see change",                Scope.ALL),
    ("operator",               "dispatch.generation_rule", "see approve",              Scope.ALL),
    ("operator",               "customer.import",         "see",                       Scope.ALL),
    ("operator",               "support.sign_in",         "see",                       Scope.ALL),
    ("administrator",          "support.organisation",    "create change delete import", Scope.ALL),
    ("administrator",          "support.staff",           "create change delete import", Scope.ALL),
    ("administrator",          "support.calendar",        "change approve",            Scope.ALL),
    ("administrator",          "support.sign_in",         "see",                       Scope.ALL),
    ("administrator",          "dispatch.generation_rule", "see change approve",       Scope.ALL),
    ("administrator",          "customer.import",         "see import approve",        Scope.ALL),
    ("external_system",        "dispatch.work_order",     "see create change delete",  Scope.OWN),
    ("importer",               "customer.import",         "see import",                Scope.ALL),
    ("importer",               "support.organisation",    "see import",                Scope.ALL),
    ("importer",               "support.calendar",        "see",                       Scope.ALL),
    ("importer",               "dispatch.generation_rule", "see approve",              Scope.ALL),
    ("service",                "customer.owner",          "see",                       Scope.ALL),
    ("service",                "customer.customer",       "see",                       Scope.ALL),
    ("service",                "customer.appointment",    "see",                       Scope.ALL),
    ("service",                "support.organisation",    "see",                       Scope.ALL),
    ("service",                "support.staff",           "see",                       Scope.ALL),
    ("service",                "support.calendar",        "see",                       Scope.ALL),
)  # fmt: skip


def default_grants() -> Iterator[Grant]:
    """Yield the rules of the table one by one."""
    for roles, form, actions, scope in _TABLE:
        for role in roles.split():
            for action in actions.split():
                yield Grant(role, form, Action(action), scope)
