import pytest

from customer.naming import name_key, name_pieces, syllables_in, tail


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张伟", "zhangwei"),
        ("单雄信", "shanxiongxin"),
        ("曾国藩", "zengguofan"),
        ("仇英", "qiuying"),
        ("尉迟恭", "yuchigong"),
        ("单位食堂食品有限公司", "danweishitangshipinyouxiangongsi"),
        ("ABC 超市", "abcchaoshi"),
        ("·", "~"),
    ],
)
def test_names_read_as_people_say_them(name: str, key: str) -> None:
    assert name_key(name) == key


def test_a_name_is_found_by_characters_initials_and_every_reading() -> None:
    pieces = set(name_pieces("单雄信").split())
    assert {"^单", "单雄", "雄信", "#sx", "#sxx", "~shanxiong", "~danxiong", "~xiongxin"} <= pieces
    assert name_pieces("") == ""


def test_pinyin_written_together_is_split() -> None:
    assert syllables_in("zhangwei") == ["zhang", "wei"]
    assert syllables_in("xian") == ["xian"]
    assert syllables_in("zw") == []
    assert syllables_in("zhangw") == []


def test_a_tail_has_four_characters() -> None:
    assert (tail("13800001234"), tail("123"), tail(None)) == ("1234", None, None)
