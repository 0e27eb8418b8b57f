"""Findings as a list for people, or as JSON. What came from outside is cleaned here."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from netheed.doctor.findings import IN_THE_END, Finding, Level
from netheed.sinks.formats.clean import LONGEST, clean

Found = Mapping[str, Sequence[Finding]]
"""By who found it."""


class _Plain(yaml.SafeDumper):
    """Without aliases, which netheed does not read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def something_is_missing(found: Found) -> bool:
    """What decides the exit code."""
    return any(one.level is Level.MISSING for findings in found.values() for one in findings)


def text(found: Found, configuration: str) -> str:
    """A line a finding, then the lines to paste, under the file that they belong into."""
    return "\n".join(_text(found, configuration))


def as_json(found: Found, configuration: str) -> str:
    """The same, one document; JSON escapes what a terminal would obey."""
    findings = [
        {"about": about, "level": str(one.level), "what": one.what}
        for about, some in found.items()
        for one in some
    ]
    pasted = [
        {"file": file, "lines": lines} for file, lines in pastes(found, configuration).items()
    ]
    document = {"missing": something_is_missing(found), "findings": findings, "paste": pasted}
    return json.dumps(document).replace("\x7f", "\\u007f")


def pastes(found: Found, configuration: str) -> dict[str, list[str]]:
    """What is asked for once, by file, in the order in which to do it; a stanza stays whole."""
    lines: dict[str, list[str]] = {}
    settings: dict[str, list[dict[str, Any]]] = {}
    """What the configuration wants is one document."""
    for one in (one for findings in found.values() for one in findings):
        for file, pasted in one.pastes:
            known = lines.setdefault(file, [])
            if not set(pasted) <= set(known):
                known.extend(pasted)
        for key, values in one.settings.items():
            parts = settings.setdefault(key, [])
            parts.extend(value for value in values if value not in parts)
    if settings:
        # Plain ASCII: YAML writes out what a terminal would obey.
        document = yaml.dump(settings, Dumper=_Plain, sort_keys=False, width=10_000)
        lines.setdefault(configuration, []).extend(document.splitlines())
    if IN_THE_END in lines:
        lines[IN_THE_END] = lines.pop(IN_THE_END)
    return lines


def _text(found: Found, configuration: str) -> Iterator[str]:
    for about, findings in found.items():
        yield about
        for one in findings:
            level = "MISSING" if one.level is Level.MISSING else str(one.level)
            yield f"  {level:<7}  {clean(one.what)}"
    for file, lines in pastes(found, configuration).items():
        yield f"\n{clean(file)}:"
        yield from (f"    {_whole(line)}" for line in lines)


def _whole(line: str) -> str:
    """Cleaned and not cut: half a line is worse than none."""
    return "".join(clean(line[at : at + LONGEST]) for at in range(0, len(line), LONGEST))
