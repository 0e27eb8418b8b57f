"""What one window says of its hosts by itself, without any memory.

Every function gives named columns, one entry a host; `vector.FEATURES` says their units.
"""

from typing import Final

import numpy as np

from netheed.core.columns import PROTOS
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Segments, combine
from netheed.core.services import DNS, FILES, INFRASTRUCTURE, LOGIN, MAIL, UNKNOWN, WEB
from netheed.records import Outcome


def window_features(rows: HostRows) -> dict[str, Floats]:
    """All columns that a window has without memory."""
    values: dict[str, Floats] = {}
    for part in _PARTS:
        values |= part(rows)
    return values


def _volume(rows: HostRows) -> dict[str, Floats]:
    by_host = rows.by_host
    sent, received = (
        by_host.sum(np.nan_to_num(rows.sent)),
        by_host.sum(np.nan_to_num(rows.received)),
    )
    total = sent + received
    return {
        "connections_out": by_host.count(rows.out),
        "connections_in": by_host.count(~rows.out),
        "bytes_sent": sent,
        "bytes_received": received,
        "packets_sent": by_host.sum(np.nan_to_num(rows.sent_packets)),
        "packets_received": by_host.sum(np.nan_to_num(rows.received_packets)),
        "sent_share": np.divide(sent, total, out=np.zeros_like(total), where=total > 0),
    }


def _fan_out(rows: HostRows) -> dict[str, Floats]:
    by_host, port = rows.by_host, rows.port.astype(np.uint64)
    destination = combine(rows.peer, port)
    destinations, busiest = by_host.runs(destination, rows.out)
    peers_in, busiest_client = by_host.runs(rows.peer, ~rows.out)
    second = np.floor(rows.start).astype(np.int64).view(np.uint64)
    return {
        "peers_out": by_host.distinct(rows.peer, rows.out),
        "peers_in": peers_in,
        "ports_out": by_host.distinct(port, rows.out),
        "ports_in": by_host.distinct(port, ~rows.out),
        "destinations": destinations,
        "busiest_destination": busiest,
        "busiest_client": busiest_client,
        "peak_second": by_host.runs(second, np.ones_like(rows.out))[1],
    }


def _success(rows: HostRows) -> dict[str, Floats]:
    by_host = rows.by_host
    to_host = rows.out & ~rows.to_group
    unanswered = rows.outcome == Outcome.UNANSWERED
    refused = rows.outcome == Outcome.REFUSED
    everything = np.ones_like(rows.out)
    return {
        "unanswered_out": by_host.share(unanswered, to_host),
        "refused_out": by_host.share(refused, to_host),
        "aborted_out": by_host.share(rows.outcome == Outcome.ABORTED, to_host),
        "failed_in": by_host.share(unanswered | refused, ~rows.out),
        "partial": by_host.share(rows.outcome == Outcome.PARTIAL, everything),
        "failures_out": by_host.count((unanswered | refused) & to_host),
        "in_share": by_host.share(~rows.out, everything),
        "external_share": by_host.share(rows.external, everything),
        "group_share": by_host.share(rows.to_group, everything),
    }


def _mix(rows: HostRows) -> dict[str, Floats]:
    everything = np.ones_like(rows.out)
    of = {
        "dns_share": rows.service == DNS,
        "web_share": rows.service == WEB,
        "login_share": rows.service == LOGIN,
        "files_share": rows.service == FILES,
        "mail_share": rows.service == MAIL,
        "infrastructure_share": rows.service == INFRASTRUCTURE,
        "unknown_share": rows.service == UNKNOWN,
        "udp_share": rows.proto == PROTOS["udp"],
        "icmp_share": rows.proto == PROTOS["icmp"],
    }
    return {name: rows.by_host.share(part, everything) for name, part in of.items()}


def _shape(rows: HostRows) -> dict[str, Floats]:
    by_host = rows.by_host
    return {
        "sent_median": by_host.median(rows.sent),
        "received_median": by_host.median(rows.received),
        "sent_spread": by_host.spread(np.log1p(rows.sent)),
        "sent_largest": by_host.max(np.nan_to_num(rows.sent)),
        "sent_per_packet": _ratio(by_host, rows.sent, rows.sent_packets),
        "received_per_packet": _ratio(by_host, rows.received, rows.received_packets),
        "duration_median": by_host.median(rows.duration),
        "duration_longest": by_host.max(np.nan_to_num(rows.duration)),
    }


def _hints(rows: HostRows) -> dict[str, Floats]:
    by_host = rows.by_host
    dns = (rows.service == DNS) & rows.out
    login = (rows.service == LOGIN) & rows.out

    def only(values: Floats) -> Floats:
        return np.where(dns, values, np.nan)

    return {
        "dns_requests": by_host.sum(np.nan_to_num(only(rows.sent_packets))),
        "dns_request_size": _ratio(by_host, only(rows.sent), only(rows.sent_packets)),
        "dns_answer_size": _ratio(by_host, only(rows.received), only(rows.received_packets)),
        "login_tries": by_host.runs(combine(rows.peer, rows.port.astype(np.uint64)), login)[1],
    }


def _ratio(by_host: Segments, part: Floats, whole: Floats) -> Floats:
    """Sum over sum of the rows that know both; 0 where the whole is nothing."""
    known = ~(np.isnan(part) | np.isnan(whole))
    top = by_host.sum(np.where(known, part, 0.0))
    bottom = by_host.sum(np.where(known, whole, 0.0))
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


_PARTS: Final = (_volume, _fan_out, _success, _mix, _shape, _hints)
