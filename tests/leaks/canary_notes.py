"""What a run with canaries keeps: what people were answered, what left as events, what was published."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from sqlalchemy import Table, create_engine, select

from tests.leaks.calling import Called

Events = list[tuple[str, str]]


async def note(said: list[str], caller: Called, method: str, request: Any) -> Any:
    """Makes a call and notes the answer or the refusal, whole; answers the answer."""
    answer, refused = await caller.ask(method, request)
    if refused is not None:
        said.append(f"{method}: {refused.code} {refused.text}")
    if answer is not None:
        said.append(f"{method}: {json_format.MessageToJson(answer, ensure_ascii=False)}")
    return answer


def events_of(url: str, outbox: Table) -> Events:
    """Every event that was recorded, by type, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            (str(row.type), bytes(row.payload).decode("utf-8", "replace")) for row in connection.execute(select(outbox))
        ]
    engine.dispose()
    return found


def keep(folder: Path, said: list[str], events: Events, documents: Mapping[str, bytes] | None = None) -> None:
    """Keeps all of it for the test."""
    published = {key: value.decode("utf-8", "replace") for key, value in (documents or {}).items()}
    kept = {"said": said, "events": events, "documents": published}
    (folder / "said.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
