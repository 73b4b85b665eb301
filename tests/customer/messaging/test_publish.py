from datetime import UTC, date, datetime

import pytest
from crm.customer.v1 import customer_events_pb2
from google.protobuf import text_format

from customer.domain.birthday import Birthday
from customer.domain.events import AppointmentFacts, AppointmentsChanged, CustomerFacts, CustomersChanged
from customer.messaging.publish import encode

FACTS = CustomerFacts(
    customer_id="c",
    version=3,
    customer_number="C1",
    name="张伟",
    kind="business",
    group="key_account",
    bureau_id="b",
    community_id="s",
    owner_number="m001",
    seat_number="z01",
    birthday=Birthday(10, 3, 1984, lunar=True, leap_month=True),
    store_anniversary=date(2015, 6, 1),
)


def test_a_customer_as_others_read_it() -> None:
    outgoing = encode(CustomersChanged((FACTS,)))
    message = customer_events_pb2.CustomersChanged.FromString(outgoing.payload)
    assert (outgoing.subject, outgoing.entity_id) == ("crm.customer.customer.changed.v1", "c")
    assert text_format.MessageToString(message, as_utf8=True, as_one_line=True) == (
        'customers { customer_id: "c" version: 3 customer_number: "C1" name: "张伟" kind: CUSTOMER_KIND_BUSINESS '
        'group: CUSTOMER_GROUP_KEY_ACCOUNT bureau_id: "b" community_id: "s" owner_number: "m001" seat_number: "z01" '
        'birthday { lunar: true year: 1984 month: 10 day: 3 leap_month: true } store_anniversary: "2015-06-01" }'
    )


def test_an_event_of_many_is_about_no_single_one() -> None:
    assert encode(CustomersChanged((FACTS, FACTS))).entity_id == ""


def test_a_booking_as_others_read_it() -> None:
    at = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    outgoing = encode(AppointmentsChanged((AppointmentFacts("a", 2, "Y1", "c", "visit", at, "路1号", cancelled=True),)))
    (facts,) = customer_events_pb2.AppointmentsChanged.FromString(outgoing.payload).appointments
    assert outgoing.subject == "crm.customer.appointment.changed.v1"
    assert (facts.starts_at.ToDatetime(UTC), facts.cancelled, facts.place) == (at, True, "路1号")


def test_an_unknown_fact_is_a_defect() -> None:
    with pytest.raises(TypeError):
        encode(object())
