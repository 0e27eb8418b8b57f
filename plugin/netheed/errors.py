"""What can go wrong in a way that the user can act on.

A class exists only where some caller tells it apart; everything else is a builtin exception.
"""


class NetheedError(Exception):
    """The base of all errors that a user can act on; its text is shown without a traceback."""


class SettingError(NetheedError):
    """About a setting; `where` is the path of its key, like `sources[0].path`.

    It may be empty: the file as a whole. Whoever knows the file adds it.
    """

    def __init__(self, reason: str, *, where: str, file: str = "") -> None:
        super().__init__(": ".join(filter(None, [file, where, reason])))
        self.reason = reason
        self.where = where
        self.file = file


class ConfigError(SettingError):
    """A configuration that cannot work, whatever is around it."""


class SurroundingsError(SettingError):
    """A setting that this machine cannot meet at this moment."""


class ModelError(NetheedError):
    """A model directory that is damaged, of another format, or made for other features."""


class StateError(NetheedError):
    """A saved state that is damaged, of another version, or of another configuration."""


class BadRecordError(NetheedError):
    """One input record that cannot be read; its neighbours are not touched by it.

    `where` is `FILE:LINE` (lines count from 1) or the name of a live source.
    """

    def __init__(self, reason: str, *, where: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.reason = reason
        self.where = where
