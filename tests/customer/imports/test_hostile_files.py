"""Files that want to hurt: refused or taken safely, always with a clear reason."""

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from customer.domain.import_job import ImportJob
from customer.imports import xlsx_files
from customer.imports.refusal import FileRefused
from customer.imports.table_files import read_rows
from customer.storage import tables
from tests.customer.small_archive import World, counts, customer_row, write_csv, write_xlsx

pytestmark = pytest.mark.slow


def refused(world: World, path: Path) -> tuple[str, str | None]:
    job = world.load_file(path)
    assert nothing_stored(world)
    assert not world.worker.spool.data(job.id).exists()
    return str(job.state), job.reason


def nothing_stored(world: World) -> bool:
    return not any(world.rows(table) for table in (tables.customers, tables.plumbing.changes, tables.plumbing.outbox))


def bomb(path: Path, entry: str, size: int) -> Path:
    block = b" " * (1024 * 1024)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package,
        package.open(entry, "w", force_zip64=True) as stream,
    ):
        for _ in range(size // len(block)):
            stream.write(block)
    return path


def test_a_zip_bomb_is_refused_before_it_is_unpacked(world: World) -> None:
    path = bomb(world.folder / "bomb.xlsx", "xl/worksheets/sheet1.xml", 256 * 1024 * 1024)
    assert path.stat().st_size < 1024 * 1024
    assert refused(world, path) == ("refused", "FILE_TOO_LARGE_UNPACKED")


def test_a_cell_of_two_gibibytes_is_refused_by_the_directory(tmp_path: Path, monkeypatch: Any) -> None:
    path = bomb(tmp_path / "cell.xlsx", "xl/sharedStrings.xml", 64 * 1024 * 1024)
    monkeypatch.setattr(xlsx_files, "MOST_UNPACKED", 32 * 1024 * 1024)
    with pytest.raises(FileRefused) as caught:
        xlsx_files.look_inside(path)
    assert caught.value.reason == "FILE_TOO_LARGE_UNPACKED"


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "parts.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for number in range(2_001):
            package.writestr(f"part{number}.xml", b"")
    with pytest.raises(FileRefused) as caught:
        xlsx_files.look_inside(path)
    assert caught.value.reason == "FILE_TOO_MANY_PARTS"


@pytest.mark.parametrize("quoted", [True, False])
def test_an_endless_cell_is_refused_without_filling_the_memory(tmp_path: Path, quoted: bool) -> None:
    path = tmp_path / "endless.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("customer_number,name\nC1," + ('"' if quoted else ""))
        for _ in range(200):
            stream.write(("名字" * 9_999 + ("\n" if quoted else "x")) * 10)
    assert path.stat().st_size > 100_000_000
    tracemalloc.start()
    with pytest.raises(FileRefused) as caught:
        list(read_rows(path, path.name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == "CELL_TOO_LARGE"
    assert peak < 40 * 1024 * 1024


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_every_encoding_in_use_is_read(tmp_path: Path, encoding: str) -> None:
    # The Chinese comes late: a look at the beginning alone would take the file for ASCII.
    rows = [{"customer_number": f"C{n}", "name": "A" * 50} for n in range(60_000)]
    rows.append({"customer_number": "C", "name": "单雄信,“老客户”"})
    path = write_csv(tmp_path / "in.csv", rows, encoding=encoding)
    *_, (number, last) = read_rows(path, path.name)
    assert (number, last) == (60_002, ["C", "单雄信,“老客户”"])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", b"", "FILE_EMPTY"),
        ("utf16.csv", "客户".encode("utf-16"), "ENCODING_NOT_TAKEN"),
        ("noise.csv", b"\xff\xff\xff\xff,\x81", "ENCODING_NOT_TAKEN"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + b"0" * 600, "FILE_NOT_XLSX"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0" + b"0" * 600, "FILE_NOT_XLSX"),
        ("text.xlsx", b"customer_number,name\n", "FILE_NOT_XLSX"),
        ("program.exe", b"MZ..", "FILE_KIND_NOT_TAKEN"),
        ("what.csv", "客户编号,血型\n1,A\n".encode(), "COLUMN_UNKNOWN"),
        ("twice.csv", "客户编号,customer_number\n1,2\n".encode(), "COLUMN_TWICE"),
        ("less.csv", "客户编号\n1\n".encode(), "COLUMN_MISSING"),
    ],
)
def test_what_is_no_table_of_ours_is_refused_whole(world: World, name: str, content: bytes, reason: str) -> None:
    path = world.folder / name
    path.write_bytes(content)
    assert refused(world, path) == ("refused", reason)


def test_a_broken_workbook_is_refused(world: World) -> None:
    path = world.folder / "broken.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.xml", b"<not xml")
    assert refused(world, path) == ("refused", "FILE_NOT_XLSX")


def test_formulas_count_by_their_stored_value_and_text_formulas_are_refused(world: World) -> None:
    header = ["customer_number", "kind", "group", "name", "community", "owner_number", "phone", "id_card"]
    rest: list[Any] = ["household", "public"]
    rows: list[list[Any]] = [
        header,
        ["C1", *rest, "张伟", "B01-C01", "m001", 13800000001, "620101198005120011"],
        ["C2", *rest, "李四", "B01-C01", "m001", 13800000002, 620101198005120011],
        ["C3", *rest, "'=cmd|' /C calc'!A0", "B01-C01", "m001", None, None],
    ]
    path = write_xlsx(world.folder / "in.xlsx", rows)
    with_formula(path, world.folder)
    job: ImportJob = world.load_file(world.folder / "formula.xlsx")
    assert counts(job) == ("done", 4, 2, 0, 0, 2)
    assert [(row[-3], row[-2]) for row in world.errors(job)[1:]] == [
        ("id_card", "NUMBER_ROUNDED"),
        ("name", "FORMULA_NOT_TAKEN"),
    ]
    stored = world.rows(tables.customers, tables.customers.c.customer_number)
    assert [(row.customer_number, row.name, row.phone) for row in stored] == [
        ("C1", "张伟", "13800000001"),
        ("C4", "王五六", None),
    ]


def with_formula(path: Path, folder: Path) -> None:
    """Copies a workbook and gives it one more row whose name is a formula with a stored value."""
    cells = ("C4", "household", "public", None, "B01-C01", "m001")
    texts = "".join(
        f'<c r="{"ABCDEF"[at]}5" t="inlineStr"><is><t>{text}</t></is></c>'
        if text
        else f'<c r="{"ABCDEF"[at]}5" t="str"><f>"王五"&amp;"六"</f><v>王五六</v></c>'
        for at, text in enumerate(cells)
    )
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(folder / "formula.xlsx", "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"A1:H4", b"A1:H5").replace(
                    b"</sheetData>", f'<row r="5">{texts}</row></sheetData>'.encode()
                )
            new.writestr(entry, data)


def test_leading_zeros_kept_by_a_formula_are_taken(world: World) -> None:
    row = customer_row(customer_number='="00123"', phone="+86 138-0000-0001")
    assert counts(world.load("customer", [row])) == ("done", 1, 1, 0, 0, 0)
    (stored,) = world.rows(tables.customers)
    assert (stored.customer_number, stored.phone) == ("00123", "+8613800000001")


def test_tabs_breaks_and_backslashes_arrive_as_they_are(world: World) -> None:
    note = 'a\\b\tc\nd"e\\N\\.'
    row = {**customer_row(customer_number="C1"), "note": note}
    assert counts(world.load("customer", [row])) == ("done", 1, 1, 0, 0, 0)
    assert world.rows(tables.customers)[0].note == note
    assert counts(world.load("customer", [row])) == ("done", 1, 0, 0, 1, 0)
