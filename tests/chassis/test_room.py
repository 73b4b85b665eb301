"""The last of the disk is not for changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import shedding
from chassis.errors import StorageFull
from chassis.room import Room

MORE_THAN_ANY_DISK = 1 << 62


@pytest.fixture
def _call() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # used by name
    """The test stands for a call, which has a deadline; background work of the tests to come has none."""
    shedding.until(5)
    yield
    shedding.until(None)


@pytest.mark.usefixtures("_call")
def test_calls_are_refused_while_the_reserve_is_touched(tmp_path: Path) -> None:
    room = Room(tmp_path, MORE_THAN_ANY_DISK)
    with pytest.raises(StorageFull):
        room.check()
    shedding.until(None)
    # Background work finishes what was begun.
    room.check()


@pytest.mark.usefixtures("_call")
@pytest.mark.parametrize(("reserve", "folder"), [(0, "."), (1, "."), (MORE_THAN_ANY_DISK, "not-there")])
def test_with_room_nothing_is_refused(tmp_path: Path, reserve: int, folder: str) -> None:
    Room(tmp_path / folder, reserve).check()
