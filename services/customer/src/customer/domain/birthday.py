"""A birthday: a day of the solar or the lunar year. When it falls in a given year is the task generator's question."""

import re
from dataclasses import dataclass

from customer.domain.errors import FieldRefused

_DAYS_SOLAR = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_LUNAR = 30
_TEXT = re.compile(r"(solar|lunar) (\d{4})-(\d{2})-(\d{2})( leap)?")


@dataclass(frozen=True)
class Birthday:
    """Month and day, with the year of birth where it is known (else 0)."""

    month: int
    day: int
    year: int = 0
    lunar: bool = False
    leap_month: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise FieldRefused("birthday", "BIRTHDAY_INVALID", month=str(self.month))
        longest = _DAYS_LUNAR if self.lunar else _DAYS_SOLAR[self.month - 1]
        if not 1 <= self.day <= longest:
            raise FieldRefused("birthday", "BIRTHDAY_INVALID", day=str(self.day))
        if self.leap_month and not self.lunar:
            raise FieldRefused("birthday", "LEAP_MONTH_IS_LUNAR")
        if self.year and not 1850 <= self.year <= 2200:
            raise FieldRefused("birthday", "BIRTHDAY_INVALID", year=str(self.year))
        if self._is_29th_of_a_common_february():
            raise FieldRefused("birthday", "BIRTHDAY_INVALID", day="29")

    def __str__(self) -> str:
        calendar = "lunar" if self.lunar else "solar"
        leap = " leap" if self.leap_month else ""
        return f"{calendar} {self.year:04d}-{self.month:02d}-{self.day:02d}{leap}"

    @classmethod
    def parse(cls, text: str) -> "Birthday":
        """Reads the form that `str` writes, such as `lunar 1984-10-03 leap`."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise FieldRefused("birthday", "BIRTHDAY_INVALID", value=text)
        calendar, year, month, day, leap = found.groups()
        return cls(int(month), int(day), int(year), calendar == "lunar", leap is not None)

    def _is_29th_of_a_common_february(self) -> bool:
        if self.lunar or not self.year or (self.month, self.day) != (2, 29):
            return False
        return self.year % 4 != 0 or (self.year % 100 == 0 and self.year % 400 != 0)
