import pytest

from support.readings import LONGEST, readings


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("王敏", ["wangmin", "wm"]),
        ("单雄", ["shanxiong", "sx"]),
        ("曾小敏", ["zengxiaomin", "zxm"]),
        ("仇英", ["qiuying", "qy"]),
    ],
)
def test_a_name_is_found_by_every_reading_of_its_surname(name: str, sounds: list[str]) -> None:
    assert set(sounds) <= set(readings(name).split())


def test_other_names_stay_within_the_column() -> None:
    assert readings("Ann") == "ann"
    assert len(readings("单" * 100)) <= LONGEST
