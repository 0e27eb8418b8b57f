"""Faults of all kinds, one after the other as chance will have it; see faults."""

from collections.abc import Callable, Mapping
from typing import Final

from bench.fault_site import Sensor, Site


def at_random(site: Site, times: int = 30) -> None:
    """Faults of ten kinds, in any order."""
    site.sensors.append(Sensor(zeek=site.zeek, name="worker-2"))
    site.start()
    site.comes_back()
    for _ in range(times):
        site.chance.choices(list(_RANDOM), list(_RANDOM.values()))[0](site)
        for sensor in site.sensors:
            sensor.minutes(site.chance.randrange(1, 4))
    site.connects()
    site.comes_back()
    site.settle()


def _kill_and_start(site: Site) -> None:
    site.kill()
    site.start()


def _stop_and_start(site: Site) -> None:
    site.stop()
    site.start()


def _cut(site: Site) -> None:
    before = site.clients()
    site.zeek.drop_clients()
    site.sensor.minutes()
    site.connects(before)


def _zeek_anew(site: Site) -> None:
    # What the old Zeek said last and nobody heard, nobody can count.
    site.connects()
    site.send_until_level()
    before = site.clients()
    site.zeek.restart()
    for sensor in site.sensors:
        sensor.begin_anew()
    site.connects(before)
    site.send_until_level()


def _unheard(site: Site) -> None:
    sensor = site.chance.choice(site.sensors)
    sensor.frame(sensor.records(sensor.minute(site.chance.randrange(1, 40))))


def _broken(site: Site) -> None:
    sensor = site.chance.choice(site.sensors)
    frame = sensor.frame(sensor.records(sensor.minute(20)))
    site.zeek.publish_frame(frame[: site.chance.randrange(60, len(frame))])


def _again(site: Site) -> None:
    sensor = site.chance.choice(site.sensors)
    sensor.minutes()
    site.zeek.publish_frame(sensor.last)


def _late(site: Site) -> None:
    sensor = site.chance.choice(site.sensors)
    sensor.send([sensor.clock - site.chance.uniform(0, 3000.0) for _ in range(30)])


def _dropped(site: Site) -> None:
    site.chance.choice(site.sensors).drop(site.chance.randrange(1, 50))


def _future(site: Site) -> None:
    site.chance.choice(site.sensors).send([4_070_908_800.0])


_RANDOM: Final[Mapping[Callable[[Site], None], int]] = {
    _kill_and_start: 3,
    _stop_and_start: 3,
    _cut: 3,
    _zeek_anew: 2,
    _unheard: 4,
    _broken: 4,
    _again: 4,
    _late: 4,
    _dropped: 3,
    _future: 2,
}
"""Faults and how often each comes."""
