"""The one line by which people know a task. The branch's language is Chinese; the portal shows the kind in the reader's."""

from datetime import date, datetime

from dispatch.domain.words import TaskKind

KIND_WORDS = {
    TaskKind.BIRTHDAY: "生日关怀",
    TaskKind.STORE_ANNIVERSARY: "店庆关怀",
    TaskKind.HOLIDAY: "节日问候",
    TaskKind.INSTALL: "装机预约",
    TaskKind.REMOVE: "拆机预约",
    TaskKind.RELOCATE: "移机预约",
    TaskKind.VISIT: "上门预约",
}
MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
TENS = ("初", "十", "廿")
DIGITS = ("十", "一", "二", "三", "四", "五", "六", "七", "八", "九")
SEPARATOR = " · "


def occasion_words(key: str) -> str:
    """An occasion key in words: `11月22日`, `农历十月十三`, `农历闰六月十五`."""
    calendar, month, day = key[0], int(key[1:3]), int(key[3:5])
    if calendar == "S":
        return f"{month}月{day}日"
    return f"农历{'闰' if calendar == 'X' else ''}{MONTHS[month - 1]}月{lunar_day_words(day)}"


def lunar_day_words(day: int) -> str:
    """A day of a lunar month in words: `初十`, `十三`, `二十`, `廿五`, `三十`."""
    if day in (20, 30):
        return f"{DIGITS[day // 10]}十"
    return f"{TENS[(day - 1) // 10]}{DIGITS[day % 10]}"


def before_name(kind: TaskKind) -> str:
    """What stands before the customer's name in a title."""
    return f"{KIND_WORDS[kind]}{SEPARATOR}"


def after_name(words: str) -> str:
    """What stands behind the customer's name in a title."""
    return f"({words})"


def moment_words(at: datetime) -> str:
    """A booked time, given in the branch's zone: `11月22日 09:30`."""
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def day_words(on: date) -> str:
    """A date in words: `11月22日`."""
    return f"{on.month}月{on.day}日"
