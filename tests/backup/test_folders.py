"""The files that services keep come back where they are missing, and nowhere else."""

import os
from pathlib import Path

import pytest

from backup_tool import folders
from backup_tool.runs import Workshop
from backup_tool.vault import SUFFIX
from tests.backup.conftest import Site

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """What a service keeps: an archive, an export, the mark of its process."""
    folder = tmp_path / "support"
    for name, text in (("audit/2026-11-01.json", "a day"), ("exports/a.xlsx", "rows"), ("alive/1.alive", "")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    folder.chmod(0o750)
    return folder


@pytest.fixture
def saved(site: Site, kept: Path) -> Workshop:
    work = site.workshop(backup_folders=f"support={kept},customer={kept.with_name('customer')}")
    assert work.full()
    return work


def lay_back(work: Workshop) -> list[str]:
    return folders.put_back(work.settings, work.catalogue, work.key, work.catalogue.fulls()[-1].id, work.say)


def held(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file()
    }


def test_a_lost_folder_is_back_with_its_owner_and_its_rights(saved: Workshop, kept: Path) -> None:
    kept.rename(kept.with_name("lost"))
    assert lay_back(saved) == ["support"]
    # Not the mark: its process is gone, and was not killed.
    assert held(kept) == {"audit/2026-11-01.json": "a day", "exports/a.xlsx": "rows"}
    assert (kept.stat().st_mode & 0o777, kept.stat().st_uid) == (0o750, os.geteuid())


def test_what_is_there_stays_as_it_is(saved: Workshop, kept: Path) -> None:
    (kept / "exports/a.xlsx").write_text("younger", encoding="utf-8")
    (kept / "audit/2026-11-01.json").unlink()
    (kept / "audit/2026-11-02.json").write_text("another day", encoding="utf-8")
    kept.chmod(0o700)
    assert lay_back(saved) == ["support"]
    assert held(kept) == {
        "audit/2026-11-01.json": "a day",
        "audit/2026-11-02.json": "another day",
        "exports/a.xlsx": "younger",
        "alive/1.alive": "",
    }
    assert kept.stat().st_mode & 0o777 == 0o700


def test_a_damaged_archive_is_named_and_stops_nothing(site: Site, saved: Workshop, kept: Path) -> None:
    full = saved.catalogue.fulls()[-1]
    file = saved.catalogue.folder(full) / f"folder-support.tar{SUFFIX}"
    file.write_bytes(file.read_bytes()[:-20])
    assert lay_back(saved) == []
    assert "the files of support are NOT back" in site.said[-1]
