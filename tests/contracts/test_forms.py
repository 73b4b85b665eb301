"""Every form is declared, titled in both languages, and every field of its records is a column or a key. A new one that is
not fails here before anybody meets it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from crm.access.v1 import probe_pb2
from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from crm.operations.v1 import dead_letters_pb2
from crm.support.v1 import access_pb2 as rules_pb2
from crm.support.v1 import audit_pb2, organisation_pb2, parameters_pb2, support_pb2, systems_pb2
from crm.telemetry.v1 import telemetry_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FileDescriptor, MethodDescriptor

from chassis.declarations import Forms, column_of, form_of
from chassis.interceptors import permission_of
from customer.imports import forms as import_forms
from support.domain.grants import default_columns, default_grants

CONTRACTS = (
    customer_pb2, dispatch_pb2, support_pb2, organisation_pb2, rules_pb2, parameters_pb2, audit_pb2, systems_pb2, probe_pb2,
    telemetry_pb2, dead_letters_pb2,
)  # fmt: skip
ALL = Forms(contract.DESCRIPTOR for contract in CONTRACTS)
WORDS = Path(__file__).parents[2] / "gateway/portal/src/app/i18n"
# Asked by support alone; no administrator gives it to a person.
NOT_SHOWN = {"access.probe"}


def texts(language: str) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in WORDS.glob(f"{language}/*.ts"))


def records() -> Iterator[Descriptor]:
    for contract in CONTRACTS:
        for message in contract.DESCRIPTOR.message_types_by_name.values():
            if form_of(message) is not None:
                yield message


def methods() -> Iterator[MethodDescriptor]:
    for contract in CONTRACTS:
        for service in contract.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def unpermitted(contract: FileDescriptor) -> list[str]:
    found = [m for service in contract.services_by_name.values() for m in service.methods]
    options = [(m, m.GetOptions()) for m in found]
    return [
        m.full_name
        for m, said in options
        if not said.HasExtension(access_pb2.access)
        or not (said.Extensions[access_pb2.access].self or said.Extensions[access_pb2.access].form)
        or bool(said.Extensions[access_pb2.access].form) != bool(said.Extensions[access_pb2.access].action)
    ]


def untitled(message: Descriptor) -> list[str]:
    """Fields of a form's record that are neither a key nor a column with a title in both languages."""
    return [
        each.full_name
        for each in message.fields
        if not column_of(each).key and not (column_of(each).title_zh and column_of(each).title_en)
    ]


def test_every_method_of_every_contract_declares_its_permission() -> None:
    assert [name for contract in CONTRACTS for name in unpermitted(contract.DESCRIPTOR)] == []
    assert all(permission_of(f"/{m.containing_service.full_name}/{m.name}") for m in methods())


def test_every_field_of_a_record_is_a_column_or_a_key() -> None:
    assert len(list(records())) >= 7
    assert [name for message in records() for name in untitled(message)] == []


def test_whatever_could_hold_a_sensitive_value_is_declared_so() -> None:
    doubtful = re.compile(r"phone|id_card|address$|bank|place$|^number$")
    # Why somebody was found, and what a part of the network is called: no address of anybody.
    known = {"dispatch.task/placement", "support.audit/place"}
    open_ones = [
        f"{form.name}/{path}"
        for form in ALL.by_name.values()
        for path, column in form.columns.items()
        if doubtful.search(path.rsplit(".", maxsplit=1)[-1]) and not column.sensitivity
    ]
    assert sorted(set(open_ones) - known) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_form_has_a_title(language: str) -> None:
    words = texts(language)
    asked = {found.form for m in methods() if (found := m.GetOptions().Extensions[access_pb2.access]).form}
    granted = {grant.form for grant in default_grants()}
    nameless = [
        name
        for name in sorted((asked | granted | set(ALL.by_name)) - NOT_SHOWN)
        if f"form.{name}" not in words and not _titled(name)
    ]
    assert nameless == []


def _titled(name: str) -> bool:
    form = ALL.by_name.get(name)
    return form is not None and bool(form.title_zh and form.title_en)


def test_rules_that_come_with_the_product_name_columns_that_are_there() -> None:
    unknown = [
        f"{form}/{column}"
        for (_, form, _), columns in default_columns().items()
        for column in columns
        if column not in ALL.by_name[form].columns
    ]
    assert unknown == []


def test_columns_with_the_same_value_name_each_other() -> None:
    """Closing one of them leaves the value in sight: the permission editor says so at each."""
    links = {
        (f"{form.name}/{path}", other)
        for form in ALL.by_name.values()
        for path, column in form.columns.items()
        for other in column.also_in
    }
    known = {f"{form.name}/{path}" for form in ALL.by_name.values() for path in form.columns}
    assert {other for _, other in links} - known == set()
    assert {(other, one) for one, other in links} == links
    assert ("customer.customer/phone", "customer.customer/subscribers.number") in links
    declared = ALL.declared("customer", ()).forms
    phone = next(
        c for form in declared if form.name == "customer.customer" for c in form.columns if c.column == "phone"
    )
    assert "customer.customer/subscribers.number" in phone.also_in


def test_what_is_not_declared_is_found() -> None:
    """The checks themselves: a contract with a method without permission and a column without a title."""
    file = descriptor_pb2.FileDescriptorProto(name="crm/toy/v1/undeclared.proto", package="crm.toy.v1", syntax="proto3")
    message = file.message_type.add(name="Note")
    message.field.add(name="text", number=1, type=9, label=1)
    file.service.add(name="NoteService").method.add(
        name="Get", input_type=".crm.toy.v1.Note", output_type=".crm.toy.v1.Note"
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    contract = pool.FindFileByName(file.name)
    assert unpermitted(contract) == ["crm.toy.v1.NoteService.Get"]
    assert untitled(contract.message_types_by_name["Note"]) == ["crm.toy.v1.Note.text"]


def test_a_sensitive_column_has_one_name_in_the_contract_on_the_page_and_in_a_file() -> None:
    """Whoever is asked for a reason must recognise what they asked for."""
    card = column_of(customer_pb2.DESCRIPTOR.message_types_by_name["Customer"].fields_by_name["id_card"])
    header = next(column for column in import_forms.CUSTOMER.columns if column.name == "id_card").titles[0]
    assert (card.title_zh, header) == ("证件号码", "证件号码")
    for language, title in (("zh", card.title_zh), ("en", card.title_en)):
        assert f"'customer.field.id_card': '{title}'" in texts(language)


@pytest.mark.parametrize("name", ["customer.customer", "dispatch.task"])
def test_every_column_of_a_file_that_is_taken_out_is_called_by_words(name: str) -> None:
    form = ALL.by_name[name]
    paths = {path for path in {*form.columns, *form.keys} if "." not in path} - {"columns"}
    assert {path for path in paths if form.titles.get(path, path) == path} == set()
