"""The services' revisions, one step after the other, and revisions of the tests' own."""

from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Engine, MetaData, create_engine

from chassis import migrations

SERVICES = Path(__file__).parents[2] / "services"
ENVIRONMENT = Path(migrations.__file__).parent / "alembic"
NOTHING = MetaData()
TEXT = '''"""A revision of a test."""

import sqlalchemy as sa
from alembic import op

from chassis import schema_steps

revision = "{revision}"
down_revision = {before!r}
branch_labels = None
depends_on = None
{marks}


def upgrade() -> None:
    {forth}


def downgrade() -> None:
    {back}
'''


@dataclass(frozen=True)
class Step:
    """From one revision of a service to the next."""

    folder: Path
    before: str
    script: Script

    @property
    def revision(self) -> str:
        """The revision after the step."""
        return self.script.revision

    def __str__(self) -> str:
        return f"{self.folder.parent.name}-{self.before}-{self.revision}"

    def stand_before(self, url: str) -> Engine:
        """Opens a database with everything up to the step."""
        engine = create_engine(url)
        if self.before != "base":
            self.up(engine, self.before)
        return engine

    def up(self, engine: Engine, revision: str = "") -> None:
        """Makes the step."""
        migrations.upgrade(engine, self.folder, NOTHING, revision or self.revision)

    def down(self, engine: Engine) -> None:
        """Takes it back."""
        migrations.downgrade(engine, self.folder, NOTHING, self.before)


def folders() -> list[Path]:
    """Answers the revisions' folder of every service there is: a new service is found by its folder."""
    return sorted(each for each in SERVICES.glob("*/migrations") if any(each.glob("*.py")))


def steps(folder: Path) -> list[Step]:
    """Answers the steps of a folder in their order."""
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    line = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
    befores = ["base", *(script.revision for script in line)]
    return [Step(folder, before, script) for before, script in zip(befores, line, strict=False)]


def all_steps() -> list[Step]:
    """Answers every step of every service."""
    return [step for folder in folders() for step in steps(folder)]


def later_steps() -> list[Step]:
    """Answers the steps that find tables with rows: all but each service's first."""
    return [step for step in all_steps() if step.before != "base"]


def write(folder: Path, revision: str, forth: str, back: str = "pass", marks: str = 'release = "0.1.0"') -> Step:
    """Writes the next revision into a folder of a test's own."""
    folder.mkdir(parents=True, exist_ok=True)
    befores = sorted(each.stem for each in folder.glob("*.py"))
    text = TEXT.format(revision=revision, before=befores[-1] if befores else None, marks=marks, forth=forth, back=back)
    (folder / f"{revision}.py").write_text(text, encoding="utf-8")
    return steps(folder)[-1]
