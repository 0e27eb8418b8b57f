"""One vocabulary for two sensors."""

import pytest

from netheed.sources.decode.service_words import from_suricata, from_zeek


@pytest.mark.parametrize(
    ("suricata", "zeek"),
    [("tls", "ssl"), ("http", "http"), ("krb5", "krb_tcp"), ("smb", "gssapi,smb,krb"),
     ("dcerpc", "gssapi,dce_rpc,ntlm"), ("dns", "dns"), ("failed", "-http"), ("quic", "quic,ssl")],
)  # fmt: skip
def test_both_sensors_say_the_same(suricata: str, zeek: str) -> None:
    assert from_suricata(suricata) == from_zeek(zeek)


def test_an_escort_alone_is_the_service() -> None:
    assert from_zeek("krb_tcp") == "krb_tcp"


@pytest.mark.parametrize("word", ["x" * 65, "a\x1bb", "ht\ntp"])
def test_what_is_no_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="no protocol name"):
        from_zeek(word)
    with pytest.raises(ValueError, match="no protocol name"):
        from_suricata(word)
