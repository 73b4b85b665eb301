"""Fields of the branch's own as columns of a file: read, typed, merged into what a customer has, traced."""

import dataclasses
import json
from typing import Any

import pytest
from crm.customer.v1 import customer_events_pb2
from crm.support.v1 import parameters_pb2

from customer.actions.claim_import import claim_import
from customer.actions.update_customer import update_customer
from customer.domain.import_job import ImportForm
from customer.imports.extra_columns import with_extras
from customer.imports.forms import forms
from customer.imports.worker import LEASE
from customer.messaging.extra_fields import KEY, ExtraFields
from customer.storage import tables
from tests.customer.imports.extra_columns.fields import FIELDS, customers_of, everything, held, publish, told_by
from tests.customer.small_archive import CLERK, IMPORTER, ZONE, World, counts, customer_row, write_xlsx

slow = pytest.mark.slow  # every load is read by a process of its own


@slow
@pytest.mark.parametrize("fast", [True, False])
def test_a_file_brings_them_in_by_title_name_or_path(world: World, *, fast: bool) -> None:
    world.worker.fast = fast
    job = world.customers(
        {"customer_number": "C1", "爱好": "钓鱼", "ROOMS": "3", "extra.remark": "有\t电梯", "note": "先打电话"},
        {"customer_number": "C2", "爱好": "", "ROOMS": "", "extra.remark": "", "note": ""},
    )
    assert counts(job) == ("done", 2, 2, 0, 0, 0)
    assert held(world) == {"C1": {"hobby": "钓鱼", "remark": "有\t电梯", "rooms": "3"}, "C2": None}
    assert [row.note for row in customers_of(world)] == ["先打电话", None]
    first, second = (json.loads(new or "") for _, _, new in told_by(world, job))
    own = {name: value for name, value in first.items() if name.startswith("extra")}
    assert own == {"extra.hobby": "钓鱼", "extra.rooms": "3", "extra.remark": "有\t电梯"}
    assert [name for name in second if name.startswith("extra")] == []


@slow
@pytest.mark.parametrize("fast", [True, False])
def test_values_are_laid_over_those_there_are(world: World, *, fast: bool) -> None:
    world.worker.fast = fast
    world.customers(
        {"customer_number": "C1", "hobby": "钓鱼", "rooms": "3", "moved_in": "2020-02-29"},
        {"customer_number": "C2", "hobby": "", "rooms": "4", "moved_in": ""},
        {"customer_number": "C3", "hobby": "", "rooms": "", "moved_in": ""},
    )
    job = world.customers(
        {"customer_number": "C1", "Hobby": "", "房间数": "4"},  # one goes, one changes, the date is not in the file
        {"customer_number": "C2", "Hobby": "", "房间数": "4"},  # the same
        {"customer_number": "C3", "Hobby": "象棋", "房间数": "", "name": "王五"},  # a column of the form's own besides
        {"customer_number": "C4", "Hobby": "象棋", "房间数": "1"},
        {"customer_number": "C1", "Hobby": "钓鱼", "房间数": "9"},
    )
    assert counts(job) == ("done", 5, 1, 2, 1, 1)
    assert held(world) == {
        "C1": {"moved_in": "2020-02-29", "rooms": "4"},
        "C2": {"rooms": "4"},
        "C3": {"hobby": "象棋"},
        "C4": {"hobby": "象棋", "rooms": "1"},
    }
    assert [line for line in told_by(world, job) if line[0] != "*"] == [
        ("extra.hobby", None, "象棋"),
        ("extra.hobby", "钓鱼", None),
        ("extra.rooms", "3", "4"),
        ("name", "张伟", "王五"),
    ]
    assert [row.version for row in customers_of(world)] == [2, 1, 2, 1]
    event = customer_events_pb2.CustomersChanged.FromString(world.rows(tables.plumbing.outbox)[-1].payload)
    assert sorted((facts.customer_number, facts.version) for facts in event.customers) == [
        ("C1", 2),
        ("C3", 2),
        ("C4", 1),
    ]


@slow
def test_the_same_file_again_changes_nothing(world: World) -> None:
    rows = [{"customer_number": f"C{n}", "hobby": "钓鱼" if n % 2 else "", "rooms": str(n)} for n in range(9)]
    world.customers(*rows)
    before = everything(world)
    assert counts(world.customers(*rows)) == ("done", 9, 0, 0, 9, 0)
    # What a form has stored is the same as what a file has.
    assert everything(world) == before
    customer = before[0][1]
    change = {"extra": {"rooms": "8", "hobby": "象棋"}}
    arguments = (customer.id, 1, change, world.directory.organisation(), ExtraFields(world.papers).known())
    world.run(CLERK, update_customer, *arguments)
    job = world.customers({"customer_number": customer.customer_number, "hobby": "象棋", "rooms": "8"})
    assert counts(job) == ("done", 1, 0, 0, 1, 0)


@slow
def test_a_spreadsheet_is_read_by_its_types(world: World) -> None:
    rows = [
        [*customer_row(), "房间数", "入住日期", "爱好"],
        [*customer_row(customer_number="C1").values(), 0.1 + 0.2, "2020/2/29", "象棋"],
        [*customer_row(customer_number="C2").values(), 3.0, "2020年3月1日", None],
        [*customer_row(customer_number="C3").values(), -12.5, None, None],
    ]
    assert counts(world.load_file(write_xlsx(world.folder / "in.xlsx", rows))) == ("done", 3, 3, 0, 0, 0)
    assert held(world) == {
        "C1": {"hobby": "象棋", "moved_in": "2020-02-29", "rooms": "0.3"},
        "C2": {"moved_in": "2020-03-01", "rooms": "3"},
        "C3": {"rooms": "-12.5"},
    }


@slow
def test_a_wrong_value_is_refused_with_its_field_and_what_it_may_be(world: World) -> None:
    fine = {"爱好": "", "房间数": "", "入住日期": "", "extra.remark": ""}
    job = world.customers(
        {"customer_number": "C1", **fine, "爱好": "围棋"},
        {"customer_number": "C2", **fine, "房间数": "three"},
        {"customer_number": "C3", **fine, "入住日期": "2021-02-29"},
        {"customer_number": "C4", **fine, "extra.remark": "长" * 501},
        {"customer_number": "C5", **fine, "房间数": "1" * 16},
        {"customer_number": "C6", **fine, "extra.remark": "=1+1"},
        {"customer_number": "C7", **fine, "房间数": "12"},
    )
    assert counts(job) == ("done", 7, 1, 0, 0, 6)
    _, *failed = world.errors(job)
    assert [tuple(row[-3:]) for row in failed] == [
        ("extra.hobby", "NOT_A_CHOICE", "爱好: 不是可选的值 / is none of the known words: 钓鱼, 象棋"),
        ("extra.rooms", "NUMBER_INVALID", _NUMBER),
        ("extra.moved_in", "DATE_INVALID", "入住日期: 日期不正确,应如 2024-05-01 / is no date such as 2024-05-01"),
        ("extra.remark", "TOO_LONG", "备注: 内容过长 / is too long"),
        ("extra.rooms", "NUMBER_INVALID", _NUMBER),
        ("extra.remark", "FORMULA_NOT_TAKEN", "备注: 不接受公式 / formulas are not taken"),
    ]
    assert held(world) == {"C7": {"rooms": "12"}}


_NUMBER = "房间数: 应为数字,整数不超过 15 位,小数不超过 6 位 / must be a number of at most 15 digits and 6 decimals"


@slow
@pytest.mark.parametrize(
    ("header", "form", "reason"),
    [
        ("extra.shoe_size", "customer", "COLUMN_UNKNOWN"),
        # Fields of customers are none of their accounts.
        ("extra.rooms", "contact", "COLUMN_UNKNOWN"),
        ("Rooms", "customer", "COLUMN_TWICE"),
    ],
)
def test_a_column_that_is_none_refuses_the_file(world: World, header: str, form: str, reason: str) -> None:
    row = {**customer_row(), "房间数": "3"} if form == "customer" else {"customer_number": "C1", "name": "张伟"}
    job = world.load(form, [{**row, header: "4"}])
    assert (job.state, job.reason, job.detail) == ("refused", reason, header)
    assert everything(world) == [[], [], []]


@slow
def test_a_removed_field_takes_nothing_in_and_keeps_what_it_held(world: World) -> None:
    world.customers({"customer_number": "C1", "rooms": "3", "hobby": "钓鱼"})
    publish(world, [field for field in FIELDS if field.name != "rooms"])
    assert world.customers({"customer_number": "C1", "rooms": "4"}).reason == "COLUMN_UNKNOWN"
    assert counts(world.customers({"customer_number": "C1", "hobby": "象棋"})) == ("done", 1, 0, 1, 0, 0)
    assert held(world) == {"C1": {"hobby": "象棋", "rooms": "3"}}


def test_a_title_that_two_fields_bear_names_neither() -> None:
    one, two = (dataclasses.replace(_known()["rooms"], name=name) for name in ("rooms", "bed_rooms"))
    known = with_extras(forms(ZONE)[ImportForm.CUSTOMER], (one, two)).by_header()
    assert {key for key, column in known.items() if column.name.startswith("extra.")} == {
        "bedrooms", "extrarooms", "extrabedrooms",
    }  # fmt: skip


def test_a_file_of_a_branch_without_fields_is_read_as_ever() -> None:
    form = forms(ZONE)[ImportForm.CUSTOMER]
    assert with_extras(form, ()) is form


def _known() -> Any:
    class Papers:
        def get(self, key: str, /) -> bytes | None:
            return parameters_pb2.ExtraFieldsDocument(fields=FIELDS).SerializeToString() if key == KEY else None

    return ExtraFields(Papers()).known()


class ChangedMeanwhile:
    """Tells progress to nobody; lets somebody change the customer once, when the plan is made."""

    def __init__(self, world: World) -> None:
        self.world, self.changes = world, [{"moved_in": "2021-03-04"}]

    def reached(self, percent: int) -> None:
        if percent == 70 and self.changes:
            (row,) = customers_of(self.world)
            branch, fields = self.world.directory.organisation(), ExtraFields(self.world.papers).known()
            self.world.run(CLERK, update_customer, row.id, row.version, {"extra": self.changes.pop()}, branch, fields)

    def read_so_far(self, read: int, guess: int) -> None:
        pass


@slow
def test_what_somebody_changes_meanwhile_is_not_lost(world: World) -> None:
    world.customers({"customer_number": "C1", "rooms": "3"})
    started = world.start_by(IMPORTER, "in.csv", [customer_row(customer_number="C1", rooms="4")])
    claimed = world.run(IMPORTER, claim_import, world.worker.holder, LEASE)
    assert claimed is not None
    progress: Any = ChangedMeanwhile(world)
    world.worker.load(claimed, progress)
    assert counts(world.job(started.id)) == ("done", 1, 0, 1, 0, 0)
    assert held(world) == {"C1": {"moved_in": "2021-03-04", "rooms": "4"}}
    assert [row.version for row in customers_of(world)] == [3]
