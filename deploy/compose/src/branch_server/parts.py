"""The images of our own parts: the sources each is made of. Adding a part = one line."""

from dataclasses import dataclass
from pathlib import Path

from branch_server.places import PROJECT

_EVERYWHERE = ("proto/gen", "libs/chassis/src")
_LEFT_OUT = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True)
class Part:
    """One image `crm/<name>`: the module it runs, the folders on Python's path, and what else belongs to them."""

    name: str
    module: str
    sources: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def there(self) -> bool:
        """Whether this checkout has it."""
        return (PROJECT / self.sources[0]).is_dir()

    @property
    def path(self) -> tuple[str, ...]:
        """The folders that Python looks in."""
        return (*_EVERYWHERE, *self.sources)

    def files(self) -> list[Path]:
        """Lists every file of the image, as seen from the project."""
        return sorted(
            file.relative_to(PROJECT)
            for place in (*self.path, *self.beside)
            for file in (PROJECT / place).rglob("*")
            if file.is_file() and not _LEFT_OUT.intersection(file.parts)
        )


def _service(name: str) -> Part:
    return Part(name, name, (f"services/{name}/src",), (f"services/{name}/migrations",))


_TOOLS = ("deploy/local/src", "deploy/trust/src", "deploy/demo/src", "deploy/backup/src")

PARTS = (
    Part("gateway", "gateway", ("gateway/src",), ("gateway/portal/dist",)),
    _service("dispatch"),
    _service("customer"),
    _service("support"),
    _service("telemetry"),
    Part("setup", "branch_server.setup", ("deploy/compose/src", *_TOOLS), ("deploy/local/keycloak",)),
    Part("counterparts", "counterparts.gnet_crm", ("deploy/counterparts/src", "deploy/demo/src")),
)


def present() -> list[Part]:
    """Lists the parts this checkout has."""
    return [part for part in PARTS if part.there]
