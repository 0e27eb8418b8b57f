"""What the package's script does with verdicts: notices, logs, and that they were seen."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.fake_zeek.declared import VERDICT_FIELDS
from tests.fake_zeek.wire import Value

VERDICT_TOPIC: Final = "netheed/verdict/"
SEEN_TOPIC: Final = "netheed/seen/"


@dataclass(frozen=True)
class Verdict:
    """A verdict that Zeek accepted, and the time of the monotonic clock at which it arrived."""

    ts: float
    notice_id: str
    host: str
    class_: str
    score: float
    uids: tuple[str, ...]
    msg: str
    sub: str
    arrived: float


class Script:
    """The state of the script; it is gone when Zeek begins anew, unlike what it logged."""

    def __init__(self, folder: Path | None, suppress: float) -> None:
        self.folder = folder
        self.suppress = suppress
        self._met: set[str] = set()
        self._noticed: dict[tuple[str, str], float] = {}

    def is_new(self, verdict: Verdict) -> bool:
        """Whether its notice_id was not met before; log and notice it then."""
        if verdict.notice_id in self._met:
            return False
        self._met.add(verdict.notice_id)
        self._write("netheed.log", logged(verdict))
        if not self._suppressed(verdict):
            self._write("notice.log", noticed(verdict, self.suppress))
        return True

    def _suppressed(self, verdict: Verdict) -> bool:
        identifier = (verdict.host, verdict.class_)
        last = self._noticed.get(identifier)
        if last is not None and verdict.arrived - last < self.suppress:
            return True
        self._noticed[identifier] = verdict.arrived
        return False

    def _write(self, name: str, fields: dict[str, Any]) -> None:
        if self.folder is None:
            return
        with (self.folder / name).open("a", encoding="utf-8") as log:
            log.write(json.dumps(fields, ensure_ascii=False) + "\n")


def verdict_of(args: list[Value], arrived: float) -> Verdict:
    """Raises ValueError where the script ends in an error: Zeek lets any field be unset."""
    (_, schema), (_, record) = args
    if schema != 1:
        raise ValueError(f"schema {schema}")
    fields: dict[str, Any] = {}
    for (name, _), (kind, data) in zip(VERDICT_FIELDS.items(), record, strict=False):
        if kind == "none":
            raise ValueError(f"field value missing (v${name})")
        fields[_NAMES.get(name, name)] = _PLAIN.get(name, _same)(data)
    return Verdict(**fields, arrived=arrived)


def _same(data: Any) -> Any:
    return data


_NAMES: Final = {"class": "class_"}
_PLAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "uids": lambda data: tuple(text for _, text in data)
}


def logged(verdict: Verdict) -> dict[str, Any]:
    """A line of netheed.log."""
    return {
        "ts": verdict.ts,
        "notice_id": verdict.notice_id,
        "host": verdict.host,
        "class": verdict.class_,
        "score": verdict.score,
        "uids": list(verdict.uids),
        "msg": verdict.msg,
    }


def noticed(verdict: Verdict, suppress: float) -> dict[str, Any]:
    """A line of notice.log, as far as the script decides it."""
    return {
        "ts": verdict.ts,
        "note": "Netheed::Anomalous_Host",
        "msg": verdict.msg,
        "sub": verdict.sub,
        "src": verdict.host,
        "n": round(verdict.score * 100.0),
        "suppress_for": suppress,
    }
