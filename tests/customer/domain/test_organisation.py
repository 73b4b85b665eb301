from customer.domain.organisation import Community, Organisation
from customer.domain.owner import Candidate, OwnerMatch, Reason, decided, first_of
from customer.domain.words import normalised

LAKE = Community("c1", "B01-C01", "翠湖社区", "b1", "B01")
SOUTH = Community("c2", "B01-C02", "翠湖社区南苑", "b1", "B01")
TWIN_A = Community("c3", "B02-C01", "幸福社区", "b2", "B02")
TWIN_B = Community("c4", "B03-C01", "幸福社区", "b3", "B03")
BRANCH = Organisation((LAKE, SOUTH, TWIN_A, TWIN_B), frozenset({"m001"}), {"c1": frozenset({"m001"})})


def test_width_case_and_blanks_make_no_difference() -> None:
    assert normalised(" ABC１２ 号　楼 ") == "abc12号楼"
    assert BRANCH.named("b01-c01") is LAKE
    assert BRANCH.named("翠湖 社区") is LAKE


def test_the_longest_name_in_an_address_decides() -> None:
    assert BRANCH.lying_in("云州市翠湖社区 3栋") is LAKE
    assert BRANCH.lying_in("云州市翠湖社区南苑3栋") is SOUTH
    assert BRANCH.lying_in("云州市别处") is None


def test_a_name_that_two_communities_share_says_nothing() -> None:
    assert BRANCH.named("幸福社区") is None
    assert BRANCH.lying_in("幸福社区1栋") is None
    assert BRANCH.named("B03-C01") is TWIN_B


def test_staff_is_known_or_not() -> None:
    assert BRANCH.knows_staff(["m001", None, ""])
    assert not BRANCH.knows_staff(["m001", "m002"])


def candidate(owner: str, bureau: str = "b1") -> Candidate:
    return Candidate(owner, "z01", "id-" + owner, "名", bureau, "c1")


def test_one_owner_of_several_customers_is_found_without_a_customer() -> None:
    match = decided(Reason.BY_ADDRESS, "路1号", [candidate("m1"), candidate("m1")])
    assert match == OwnerMatch(Reason.BY_ADDRESS, "路1号", Candidate("m1", "z01", bureau_id="b1", community_id="c1"))


def test_several_owners_are_ambiguous_but_the_place_is_kept() -> None:
    match = decided(Reason.BY_ADDRESS, "路1号", [candidate("m1"), candidate("m2", "b2")])
    assert (match.reason, match.found) == (Reason.AMBIGUOUS, Candidate("", "", community_id="c1"))


def test_the_first_that_names_an_owner_decides() -> None:
    ambiguous = decided(Reason.BY_ADDRESS, "路", [candidate("m1"), candidate("m2")])
    certain = decided(Reason.BY_COMMUNITY, "翠湖", [candidate("m3")])
    nobody = decided(Reason.BY_CUSTOMER_NUMBER, "C9", [])
    assert first_of([nobody, ambiguous, certain]) is certain
    assert first_of([nobody, ambiguous]) is ambiguous
    assert first_of([nobody]).reason == Reason.NOT_FOUND
