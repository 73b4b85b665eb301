"""H2 in this process: its program fetched once, a Java machine started once, databases in memory."""

import faulthandler
import subprocess
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

# It comes with few types.
jpype: Any = import_module("jpype")
VERSION = "2.4.240"
FOLDER = Path(__file__).parents[3] / ".local" / "cache" / "oracle-h2"
# A zone that is not UTC, so that a session which forgets to set its own is found out.
_SETTINGS = "MODE=Oracle;DB_CLOSE_DELAY=-1;NON_KEYWORDS=DAY,KEY,MONTH,UID,USER,VALUE,YEAR;LOCK_TIMEOUT=5000;TIME ZONE=Asia/Shanghai"


def _program() -> Path:
    found = FOLDER / f"h2-{VERSION}.jar"
    if not found.exists():
        fetch = [
            "mvn",
            "-q",
            "-B",
            "dependency:copy",
            f"-Dartifact=com.h2database:h2:{VERSION}",
            f"-DoutputDirectory={FOLDER}",
        ]
        subprocess.run(fetch, check=True)
    return found


@cache
def _driver() -> Any:
    # Java uses the signal for its own ends; Python would take it for a crash.
    faulthandler.disable()
    jpype.startJVM("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", classpath=[str(_program())])
    return jpype.JClass("org.h2.Driver")()


def connect(name: str) -> Any:
    """Opens a session in a database, and makes the database when it is the first."""
    driver = _driver()
    return driver.connect(f"jdbc:h2:mem:{name};{_SETTINGS}", jpype.JClass("java.util.Properties")())


def drop(name: str) -> None:
    """Throws a database away."""
    session = connect(name)
    session.createStatement().execute("SHUTDOWN")
