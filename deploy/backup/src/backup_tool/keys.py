"""The key of the backups: an age identity in a file, the format of the `age` program, which opens the files as well."""

from pathlib import Path

import pyrage

from backup_tool.errors import BackupError, WrongKeyError
from backup_tool.settings import BackupSettings

KEY_FILE = "backup_key"


class Key:
    """Seals for itself and opens what was sealed for it."""

    def __init__(self, secret: str) -> None:
        try:
            self.identity = pyrage.x25519.Identity.from_str(secret)
        except pyrage.IdentityError as error:
            raise WrongKeyError(
                "the key file holds no key of the backups: its line must begin with AGE-SECRET-KEY-1; "
                "lay the copy there that you keep elsewhere"
            ) from error
        self.recipient = self.identity.to_public()

    @property
    def name(self) -> str:
        """The public half: tells keys apart and opens nothing."""
        return str(self.recipient)


def new_key() -> str:
    """Make a key: the line for the key file."""
    return str(pyrage.x25519.Identity.generate())


def read_key(settings: BackupSettings) -> Key:
    """Read the key from the folder of secrets; lines that begin with # are remarks, as age-keygen writes them."""
    file: Path = settings.secrets_dir / KEY_FILE
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise BackupError(
            f"the key of the backups {file} cannot be read ({error.strerror}); without it nothing can be restored: "
            "lay the copy there that you keep elsewhere"
        ) from error
    secret = next((line for line in lines if line and not line.startswith("#")), "")
    return Key(secret)
