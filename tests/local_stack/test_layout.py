"""What is read of a secret or a mark that a power cut left empty."""

from pathlib import Path

from local_stack.demo import DemoBranch
from local_stack.layout import Home, Ports, keep_secret


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
    home.demo_marker.write_text("300")
    assert branch.loaded(300)
    assert not branch.loaded(301)
