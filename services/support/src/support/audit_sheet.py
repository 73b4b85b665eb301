"""Entries as an XLSX file that says who took them out, when and from where: at the top and on every printed page."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import xlsxwriter
from crm.support.v1 import audit_pb2 as pb

from chassis.identity import Actor

_HEADINGS = {
    "zh": ("时间", "类别", "工号", "姓名", "单位", "IP 地址", "地点", "设备", "表单", "记录", "说明", "链日", "序号"),
    "en": (
        *("Time", "Kind", "Staff number", "Name", "Unit", "IP address", "Place"),
        *("Device", "Form", "Record", "Detail", "Day of the chain", "Place in it"),
    ),
}
_KINDS: dict[str, dict[int, str]] = {
    "zh": {
        pb.AUDIT_KIND_SIGN_IN: "登录",
        pb.AUDIT_KIND_SIGN_OUT: "退出",
        pb.AUDIT_KIND_SIGN_IN_FAILED: "登录失败",
        pb.AUDIT_KIND_RECORD_VIEW: "查看记录",
        pb.AUDIT_KIND_PAGE_VIEW: "打开页面",
        pb.AUDIT_KIND_UNMASK: "查看原值",
        pb.AUDIT_KIND_EXPORT: "导出",
        pb.AUDIT_KIND_SYSTEM_USE: "进入旧系统",
    },
    "en": {
        pb.AUDIT_KIND_SIGN_IN: "Signed in",
        pb.AUDIT_KIND_SIGN_OUT: "Signed out",
        pb.AUDIT_KIND_SIGN_IN_FAILED: "Failed to sign in",
        pb.AUDIT_KIND_RECORD_VIEW: "Looked at a record",
        pb.AUDIT_KIND_PAGE_VIEW: "Opened a page",
        pb.AUDIT_KIND_UNMASK: "Saw a value in full",
        pb.AUDIT_KIND_EXPORT: "Took rows out",
        pb.AUDIT_KIND_SYSTEM_USE: "Went to an older system",
    },
}
_WIDTHS = (20, 16, 12, 12, 20, 16, 20, 28, 20, 38, 40, 12, 8)


@dataclass(frozen=True)
class Watermark:
    """Who takes the file out, and when."""

    actor: Actor
    at: datetime
    zone: ZoneInfo

    @property
    def language(self) -> str:
        """The language of the file."""
        return "en" if self.actor.language.lower().startswith("en") else "zh"

    @property
    def text(self) -> str:
        """One line that says it."""
        at = self.at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
        who = f"{self.actor.name} ({self.actor.id})"
        if self.language == "en":
            return f"Exported by {who} at {at} from {self.actor.ip or '-'}"
        return f"导出人 {who}　导出时间 {at}　来自 {self.actor.ip or '-'}"

    def file_name(self) -> str:
        """Answer the name to save it under."""
        return f"audit-{self.at.astimezone(self.zone).strftime('%Y%m%d-%H%M%S')}-{self.actor.id}.xlsx"


def kind_word(kind: int, language: str) -> str:
    """Answer what a kind is called in a file; nothing for one that is closed to who takes it out."""
    return _KINDS[language].get(kind, "")


def sheet(entries: Iterable[pb.AuditEntry], units: dict[str, str], watermark: Watermark) -> bytes:
    """Answer the file, with what the entries say as they leave: closed columns stay empty. `units` are the names of units by id."""
    memory = io.BytesIO()
    language = watermark.language
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(memory, options) as book:
        book.set_properties({"author": watermark.text, "comments": watermark.text})
        page = book.add_worksheet("audit")
        bold = book.add_format({"bold": True})
        for number, width in enumerate(_WIDTHS):
            page.set_column(number, number, width)
        page.set_landscape()
        # `&` begins a code there.
        page.set_header("&C" + watermark.text.replace("&", "&&"))
        page.set_footer("&C" + watermark.text.replace("&", "&&") + "&R&P / &N")
        page.write_string(0, 0, watermark.text, bold)
        page.write_row(1, 0, _HEADINGS[language], bold)
        page.freeze_panes(2, 0)
        for number, entry in enumerate(entries, start=2):
            for column, cell in enumerate(_cells(entry, units, language, watermark.zone)):
                page.write_string(number, column, cell)
    return memory.getvalue()


def _cells(entry: pb.AuditEntry, units: dict[str, str], language: str, zone: ZoneInfo) -> Sequence[str]:
    return (
        entry.at.ToDatetime(UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        kind_word(entry.kind, language),
        entry.staff_number,
        entry.name,
        units.get(entry.unit_id, entry.unit_id),
        entry.ip,
        entry.place,
        entry.device,
        entry.form,
        entry.record_id,
        entry.detail,
        entry.day,
        str(entry.sequence),
    )
