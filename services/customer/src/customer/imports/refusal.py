"""A file that is refused whole."""


class FileRefused(Exception):
    """Nothing of the file is taken; the reason code says why, the detail where."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
