"""The forms of files: one table each says which columns there are, under which headers, and what a cell may hold.

The JSON Schema of a form is made of its table; it is the validator of every row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from customer.imports import cells
from customer.imports.cells import Reader

JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column: its name, the headers it is known by, how a cell is read, and the schema of its value."""

    name: str
    titles: tuple[str, ...]
    read: Reader = cells.text
    rule: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True)
class Form:
    """A form of file: its columns."""

    name: str
    columns: tuple[Column, ...]

    def schema(self) -> JsonSchema:
        """Answers the JSON Schema of a row; an empty cell is no property."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "type": "object",
            "properties": {column.name: dict(column.rule) for column in self.columns},
            "required": [column.name for column in self.columns if column.required],
            "additionalProperties": False,
        }

    def by_header(self) -> dict[str, Column]:
        """Answers the columns by every header they are known by; a path with a dot is known as it is written only."""
        return {
            header_key(title): column
            for column in self.columns
            for title in (column.name, *column.titles)
            if title != column.name or "." not in title
        }


def header_key(header: str) -> str:
    """Answers a header as it is compared: without blanks, marks and case."""
    return "".join(letter for letter in header.casefold() if letter.isalnum())


def _words(longest: int) -> Mapping[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _among(words: Mapping[str, str]) -> Mapping[str, Any]:
    return {"enum": sorted(set(words.values()))}


_NUMBER = {"type": "string", "pattern": r"^[0-9A-Za-z][0-9A-Za-z._@/-]*$", "maxLength": 40}
_PHONE = {"type": "string", "pattern": r"^\+?[0-9*#]{3,25}$"}
_BANK_ACCOUNT = {"type": "string", "pattern": "^[0-9]{8,30}$"}
_DAY = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_FLAG = {"type": "boolean"}

KINDS = {"household": "household", "家庭": "household", "business": "business", "商企": "business", "企业": "business"}
GROUPS = {"public": "public", "公众": "public", "business": "business", "商企": "business"} | {
    "key_account": "key_account",
    "大客户": "key_account",
}
CALENDARS = {"solar": "solar", "公历": "solar", "阳历": "solar"} | {
    "lunar": "lunar",
    "农历": "lunar",
    "阴历": "lunar",
}
PAYMENTS = {"cash": "cash", "现金": "cash", "transfer": "transfer", "转账": "transfer"} | {
    "direct_debit": "direct_debit",
    "代扣": "direct_debit",
    "托收": "direct_debit",
}
ACCOUNT_STATES = {"active": "active", "正常": "active", "suspended": "suspended", "停机": "suspended"} | {
    "closed": "closed",
    "销户": "closed",
}
SUBSCRIBER_KINDS = {"fixed_line": "fixed_line", "固话": "fixed_line", "broadband": "broadband", "宽带": "broadband"} | {
    "mobile": "mobile",
    "移动": "mobile",
    "手机": "mobile",
    "iptv": "iptv",
}
SUBSCRIBER_STATES = {"active": "active", "正常": "active", "在用": "active"} | {
    "suspended": "suspended",
    "停机": "suspended",
    "terminated": "terminated",
    "拆机": "terminated",
}
ADDRESS_KINDS = {"installation": "installation", "装机地址": "installation", "装机": "installation"} | {
    "billing": "billing",
    "账单地址": "billing",
    "账单": "billing",
    "home": "home",
    "家庭地址": "home",
    "家庭": "home",
}
APPOINTMENT_KINDS = {"install": "install", "装": "install", "装机": "install", "remove": "remove", "拆": "remove"} | {
    "拆机": "remove",
    "relocate": "relocate",
    "移": "relocate",
    "移机": "relocate",
    "visit": "visit",
    "上门": "visit",
}
APPOINTMENT_STATES = {"booked": "booked", "已预约": "booked", "cancelled": "cancelled", "已取消": "cancelled"}

_CUSTOMER_NUMBER = Column("customer_number", ("客户编号", "客户编码"), cells.code, _NUMBER, required=True)
_NOTE = Column("note", ("备注",), cells.text, _words(1000))


def _choice(name: str, titles: tuple[str, ...], words: Mapping[str, str], *, required: bool = True) -> Column:
    return Column(name, titles, cells.choice(words), _among(words), required)


def _community(*, required: bool) -> Column:
    return Column("community", ("community_code", "社区", "社区编码"), cells.text, _words(100), required)


CUSTOMER = Form(
    "customer",
    (
        _CUSTOMER_NUMBER,
        _choice("kind", ("客户类型",), KINDS),
        _choice("group", ("客户群",), GROUPS),
        Column("name", ("客户名称", "客户姓名", "姓名"), cells.text, _words(100), required=True),
        Column("phone", ("联系电话", "电话"), cells.phone, _PHONE),
        Column("id_card", ("证件号码", "身份证号"), cells.code, _words(30)),
        Column("bureau", ("bureau_code", "局向", "局向编码"), cells.text, _words(100)),
        _community(required=True),
        Column("owner_number", ("客户经理工号", "包保经理工号", "客户经理"), cells.code, _NUMBER, required=True),
        Column("seat_number", ("座席经理工号", "座席工号", "座席经理"), cells.code, _NUMBER),
        Column("birthday", ("生日", "出生日期"), cells.code, _words(20)),
        _choice("birthday_calendar", ("生日历法", "历法"), CALENDARS, required=False),
        Column("birthday_year", ("生日年", "出生年"), cells.code, {"type": "string", "pattern": r"^([0-9]{4}|0)$"}),
        Column("birthday_month", ("生日月",), cells.code, {"type": "string", "pattern": r"^[0-9]{1,2}$"}),
        Column("birthday_day", ("生日日",), cells.code, {"type": "string", "pattern": r"^[0-9]{1,2}$"}),
        Column("birthday_leap_month", ("birthday_leap", "闰月"), cells.flag, _FLAG),
        Column("store_anniversary", ("店庆日", "店庆", "开业日期"), cells.day, _DAY),
        Column("address", ("地址", "联系地址"), cells.text, _words(300)),
        Column("joined_on", ("入网日期", "入网时间"), cells.day, _DAY),
        _NOTE,
    ),
)
ACCOUNT = Form(
    "account",
    (
        Column("account_number", ("账户编号", "账户编码", "合同号"), cells.code, _NUMBER, required=True),
        _CUSTOMER_NUMBER,
        Column("name", ("账户名称",), cells.text, _words(100), required=True),
        _choice("payment_method", ("付款方式", "缴费方式"), PAYMENTS),
        _choice("status", ("状态", "账户状态"), ACCOUNT_STATES, required=False),
        Column("bank_account", ("银行账号", "扣款账号"), cells.code, _BANK_ACCOUNT),
    ),
)
SUBSCRIBER = Form(
    "subscriber",
    (
        Column("number", ("用户号码", "业务号码", "号码"), cells.code, _NUMBER, required=True),
        _CUSTOMER_NUMBER,
        Column("account_number", ("账户编号", "账户编码", "合同号"), cells.code, _NUMBER),
        _choice("kind", ("用户类型", "业务类型"), SUBSCRIBER_KINDS),
        Column("product", ("产品", "套餐"), cells.text, _words(100)),
        _choice("status", ("状态", "用户状态"), SUBSCRIBER_STATES, required=False),
        Column("g_net", ("G网", "是否G网"), cells.flag, _FLAG),
        Column("activated_on", ("开通日期",), cells.day, _DAY),
    ),
)
CONTACT = Form(
    "contact",
    (
        _CUSTOMER_NUMBER,
        Column("name", ("联系人", "联系人姓名"), cells.text, _words(100), required=True),
        Column("role", ("角色", "联系人角色"), cells.text, _words(40)),
        Column("phone", ("联系电话", "电话"), cells.phone, _PHONE),
    ),
)
ADDRESS = Form(
    "address",
    (
        _CUSTOMER_NUMBER,
        _choice("kind", ("地址类型",), ADDRESS_KINDS),
        Column("text", ("地址",), cells.text, _words(300), required=True),
        _community(required=False),
    ),
)


def forms(zone: ZoneInfo) -> dict[str, Form]:
    """Answers every form; instants without an offset are meant in `zone`."""
    appointment = Form(
        "appointment",
        (
            Column("appointment_number", ("预约编号", "预约单号"), cells.code, _NUMBER, required=True),
            _CUSTOMER_NUMBER,
            _choice("kind", ("预约类型",), APPOINTMENT_KINDS),
            Column("starts_at", ("预约时间",), cells.moment_in(zone), {"type": "string"}, required=True),
            Column("place", ("地点", "预约地点"), cells.text, _words(300)),
            Column("contact_name", ("联系人", "联系人姓名"), cells.text, _words(100)),
            Column("contact_phone", ("联系电话", "电话"), cells.phone, _PHONE),
            _choice("status", ("状态",), APPOINTMENT_STATES, required=False),
            _NOTE,
        ),
    )
    return {form.name: form for form in (CUSTOMER, ACCOUNT, SUBSCRIBER, CONTACT, ADDRESS, appointment)}
