"""What can go wrong, each with a text for the operator: what happened and what to do."""


class BackupError(Exception):
    """Something could not be done; the text says what and what to do."""


class WrongKeyError(BackupError):
    """The key file does not open this backup."""


class DamagedError(BackupError):
    """A file is not what was written."""


class GapError(BackupError):
    """A piece of the log between a full backup and the asked moment is missing."""


class OutsideWindowError(BackupError):
    """The asked moment is before the first or after the last one that can be restored."""
