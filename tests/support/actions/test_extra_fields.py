"""Fields of the branch's own: what they may be, and that none disappears under those who use it."""

from collections.abc import Callable, Iterator

import pytest
from crm.support.v1 import parameters_pb2 as pb

from support import parameters_document
from support.actions.extra_fields import delete_extra_field, find_column_uses, list_extra_fields, set_extra_field
from support.actions.product_policy import follow_product
from support.declared_forms import declared_forms
from support.declared_parameters import forms_with_extra
from support.domain.errors import FieldRefused
from support.domain.extra_fields import ColumnUse, ExtraField
from support.domain.grants import Right
from support.domain.parameter_errors import ColumnInUse, ExtraFieldUnknown
from support.storage import policies
from support.storage.documents import versions
from support.storage.extra_fields import DOCUMENT
from support.storage.schema import metadata
from tests.support.branch import ADMIN, TODAY
from tests.support.parameter_desk import COLUMNS, Desk, bucket, open_desk, shelf

FORM = "customer.customer"
HOBBY = ExtraField(FORM, "hobby", "爱好", "Hobby", "choice", ("钓鱼", "象棋"))


@pytest.fixture
def desk(fresh_database: Callable[..., str]) -> Iterator[Desk]:
    opened = open_desk(fresh_database(metadata))
    yield Desk(opened)
    opened.close()


def add(desk: Desk, field: ExtraField) -> ExtraField:
    return desk.database.run_sync(ADMIN, set_extra_field, field, forms_with_extra(bucket()))


def remove(desk: Desk, name: str = "hobby") -> None:
    desk.database.run_sync(ADMIN, delete_extra_field, FORM, name, shelf().declared, TODAY)


def test_a_field_appears_is_renamed_and_goes(desk: Desk) -> None:
    added = add(desk, HOBBY)
    renamed = add(desk, ExtraField(FORM, "hobby", "兴趣", "Interest", "choice", ("钓鱼", "象棋", "书法")))
    assert renamed.id == added.id
    assert desk.database.run_sync(ADMIN, list_extra_fields, "") == [renamed]
    remove(desk)
    assert desk.database.run_sync(ADMIN, list_extra_fields, FORM) == []
    assert desk.database.run_sync(ADMIN, versions)[DOCUMENT] == 3
    with pytest.raises(ExtraFieldUnknown):
        remove(desk)


@pytest.mark.parametrize(
    ("field", "path", "reason"),
    [
        (ExtraField("dispatch.task", "a", "一", "A", "text"), "field.form", "FORM_HAS_NO_EXTRA_FIELDS"),
        (ExtraField(FORM, "1a", "一", "A", "text"), "field.name", "EXTRA_FIELD_NAME_INVALID"),
        (ExtraField(FORM, "a.b", "一", "A", "text"), "field.name", "EXTRA_FIELD_NAME_INVALID"),
        (ExtraField(FORM, "a", "", "A", "text"), "field.title_zh", "TITLE_MISSING"),
        (ExtraField(FORM, "a", "一", "A" * 61, "text"), "field.title_en", "TEXT_TOO_LONG"),
        (ExtraField(FORM, "a", "一", "A", "picture"), "field.kind", "EXTRA_FIELD_KIND_UNKNOWN"),
        (ExtraField(FORM, "a", "一", "A", "choice"), "field.choices", "CHOICES_INVALID"),
        (ExtraField(FORM, "a", "一", "A", "text", ("x",)), "field.choices", "CHOICES_INVALID"),
        (ExtraField(FORM, "a", "一", "A", "choice", ("x", "x")), "field.choices[1]", "CHOICES_INVALID"),
    ],
)
def test_a_wrong_field_is_refused_by_its_part(desk: Desk, field: ExtraField, path: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as refusal:
        add(desk, field)
    assert (refusal.value.data["field"], refusal.value.reason) == (path, reason)
    assert desk.database.run_sync(ADMIN, list_extra_fields, "") == []


def test_what_is_stored_is_not_turned_into_another_kind(desk: Desk) -> None:
    add(desk, HOBBY)
    with pytest.raises(FieldRefused) as refusal:
        add(desk, ExtraField(FORM, "hobby", "爱好", "Hobby", "number"))
    assert refusal.value.reason == "EXTRA_FIELD_KIND_FIXED"


def test_a_field_that_a_threshold_names_cannot_go_until_it_does_not(desk: Desk) -> None:
    add(desk, HOBBY)
    desk.set(COLUMNS, ["customer.customer/extra.hobby"])
    with pytest.raises(ColumnInUse) as refusal:
        remove(desk)
    assert refusal.value.data == {"form": FORM, "column": "extra.hobby", "uses": COLUMNS, "keys": COLUMNS}
    assert len(desk.database.run_sync(ADMIN, list_extra_fields, FORM)) == 1
    desk.set(COLUMNS, [])
    remove(desk)
    with pytest.raises(FieldRefused) as unknown:
        desk.set(COLUMNS, ["customer.customer/extra.hobby"])
    assert unknown.value.reason == "COLUMN_UNKNOWN"


def test_a_field_that_a_rule_names_cannot_go(desk: Desk) -> None:
    def name_it(work: object) -> None:
        follow_product(work)  # type: ignore[arg-type]  # the unit that run_sync hands in
        force = policies.in_force(work)  # type: ignore[arg-type]  # the same
        assert force is not None
        role = next(role for role in force.roles if role.name == "supervisor")
        rule = next(rule for rule in role.rules if rule.form == FORM)
        object.__setattr__(rule, "columns", ((HOBBY.column, Right.HIDDEN),))
        assert policies.change(work, force, force.version)  # type: ignore[arg-type]  # the same

    add(desk, HOBBY)
    desk.database.run_sync(ADMIN, name_it)
    with pytest.raises(ColumnInUse) as refusal:
        remove(desk)
    assert refusal.value.data["uses"] == "客户群管理"
    assert desk.database.run_sync(ADMIN, find_column_uses, FORM, HOBBY.column, shelf().declared, TODAY) == [
        ColumnUse("RULE", "supervisor:customer.customer:all", "客户群管理")
    ]


def test_a_parameter_that_declares_a_column_uses_it(desk: Desk) -> None:
    uses = desk.database.run_sync(ADMIN, find_column_uses, FORM, "name", shelf().declared, TODAY)
    assert uses == [ColumnUse("PARAMETER", COLUMNS, COLUMNS)]


def test_an_added_field_is_a_column_of_its_form_for_rules() -> None:
    held = bucket()
    held["fields.extra"] = parameters_document.extra_fields([HOBBY], 1).SerializeToString()
    assert pb.ExtraFieldsDocument.FromString(held["fields.extra"]).fields[0].choices == ["钓鱼", "象棋"]
    form = next(form for form in declared_forms(held) if form.name == FORM)
    assert [column.column for column in form.columns] == ["name", "extra", "extra.hobby"]
