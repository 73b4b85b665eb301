"""A grammar of Oracle's SQL (ANTLR, io.github.melin.superior), run by Java on statements."""

import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent


def fetch_parser(folder: Path) -> Path:
    """Fetches the parser and what it needs into a folder, once."""
    if not list(folder.glob("superior-oracle-parser-*.jar")):
        subprocess.run(
            ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
            check=True,
        )
    return folder


def complaints(jars: Path, statements: Sequence[str]) -> list[str]:
    """Answers for each statement why the grammar refuses it; empty when it takes it."""
    lines = "\n".join(b64encode(f"{statement}\n;".encode()).decode() for statement in statements)
    answered = subprocess.run(
        ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{jars}/*", HERE / "Grammar.java"],
        input=lines,
        capture_output=True,
        check=True,
        text=True,
    )
    return answered.stdout.split("\n")[: len(statements)]
