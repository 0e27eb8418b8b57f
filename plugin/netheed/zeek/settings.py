"""What a configuration says of a Zeek that listens, the same for source and sink."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from netheed.strict_yaml import FileName
from netheed.zeek.broker_endpoint import DEFAULT_PORT, BrokerEndpoint
from netheed.zeek.endpoint import DEFAULT_URL, Endpoint

Name = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z")]
"""What the origins of a source begin with."""


class WebSocketSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """See endpoint.Endpoint."""

    url: str = DEFAULT_URL
    insecure: bool = False
    ca_file: FileName | None = None

    @property
    def endpoint(self) -> Endpoint:
        """As the line wants it."""
        return Endpoint(url=self.url, insecure=self.insecure, ca_file=_path(self.ca_file))


class BrokerSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """See broker_endpoint.BrokerEndpoint."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = DEFAULT_PORT
    insecure: bool = False
    tls: bool = True
    ca_file: FileName | None = None
    certificate: FileName | None = None
    key: FileName | None = None
    python_path: FileName | None = None

    @property
    def endpoint(self) -> BrokerEndpoint:
        """As the line wants it."""
        return BrokerEndpoint(
            host=self.host,
            port=self.port,
            insecure=self.insecure,
            tls=self.tls,
            ca_file=_path(self.ca_file),
            certificate=_path(self.certificate),
            key=_path(self.key),
            python_path=_path(self.python_path),
        )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
