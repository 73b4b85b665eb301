"""Who may do what as the product delivers it: role × form × actions × how far, and which sensitive columns are open.

No line, no access. A method asks for a form and an action in its contract; the rows within reach follow from the
scope: OWN are rows the person answers for (owner manager or seat manager), BUREAU those of their bureaus. A sensitive
column is masked unless a line below opens it by name. The policy of a branch starts from here and follows later
releases of this table where administrators have not changed a rule.
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
    OWN_CUSTOMERS = "own_customers"
    COMMUNITY = "community"
    BUREAU = "bureau"
    SUBTREE = "subtree"
    UNITS = "units"
    ALL = "all"


class Right(StrEnum):
    """How far a column is open; the later ones include the earlier."""

    HIDDEN = "hidden"
    MASKED = "masked"
    READ = "read"
    WRITE = "write"


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
    (_MANAGERS,                "customer.customer",       "see create change unmask",  Scope.OWN),
    (_MANAGERS,                "customer.appointment",    "see create change",         Scope.OWN),
    ("supervisor",             "dispatch.task",           "see create change export",  Scope.ALL),
    ("supervisor",             "dispatch.assignment",     "change",                    Scope.ALL),
    ("supervisor",             "dispatch.generation_rule", "see",                      Scope.ALL),
    ("supervisor",             "customer.customer",       "see export",                Scope.ALL),
    ("supervisor",             "customer.appointment",    "see",                       Scope.ALL),
    ("supervisor",             "customer.owner",          "see",                       Scope.ALL),
    ("supervisor bureau_chief operator", "support.parameter", "see",                    Scope.ALL),
    ("bureau_chief",           "dispatch.task",           "see create change unmask export", Scope.BUREAU),
    ("bureau_chief",           "dispatch.assignment",     "change",                    Scope.BUREAU),
    ("bureau_chief",           "customer.customer",       "see create change unmask export", Scope.BUREAU),
    ("bureau_chief",           "customer.appointment",    "see create change unmask",  Scope.BUREAU),
    ("bureau_chief",           "customer.owner",          "see",                       Scope.BUREAU),
    ("bureau_chief",           "support.export",          "approve",                   Scope.BUREAU),
    ("bureau_chief",           "support.disclosure",      "see",                       Scope.BUREAU),
    ("support_staff",          "dispatch.task",           "see change",                Scope.OWN),
    ("dispatcher",             "dispatch.task",           "see create change export",  Scope.ALL),
    ("dispatcher",             "dispatch.assignment",     "change",                    Scope.ALL),
    ("dispatcher",             "dispatch.write_back",     "see",                       Scope.ALL),
    ("dispatcher",             "dispatch.generation_rule", "see",                      Scope.ALL),
    ("dispatcher",             "customer.customer",       "see",                       Scope.ALL),
    ("dispatcher",             "customer.owner",          "see",                       Scope.ALL),
    ("operator",               "dispatch.write_back",     "see change",                Scope.ALL),
    ("operator",               "dispatch.generation_rule", "see approve",              Scope.ALL),
    ("operator",               "customer.import",         "see",                       Scope.ALL),
    ("operator",               "support.sign_in",         "see",                       Scope.ALL),
    ("operator",               "support.audit",           "see",                       Scope.ALL),
    ("operator administrator", "telemetry.health",        "see",                       Scope.ALL),
    ("operator administrator", "telemetry.calls",         "see",                       Scope.ALL),
    ("operator administrator", "telemetry.traces",        "see",                       Scope.ALL),
    ("operator administrator", "telemetry.alerts",        "see",                       Scope.ALL),
    ("operator administrator", "operations.dead_letters", "see change delete",         Scope.ALL),
    ("administrator",          "support.organisation",    "create change delete import", Scope.ALL),
    ("administrator",          "support.staff",           "create change delete import export", Scope.ALL),
    ("administrator",          "support.role",            "see change approve",        Scope.ALL),
    ("administrator",          "support.export",          "approve",                   Scope.ALL),
    ("administrator",          "support.disclosure",      "see",                       Scope.ALL),
    ("administrator",          "support.parameter",       "see change delete",         Scope.ALL),
    ("administrator",          "support.audit",           "see change export approve", Scope.ALL),
    ("administrator",          "support.system",          "see change delete",         Scope.ALL),
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
    ("service",                "support.disclosure",      "create",                    Scope.ALL),
    ("service",                "access.probe",            "see",                       Scope.ALL),
)  # fmt: skip

# Columns that differ from what a rule of the same role, form and scope would open without them. Identity cards and bank
# accounts stay masked for everybody: one is seen in full with a reason only.
_COLUMNS = (
    (_MANAGERS,                "customer.customer",       Scope.OWN,
     "phone=write address=write subscribers.number=read contacts.phone=write addresses.text=write"),
    (_MANAGERS,                "customer.appointment",    Scope.OWN, "place=write contact_phone=write"),
    (_MANAGERS,                "dispatch.task",           Scope.OWN, "place=write"),
    ("support_staff",          "dispatch.task",           Scope.OWN, "place=read"),
    ("dispatcher",             "dispatch.task",           Scope.ALL, "place=read"),
    # The telephone of the office, not of the home: everybody may call everybody.
    (_PEOPLE,                  "support.staff",           Scope.ALL, "phone=read"),
    ("administrator",          "support.staff",           Scope.ALL, "phone=write"),
)  # fmt: skip

TITLES = {
    "customer_manager": ("客户经理", "Customer manager"),
    "seat_manager": ("座席经理", "Seat manager"),
    "supervisor": ("客户群管理", "Group supervisor"),
    "bureau_chief": ("局长", "Bureau chief"),
    "support_staff": ("支撑部门", "Support department"),
    "editor": ("信息编辑", "Content editor"),
    "dispatcher": ("派单员", "Dispatcher"),
    "operator": ("运维", "Operator"),
    "administrator": ("系统管理员", "Administrator"),
    "external_system": ("外部系统", "External system"),
    "importer": ("数据导入程序", "Importer"),
    "service": ("系统内部服务", "Service of the suite"),
}
"""Every role that comes with the product, in the order shown, with its titles in Chinese and English."""

MACHINE_ROLES = frozenset({"external_system", "importer", "service"})
"""Roles of programs: they come with a token and are never given to a person."""


def default_grants() -> Iterator[Grant]:
    """Yield the rules of the table one by one."""
    for roles, form, actions, scope in _TABLE:
        for role in roles.split():
            for action in actions.split():
                yield Grant(role, form, Action(action), scope)


def default_columns() -> dict[tuple[str, str, Scope], dict[str, Right]]:
    """Answer the columns that default rules name, by role, form and scope; a later line goes before an earlier one."""
    found: dict[tuple[str, str, Scope], dict[str, Right]] = {}
    for roles, form, scope, columns in _COLUMNS:
        for role in roles.split():
            for each in columns.split():
                column, _, right = each.partition("=")
                found.setdefault((role, form, scope), {})[column] = Right(right)
    return found
