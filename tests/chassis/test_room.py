"""The last of the disk is not for changes."""

from pathlib import Path

import pytest

from chassis import shedding
from chassis.errors import StorageFull
from chassis.room import Room

MORE_THAN_ANY_DISK = 1 << 62


def test_calls_are_refused_while_the_reserve_is_touched(tmp_path: Path) -> None:
    room = Room(tmp_path, MORE_THAN_ANY_DISK)
    shedding.until(5)
    with pytest.raises(StorageFull):
        room.check()
    shedding.until(None)
    # Background work finishes what was begun.
    room.check()


@pytest.mark.parametrize(("reserve", "folder"), [(0, "."), (1, "."), (MORE_THAN_ANY_DISK, "not-there")])
def test_with_room_nothing_is_refused(tmp_path: Path, reserve: int, folder: str) -> None:
    shedding.until(5)
    Room(tmp_path / folder, reserve).check()
