"""What a configuration says of a Zeek that listens for Broker's own protocol."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from netheed.zeek.broker_endpoint import DEFAULT_PORT, BrokerEndpoint


class BrokerSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """The same for source and sink; see broker_endpoint.BrokerEndpoint."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = DEFAULT_PORT
    insecure: bool = False
    tls: bool = True
    ca_file: str | None = None
    certificate: str | None = None
    key: str | None = None
    python_path: str | None = None

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
    return Path(text) if text else None
