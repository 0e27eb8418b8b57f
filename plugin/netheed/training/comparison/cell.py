"""One cell of the comparison: a method, fitted on a split with a seed."""

from msgspec import Struct


class Cell(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to work out."""

    protocol: str
    split: str
    method: str
    seed: int
    change: str = ""
    """An ablation, a share of the training part ("size 0.1"), or "hour" of the target beside."""

    @property
    def row(self) -> tuple[str, str, str, str]:
        """What its seeds share."""
        return self.protocol, self.split, self.method, self.change

    def __str__(self) -> str:
        return " / ".join((*filter(None, self.row), f"seed {self.seed}"))
