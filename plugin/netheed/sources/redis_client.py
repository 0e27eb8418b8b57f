"""A Redis as its client: a connection to it, what can go wrong, and why it would not do."""

from collections.abc import Iterator
from socket import TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.redis_list import kept_in
from netheed.zeek.frames import shown

TIMEOUT: Final = 5.0
"""Seconds for a connection, and for an answer."""
FAILURES: Final = (
    *(NetheedError, RedisError, OSError, ValueError),
    *(TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, MemoryError),
)
"""What whoever answers there can make the client raise: the last ones by words of no Redis."""
KEEPALIVE: Final = {TCP_KEEPIDLE: 10, TCP_KEEPINTVL: 5, TCP_KEEPCNT: 3}
"""Seconds and times: a channel that is silent is asked whether it is still there."""
_REFUSED: Final = (AuthenticationError, AuthorizationError, NoPermissionError)


def client(settings: EveRedisSettings) -> Redis:
    """It connects with its first command, and tries nothing twice.

    Raises OSError or ValueError where there is no password.
    """
    place = settings.place
    return Redis(
        **(_of_socket(place.path) if place.path else _of_network(settings)),
        db=place.database,
        username=settings.user,
        password=settings.password(),
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        # The client believes what is answered in the other: not even its types are looked at.
        protocol=2,
    )


def _of_socket(path: str) -> dict[str, Any]:
    return {"unix_socket_path": path}


def _of_network(settings: EveRedisSettings) -> dict[str, Any]:
    place = settings.place
    address = {
        "host": place.host,
        "port": place.port,
        "socket_keepalive": True,
        "socket_keepalive_options": KEEPALIVE,
    }
    if not place.is_tls:
        return address
    return address | {
        "ssl": True,
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_ca_certs": settings.ca_file,
    }


def problems(settings: EveRedisSettings) -> Iterator[Problem]:
    """What keeps a source from working at this moment; nothing is changed."""
    if number := settings.place.database:
        yield Problem("url", f"names database {number}: Suricata writes to database 0 only")
    try:
        with client(settings) as redis:
            redis.ping()
            yield from _of_key(redis, settings)
    except _REFUSED as error:
        yield Problem("password_file", f"{settings.url}: {_reason(error)}")
    except FAILURES as error:
        yield Problem(_setting(settings, error), f"{settings.url}: {_reason(error)}")


def _of_key(redis: Redis, settings: EveRedisSettings) -> Iterator[Problem]:
    if not settings.is_list:
        return
    for key in (settings.key, kept_in(settings.key)):
        kind = _text(redis.type(key))
        if kind not in {"list", "none"}:
            yield Problem("key", f"{settings.url}: {key} is a {shown(kind)} and no list")
    if _is_replica(redis):
        yield Problem("url", f"{settings.url}: a replica, from which nothing can be taken")


def _is_replica(redis: Redis) -> bool:
    """By its own word; who may not ask may still be allowed to take."""
    try:
        told: Any = redis.execute_command("ROLE")  # type: ignore[no-untyped-call]
    except ResponseError:
        return False
    return _text(told[0]) == "slave"


def _setting(settings: EveRedisSettings, error: BaseException) -> str:
    named = isinstance(error, OSError) and error.filename == settings.password_file
    held = settings.password_file is not None and settings.password_file in str(error)
    return "password_file" if settings.password_file and (named or held) else "url"


def _text(answer: Any) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


def _reason(error: BaseException) -> str:
    return shown(str(error) or type(error).__name__)
