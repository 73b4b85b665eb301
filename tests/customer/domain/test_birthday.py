import pytest

from customer.domain.birthday import Birthday
from customer.domain.errors import FieldRefused


@pytest.mark.parametrize(
    ("birthday", "text"),
    [
        (Birthday(5, 12, 1980), "solar 1980-05-12"),
        (Birthday(2, 29), "solar 0000-02-29"),
        (Birthday(2, 29, 2000), "solar 2000-02-29"),
        (Birthday(12, 30, lunar=True), "lunar 0000-12-30"),
        (Birthday(10, 3, 1984, lunar=True, leap_month=True), "lunar 1984-10-03 leap"),
    ],
)
def test_a_birthday_is_written_and_read_back(birthday: Birthday, text: str) -> None:
    assert str(birthday) == text
    assert Birthday.parse(text) == birthday


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"month": 13, "day": 1}, "BIRTHDAY_INVALID"),
        ({"month": 4, "day": 31}, "BIRTHDAY_INVALID"),
        ({"month": 2, "day": 30}, "BIRTHDAY_INVALID"),
        ({"month": 2, "day": 29, "year": 1900}, "BIRTHDAY_INVALID"),
        ({"month": 1, "day": 31, "lunar": True}, "BIRTHDAY_INVALID"),
        ({"month": 1, "day": 0}, "BIRTHDAY_INVALID"),
        ({"month": 1, "day": 1, "year": 1700}, "BIRTHDAY_INVALID"),
        ({"month": 4, "day": 1, "leap_month": True}, "LEAP_MONTH_IS_LUNAR"),
    ],
)
def test_a_day_that_no_calendar_has_is_refused(values: dict[str, int], reason: str) -> None:
    with pytest.raises(FieldRefused) as caught:
        Birthday(**values)  # type: ignore[arg-type]  # whole numbers and flags, as named above
    assert caught.value.reason == reason


@pytest.mark.parametrize("text", ["", "1980-05-12", "solar 80-05-12", "moon 1980-05-12"])
def test_another_text_is_no_birthday(text: str) -> None:
    with pytest.raises(FieldRefused):
        Birthday.parse(text)
