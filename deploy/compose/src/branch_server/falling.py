"""Parts that end again and again: named while a start is waited for, and not after ten minutes."""

from branch_server.programs import answer

TOO_OFTEN = 5
_LAST_WORDS = "15"


class Falling:
    """Looks at how often the engine had to start each container of a project again since this was made."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._before = self._restarts()

    def __call__(self, often: int = TOO_OFTEN) -> str:
        """Answers which part falls that often and its last words; empty while none does."""
        for (container, part), count in self._restarts().items():
            if count - self._before.get((container, part), 0) >= often:
                words = answer(["docker", "logs", "--tail", _LAST_WORDS, container])[1]
                told = "\n".join(f"    {line}" for line in words.splitlines())
                return f"{part} ends again and again. Its last words:\n{told}"
        return ""

    def _restarts(self) -> dict[tuple[str, str], int]:
        label = f"label=com.docker.compose.project={self._project}"
        containers = answer(["docker", "ps", "-aq", "--filter", label])[1].split()
        if not containers:
            return {}
        shape = '{{.Id}} {{index .Config.Labels "com.docker.compose.service"}} {{.RestartCount}}'
        status, text = answer(["docker", "inspect", "--format", shape, *containers])
        # One that went between the two questions: asked again soon.
        lines = [line.split() for line in text.splitlines()] if status == 0 else []
        return {(container, part): int(count) for container, part, count in lines}
