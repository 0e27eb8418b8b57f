"""What may break around a running netheed, one fault each; see faults."""

from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from bench.fault_site import FRAME, HOST, MINUTE, Site, claim
from bench.hostile import garbage, http

BURST: Final = 200_000
"""Connections."""
FLOOD: Final = 200_000
"""Hosts."""


def killed(site: Site, times: int = 5) -> None:
    """Killed (SIGKILL) several times at any moment."""
    site.start()
    site.comes_back()
    site.hears_all()
    for _ in range(times):
        count, before = site.chance.randrange(20, 60), len(site.said)
        site.sensor.minutes(count)
        moment = before + site.chance.randrange(count)
        site.until(lambda moment=moment: len(site.said) >= moment, "windows come")
        site.kill()
        site.sensor.minutes(site.chance.randrange(1, 5))
        site.start()
        site.comes_back()
    site.settle()
    claim(set(site.lost()) == {"missed"}, "only what came while netheed was dead is missing")
    claim(site.lost()["missed"] >= times * FRAME, "what came while netheed was dead is missing")


def terminated(site: Site) -> None:
    """Ended (SIGTERM) twice: in the middle of a stream, and at rest."""
    site.start()
    site.sensor.minutes(60)
    site.stop()
    site.start()
    site.comes_back()
    site.hears_all()
    before = site.lost().get("missed", 0)
    site.stop()
    site.sensor.minutes(3)
    site.start()
    site.comes_back()
    site.settle()
    claim(site.lost() == {"missed": before + 3 * FRAME}, "only what came meanwhile is missed")


def zeek_restarts(site: Site) -> None:
    """Zeek begins anew, twice; the second time it publishes before netheed is back."""
    site.start()
    site.comes_back()
    for unheard in (0, 2):
        site.sensor.minutes(20)
        site.hears_all()
        site.zeek.stop()
        site.sensor.begin_anew()
        site.sensor.minutes(unheard)
        site.zeek.start()
        site.connects()
        site.comes_back()
    site.settle()
    claim(site.lost() == {"gap": 2 * FRAME}, "a new Zeek is no gap, what it said unheard is one")


def zeek_vanishes(site: Site) -> None:
    """Zeek's WebSocket goes away and comes again; its workers go on counting."""
    site.start()
    site.comes_back()
    site.hears_all()
    site.zeek.stop()
    site.sensor.minutes(4)
    site.zeek.start()
    site.connects()
    site.comes_back()
    site.settle()
    claim(site.lost() == {"gap": 4 * FRAME}, "the gap is counted to the connection")


def half_open(site: Site) -> None:
    """The connection to Zeek is half open: nothing comes, and nobody says that it ended."""
    site.start()
    site.comes_back()
    site.hears_all()
    before = site.clients()
    site.zeek.stall()
    site.sensor.minutes(4)
    site.until(lambda: site.told("zeek_disconnected"), "a dead connection is given up")
    site.zeek.resume()
    site.connects(before)
    site.comes_back()
    site.settle()
    claim(set(site.lost()) <= {"gap"}, "the loss is a gap")


def stopped_for_a_while(site: Site) -> None:
    """The process stands still (SIGSTOP) until Zeek cuts it off."""
    site.zeek.ping_interval = 0.3
    site.start()
    site.comes_back()
    before = site.clients()
    site.pause()
    site.sensor.minutes(20)
    site.zeek.wait_until(lambda: bool(site.zeek.lost), 20)
    site.sensor.minutes(20)
    site.go_on()
    site.connects(before)
    site.comes_back()
    site.settle()
    claim(site.lost().get("gap", 0) >= 20 * FRAME, "what came meanwhile is a gap")


def burst(site: Site, connections: int = BURST, rate: float = float("inf")) -> None:
    """A burst as fast as a socket takes it, from fifty hosts."""
    site.settings = {
        "triage": {"p_value": 0.0001},
        "daemon": {"checkpoint_every": 1.0},
        "limits": {"waiting": max(1024, connections // 2)},
    }
    site.start()
    hosts = [f"10.0.1.{n}" for n in range(50)]
    begun = monotonic()
    for start in range(0, connections, FRAME):
        sleep(max(0.0, begun + start / rate - monotonic()))
        clock = site.sensor.clock = MINUTE + 600.0 * start / connections
        starts = [clock + n * 0.001 for n in range(FRAME)]
        records = site.sensor.records(starts, hosts)
        site.zeek.publish_frame(site.sensor.frame(records))
        if start % (64 * FRAME) == 0:
            site.drains(256)  # Zeek's own queue has an end, the fake's has none
    site.burst_seconds = monotonic() - begun
    site.sensor.clock = MINUTE + 660.0
    site.comes_back()
    site.settle()
    claim(site.peak < 1024, f"memory stays below a gigabyte, not {site.peak} MiB")


def burst_of_a_zeek(site: Site, connections: int = BURST, rate: float = 28_000.0) -> None:
    """A burst as fast as a real Zeek was seen to send, 28,000 connections a second."""
    burst(site, connections, rate)
    claim(site.lost() == {}, "none is lost")


def flood_of_hosts(site: Site, hosts: int = FLOOD, limit: int = 5000) -> None:
    """New local addresses with one connection each, past the limit of hosts."""
    limits = {"hosts": limit, "pairs": 20_000, "novelties": 100_000}
    site.settings = {
        "triage": {"p_value": 0.0001},
        "limits": limits,
        "daemon": {"checkpoint_every": 1.0},
    }
    site.start()
    site.comes_back()
    for minute in range(4):
        site.sensor.send(site.sensor.minute())
        for at in range(0, hosts // 4, FRAME):
            number = minute * hosts // 4 + at
            names = [_flooding(n) for n in range(number, number + FRAME)]
            starts = [site.sensor.clock + 0.5 + n * 0.001 for n in range(FRAME)]
            site.zeek.publish_frame(site.sensor.frame(site.sensor.records(starts, names)))
        site.hears_all()  # its queue is another scenario's
        site.sensor.clock += 60.0
    site.comes_back()
    site.settle()
    real = [window for window in site.windows if window["host"] == HOST]
    in_flood = [w for w in real if w["connections"] >= FRAME]
    claim(len(in_flood) == len(real), "a real host keeps all its connections")
    claim(max(_by_start(site).values()) <= limits["hosts"], "no window has more hosts than allowed")
    claim(site.figures().shed >= hosts // 2, "what is left out is counted")
    claim(site.peak < 512, f"memory stays below 512 MiB, not {site.peak}")


def _flooding(number: int) -> str:
    """No address of it is a broadcast address, which is no host."""
    return f"10.{64 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def _by_start(site: Site) -> dict[str, int]:
    counts: dict[str, int] = {}
    for window in site.windows:
        counts[window["start"]] = counts.get(window["start"], 0) + 1
    return counts


def out_of_order(site: Site) -> None:
    """Connections come up to 60 s out of order, within lateness."""
    site.settings = {"windows": {"lateness": 120}}
    in_order = replace(site, folder=site.folder / "in-order", sensors=[], ledger=[], said=[])
    for one, shuffled in ((in_order, False), (site, True)):
        one.start()
        sensor = one.sensor
        starts = [MINUTE + n * 1.5 for n in range(1000)]
        if shuffled:
            starts.sort(key=lambda start: start + site.chance.uniform(0.0, 60.0))
        sensor.send(starts)
        sensor.clock = MINUTE + 1500.0
        one.comes_back()
        one.settle()
    told = [
        sorted((w["start"], w["connections"], w["score"]) for w in one.windows)[:24]
        for one in (in_order, site)
    ]
    claim(told[0] == told[1], "windows are those of connections in order")
    claim(site.figures().late == 0, "nothing is late")


def late_records(site: Site) -> None:
    """Some connections come ten minutes after their time."""
    site.start()
    site.comes_back()
    site.hears_all()
    site.sensor.send([site.sensor.clock - 600.0 - n for n in range(75)])
    site.comes_back()
    site.settle()
    claim(site.figures().late == 75, "each is counted")


def far_future(site: Site) -> None:
    """Some records are of the year 2099."""
    site.start()
    site.comes_back()
    for _ in range(5):
        site.sensor.send([4_070_908_800.0, 4_070_908_801.0])
        site.sensor.minutes()
    site.comes_back()
    site.settle()
    claim(all(w["start"] < "2024" for w in site.windows), "no window closes because of them")
    claim(site.figures().late == 0, "nothing is late because of them")


def clock_steps(site: Site) -> None:
    """The sensor's clock steps by three hours ahead, and back again."""
    site.start()
    site.comes_back()
    for step in (3 * 3600.0, -3 * 3600.0, 3600.0, -3600.0):
        site.sensor.minutes(5)
        site.sensor.clock += step
        site.comes_back()
    site.settle()


def sinks_fail(site: Site) -> None:
    """Zeek answers no verdict and a file's disk is full; another file takes everything."""
    full = site.folder / "full.jsonl"
    site.folder.mkdir(parents=True)
    full.symlink_to("/dev/full")
    good = site.folder / "good.jsonl"
    site.sinks = [
        {"type": "zeek_websocket", "url": site.zeek.url},
        {"type": "eve", "path": str(full)},
        {"type": "jsonl", "path": str(good)},
    ]
    site.zeek.answers = False
    site.start()
    site.comes_back()
    site.sensor.minutes(30)
    site.until(lambda: len(site.said) >= 30, "windows come while sinks fail")
    site.until(lambda: _lines(good) == site.told("notice") > 0, "the good sink has all at once")
    site.until(lambda: site.told("sink_failed") >= 2, "the failing sinks are told")
    site.zeek.answers = True
    full.unlink()
    site.comes_back()
    site.hears_all()
    count = site.told("notice")
    site.until(lambda: _lines(good) == count, "the good sink has all")
    site.until(lambda: _lines(full) == count, "the file that was full has all, each once")
    site.until(lambda: len(site.zeek.notices) == count, "Zeek has all")
    ids = [event["id"] for event in site.events if event["event"] == "notice"]
    claim([notice.notice_id for notice in site.zeek.notices] == ids, "Zeek has them in order")
    site.settle()


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def disk_full(site: Site) -> None:
    """No file of netheed can grow: checkpoint, store and a sink's file."""
    notices = site.folder / "notices.jsonl"
    site.sinks = [{"type": "jsonl", "path": str(notices)}]
    site.start()
    site.comes_back()
    site.hears_all()
    site.limit_files(1)
    before = len(site.said)
    site.sensor.minutes(30)
    site.until(lambda: len(site.said) >= before + 30, "windows are scored all the same")
    site.until(lambda: site.told("notices_not_durable"), "that notices wait is told")
    site.limit_files(-1)
    site.comes_back()
    site.hears_all()
    site.until(lambda: _lines(notices) == site.told("notice") > 0, "all notices come, each once")
    site.settle()


def no_descriptors(site: Site) -> None:
    """No file and no socket can be opened, and Zeek cuts the connection."""
    notices = site.folder / "notices.jsonl"
    site.sinks = [{"type": "jsonl", "path": str(notices)}]
    site.start()
    site.comes_back()
    site.hears_all()
    before = len(site.said), site.clients()
    site.limit_descriptors(none=True)
    site.sensor.minutes(10)
    site.until(lambda: site.told("checkpoint_failed"), "that nothing is saved is told")
    site.until(lambda: len(site.said) >= before[0] + 9, "windows are scored all the same")
    site.zeek.drop_clients()
    site.until(lambda: site.told("zeek_disconnected") >= 2, "it tries to connect")
    site.sensor.minutes(4)
    site.limit_descriptors(none=False)
    site.connects(before[1])
    site.comes_back()
    site.hears_all()
    site.until(lambda: _lines(notices) == site.told("notice"), "all notices come, each once")
    site.settle()
    claim(set(site.lost()) == {"gap"}, "only what came meanwhile is missing")


def malformed(site: Site) -> None:
    """Broken, foreign, enormous and error frames among good ones."""
    site.start()
    site.comes_back()
    sensor, zeek, before = site.sensor, site.zeek, site.clients()
    for _ in range(3):
        sensor.minutes(3)
        zeek.publish_frame(b"\x00\xff garbage")
        zeek.publish_frame(b'{"type":"error","code":"x","context":"y"}')
        zeek.publish_frame(
            b'{"type":"data-message","topic":"netheed/conn/","@data-type":"count","data":1}'
        )
        zeek.publish_frame(b"[" * 100_000)
        zeek.publish_frame(sensor.frame(sensor.records(sensor.minute()))[:-40])
        one = sensor.records(sensor.minute())
        one[7] = one[7].replace(b"443/tcp", b"70000/tcp")
        one[9] = one[9].replace(b'"address"', b'"count"')
        zeek.publish_frame(sensor.frame(one))
        sensor.clock += 60.0
    zeek.publish_frame(b'{"type":"data-message","topic":"netheed/conn/' + b"x" * (17 << 20))
    site.connects(before)
    site.comes_back()
    site.settle()
    claim(site.figures().bad == 6, "a bad connection costs no other")
    claim(site.lost()["gap"] == 3 * FRAME, "a broken frame is a gap")
    claim(site.lost()["broken_frames"] >= 3, "broken frames are counted")


def hostile_peer(site: Site) -> None:
    """In Zeek's place stands a web server, then one that talks garbage."""
    site.start()
    site.comes_back()
    site.hears_all()
    for stranger in (http, garbage):
        site.zeek.stop()
        with stranger(site.zeek.port) as met:
            site.until(lambda met=met: met.count >= 2, "netheed tries again")
        site.sensor.minutes()
        site.zeek.start()
        site.connects()
        site.comes_back()
    site.settle()
    claim(site.lost() == {"gap": 2 * FRAME}, "only what was never sent is missing")


def too_much_waits(site: Site) -> None:
    """More connections wait for the watermark than may."""
    site.settings = {"windows": {"lateness": 2400}, "limits": {"waiting": 1024}}
    site.start()
    site.sensor.minutes(60)
    site.comes_back()
    site.settle()
    claim(site.figures().hurried >= 15, "windows that close early are counted")
    claim(site.figures().waiting <= 1024 + 2 * FRAME, "no more wait than may")


def too_many_windows(site: Site) -> None:
    """Long connections open more windows than may be open."""
    site.settings = {"windows": {"lateness": 300}, "limits": {"open_windows": 8}}
    site.start()
    for _ in range(10):
        site.sensor.send(site.sensor.minute(5), duration=3000.0)
        site.sensor.minutes()
        site.hears_all()
    site.comes_back()
    site.settle()
    claim(30 <= site.figures().shed <= 50, "what is shed are the far windows")
