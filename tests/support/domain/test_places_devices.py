import pytest

from support.domain.device import device_of
from support.domain.errors import FieldRefused
from support.domain.places import Places, Subnet, parse_subnets

BRANCH = [
    ("10.0.0.0/8", "云州分公司"),
    ("10.1.0.0/16", "鼓楼局"),
    ("10.1.2.0/24", " 翠湖营业厅 "),
    ("fd00:1::/32", "临江局"),
]


@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("10.1.2.3", "翠湖营业厅"),
        ("10.1.3.3", "鼓楼局"),
        ("10.2.0.1", "云州分公司"),
        ("192.168.0.1", ""),
        ("fd00:1::7", "临江局"),
        ("::ffff:10.1.2.3", "翠湖营业厅"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_the_narrowest_subnet_says_the_place(ip: str, place: str) -> None:
    assert Places(parse_subnets(BRANCH)).of(ip) == place


def test_subnets_are_kept_the_narrowest_first() -> None:
    assert parse_subnets(BRANCH)[0] == Subnet("fd00:1::/32", "临江局")
    assert [each.cidr for each in parse_subnets(BRANCH)[1:]] == ["10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ([("10.1.2.3/24", "x")], "subnets[0].cidr", "SUBNET_INVALID"),
        ([("10.1.2.0/24", "x"), ("ten", "x")], "subnets[1].cidr", "SUBNET_INVALID"),
        ([("10.1.2.0/24", " ")], "subnets[0].place", "FIELD_INVALID"),
        ([("10.1.2.0/24", "x"), (" 10.1.2.0/24", "y")], "subnets[1].cidr", "SUBNET_TWICE"),
    ],
)
def test_what_is_no_subnet_is_refused(given: list[tuple[str, str]], field: str, reason: str) -> None:
    with pytest.raises(FieldRefused) as caught:
        parse_subnets(given)
    assert (caught.value.reason, caught.value.data["field"]) == (reason, field)


_W10 = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (f"{_W10} {_CHROME}", "Chrome 142 · Windows 10"),
        (f"{_W10} {_CHROME} Edg/142.0.0.0", "Edge 142 · Windows 10"),
        (f"{_W10} {_CHROME} QIHU 360SE", "360 · Windows 10"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 · Windows 10"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer 11 · Windows 7"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME}", "Chrome 142 · Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.1 Safari/605.1.15",
            "Safari 18 · macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari 18 · iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
            "Chrome/126.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50",
            "WeChat 8 · Android 14",
        ),
        ("python-httpx/0.28", ""),
        ("", ""),
    ],
)
def test_a_device_in_a_few_words(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
