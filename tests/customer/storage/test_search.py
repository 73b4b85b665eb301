"""What a question finds: names, pinyin in part and whole, initials, numbers and the ends of telephone numbers."""

import pytest
from sqlalchemy import create_mock_engine, select, true

from chassis.paging import Page
from customer.actions.list_customers import list_customers
from customer.storage import tables
from customer.storage.customers import CustomerFilter
from customer.storage.dialect import has_pieces
from tests.customer.small_archive import CLERK, World

pytestmark = pytest.mark.slow

PEOPLE = {
    "C1001": ("张伟", "13800000001"),
    "C1002": ("单雄信", "13800000002"),
    "C1003": ("云州宏达商贸有限公司", "0931-8880003"),
    "C1004": ("章微", "13811110001"),
    "C1005": ("重庆火锅店", "13800000005"),
    "D2001": ("ABC超市", ""),
}


@pytest.fixture
def archive(world: World) -> World:
    rows = [{"customer_number": n, "name": name, "phone": phone} for n, (name, phone) in PEOPLE.items()]
    world.customers(*rows)
    world.load("subscriber", [{"number": "kd00000777", "customer_number": "C1005", "kind": "宽带"}])
    return world


def test_every_way_of_asking(archive: World) -> None:
    for query, expected in {
        "张伟": ["C1001"],
        "张": ["C1001"],
        "伟": [],
        "宏达商贸": ["C1003"],
        "达商": ["C1003"],
        "商达": [],
        "zhang": ["C1001", "C1004"],
        "zhangwei": ["C1001", "C1004"],
        "ZhangW": ["C1001", "C1004"],
        "zw": ["C1001", "C1004"],
        "hongda": ["C1003"],
        "yzhd": ["C1003"],
        "shanxiongxin": ["C1002"],
        "danxiong": ["C1002"],
        "chongqing": ["C1005"],
        "abc": ["D2001"],
        "c1002": ["C1002"],
        "D2": ["D2001"],
        "0001": ["C1001", "C1004"],
        "00001": ["C1001"],
        "10001": ["C1004"],
        "8880003": ["C1003"],
        "13800000002": ["C1002"],
        "kd00000777": ["C1005"],
        "0777": ["C1005"],
        "%": [],
        "_": [],
        "' OR 1=1": [],
        "不存在的人": [],
    }.items():
        wanted = CustomerFilter(query=query, order_by="customer_number")
        page = archive.run(CLERK, list_customers, wanted, Page(with_total=True))
        assert [row.customer_number for row in page.rows] == expected, query
        assert page.total == len(expected), query


def test_a_database_without_arrays_finds_pieces_too() -> None:
    connection = create_mock_engine("sqlite://", print)
    condition = has_pieces(connection, tables.customers.c.name_pieces, ["~zhangwei", "#zw"])  # type: ignore[arg-type]  # only the dialect is asked
    text = str(select(true()).where(condition).compile(compile_kwargs={"literal_binds": True}))
    assert text.count("LIKE") == 2
    assert "' ' || customers.name_pieces || ' '" in text


def test_the_index_is_used_for_two_characters(archive: World) -> None:
    with archive.database.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        found = select(tables.customers.c.id).where(has_pieces(connection, tables.customers.c.name_pieces, ["张伟"]))
        statement = str(found.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(row[0] for row in connection.exec_driver_sql("EXPLAIN " + statement))
    assert "ix_customers_pieces" in plan
