from crm.common.v1 import person_pb2

from customer.messaging.directory import Directory
from tests.customer.small_archive import C1, C3, Papers


def test_the_branch_is_read_once_and_again_when_it_changed(papers: Papers) -> None:
    directory = Directory(papers)
    branch = directory.organisation()
    assert [community.code for community in branch.communities] == ["B01-C01", "B01-C02", "B02-C01"]
    assert branch.managers == {C1: frozenset({"m001"}), C3: frozenset({"m002"})}
    papers.held["person.m003"] = person_pb2.PersonDocument(
        staff_number="m003", active=True, roles=["customer_manager"], community_ids=[C1]
    ).SerializeToString()
    assert directory.organisation() is branch
    directory.forget("person.m003")
    assert directory.organisation().managers[C1] == {"m001", "m003"}


def test_without_documents_nobody_and_nothing_is_known() -> None:
    branch = Directory(Papers()).organisation()
    assert (branch.communities, branch.staff) == ((), frozenset())
