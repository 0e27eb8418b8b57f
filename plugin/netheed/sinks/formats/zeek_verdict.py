"""A notice as the event of which Zeek makes a notice of its own and a line of netheed.log."""

import math

from netheed.records import Notice
from netheed.sinks.formats.clean import clean
from netheed.sinks.formats.ecs import SEVERITIES
from netheed.sinks.formats.signatures import signature
from netheed.sinks.formats.why import REASONS, reasons
from netheed.zeek.encode import Verdict


def verdict(notice: Notice) -> Verdict:
    """Its fields; how they go over the wire is the line's to say."""
    return Verdict(
        ts=notice.end,
        notice_id=notice.id,
        host=notice.host,
        # Zeek's notices are suppressed by host and class, and remarks have no host.
        kind=f"{notice.kind}.{notice.about}" if notice.about else notice.kind,
        score=SEVERITIES[notice.severity] / 100,
        uids=tuple(c.uid for c in notice.evidence if c.sensor == "zeek"),
        msg=_sentence(notice),
        sub=_details(notice),
    )


def _sentence(notice: Notice) -> str:
    """`NETHEED Beacon: new destinations 212 (usually 2-14, peers 1-20)`."""
    text, why = signature(notice.kind).text, reasons(notice)
    return clean(f"{text}: {why}" if why else text)


def _details(notice: Notice) -> str:
    """`p=0.00012 severity=high ...`: values without spaces, and none that is not there."""
    values = {
        "score": _number(notice.score, ".3f"),
        "p": _number(notice.p_value, ".3g"),
        "severity": notice.severity,
        "class_probability": _number(notice.kind_probability, ".4f"),
        "scale": notice.scale,
        "about": notice.about or "",
        "peer": notice.peer or "",
        "peer_name": notice.peer_name or "",
        "site": notice.site or "",
        "techniques": ",".join(notice.techniques),
        "model": notice.model,
        "drivers": ",".join(driver.feature for driver in notice.drivers[:REASONS]),
        "alerts": ",".join(said.replace(",", "") for said in notice.alerts),
    }
    words = {key: "_".join(clean(value).split()) for key, value in values.items()}
    return " ".join(f"{key}={word}" for key, word in words.items() if word)


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else ""
