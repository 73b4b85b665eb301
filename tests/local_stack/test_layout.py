"""Files that must outlive a power cut: whole, or as they were before; and what is read of one that was cut short."""

from pathlib import Path

from local_stack.demo import DemoBranch
from local_stack.layout import Home, Ports, keep_secret, put


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    put(tmp_path / "one", "before")
    put(tmp_path / "one", "after")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("one", "after")]
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def test_a_secret_is_made_once_and_again_only_where_none_is(tmp_path: Path) -> None:
    made = keep_secret(tmp_path / "secrets" / "one")
    assert keep_secret(tmp_path / "secrets" / "one") == made
    (tmp_path / "secrets" / "one").write_text("")
    assert len(keep_secret(tmp_path / "secrets" / "one")) == 28


def test_a_branch_whose_mark_was_cut_short_is_loaded_again(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "cache")
    branch = DemoBranch(home, Ports(20_000), print)
    assert not branch.loaded()
    home.demo_marker.write_text("")
    assert not branch.loaded(300)
    put(home.demo_marker, "300", 0o644)
    assert branch.loaded(300)
    assert not branch.loaded(301)
