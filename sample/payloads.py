"""What applications say: bytes that a protocol parser accepts, and nothing more.

Message bodies are random; the framing is real, so that Zeek and Suricata name the protocol.
"""

import struct
from random import Random

A, NS, PTR, TXT, NULL, AAAA = 1, 2, 12, 16, 10, 28


def dns_query(number: int, name: str, kind: int, *, recursion: bool = True) -> bytes:
    """A question of one name (RFC 1035)."""
    head = struct.pack("!HHHHHH", number, 0x0100 if recursion else 0, 1, 0, 0, 0)
    return head + _dns_name(name) + struct.pack("!HH", kind, 1)


def dns_answer(query: bytes, kind: int, answers: list[bytes], *, code: int = 0) -> bytes:
    """The answer to `query`: `answers` are record data, `code` 3 says that the name is unknown."""
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(answers), 0, 0)
    records = b"".join(
        b"\xc0\x0c" + struct.pack("!HHLH", kind, 1, 300, len(data)) + data for data in answers
    )
    return head + query[12:] + records


def _dns_name(name: str) -> bytes:
    labels = name.encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def text_record(text: bytes) -> bytes:
    """Data of a TXT record: strings of at most 255 bytes."""
    return b"".join(
        bytes([len(part)]) + part for part in (text[i : i + 255] for i in range(0, len(text), 255))
    )


def tls_client_hello(name: str, rng: Random, *, ciphers: int = 9) -> bytes:
    """A TLS 1.3 ClientHello (RFC 8446) for `name`; `ciphers` gives programs their own look."""
    suites = [0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0x9C]
    offered = struct.pack(f"!{ciphers}H", *suites[:ciphers])
    host = name.encode()
    extensions = b"".join(
        (
            _extension(0, struct.pack("!HBH", len(host) + 3, 0, len(host)) + host),
            _extension(10, bytes.fromhex("0006001d00170018")),
            _extension(13, bytes.fromhex("00080403080404010601")),
            _extension(16, b"\x00\x0c\x02h2\x08http/1.1"),
            _extension(43, bytes.fromhex("0403040303")),
            _extension(51, bytes.fromhex("0024001d0020") + rng.randbytes(32)),
        )
    )
    session = rng.randbytes(32)
    body = (
        b"\x03\x03" + rng.randbytes(32) + b"\x20" + session
        + struct.pack("!H", len(offered)) + offered + b"\x01\x00"
        + struct.pack("!H", len(extensions)) + extensions
    )  # fmt: skip
    return _tls_record(22, b"\x01" + len(body).to_bytes(3) + body, version=0x0301)


def tls_server_hello(client_hello: bytes, rng: Random, *, certificate: int = 2800) -> bytes:
    """ServerHello, change of cipher, and encrypted records of `certificate` bytes in all."""
    session = client_hello[44:76]
    extensions = _extension(43, b"\x03\x04") + _extension(
        51, bytes.fromhex("001d0020") + rng.randbytes(32)
    )
    body = b"\x03\x03" + rng.randbytes(32) + b"\x20" + session + b"\x13\x01\x00"
    body += struct.pack("!H", len(extensions)) + extensions
    hello = _tls_record(22, b"\x02" + len(body).to_bytes(3) + body)
    return hello + _tls_record(20, b"\x01") + tls_data(certificate, rng)


def tls_finished(rng: Random) -> bytes:
    """The client's end of the handshake."""
    return _tls_record(20, b"\x01") + tls_data(53, rng)


def tls_data(length: int, rng: Random) -> bytes:
    """Encrypted records that carry `length` bytes of ciphertext in all."""
    parts = [min(16384, length - start) for start in range(0, length, 16384)]
    return b"".join(_tls_record(23, rng.randbytes(part)) for part in parts)


def _tls_record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    return struct.pack("!BHH", kind, version, len(body)) + body


def _extension(number: int, body: bytes) -> bytes:
    return struct.pack("!HH", number, len(body)) + body


def http_request(method: str, host: str, path: str, agent: str, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request (RFC 9112)."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"User-Agent: {agent}", "Accept: */*"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def http_response(body: bytes, kind: str = "application/octet-stream") -> bytes:
    """A good answer that carries `body`."""
    lines = ["HTTP/1.1 200 OK", "Server: nginx", f"Content-Type: {kind}"]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


SSH_CLIENT = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
SSH_SERVER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u5\r\n"
SSH_TOOL = b"SSH-2.0-libssh2_1.10.0\r\n"
SSH_NEWKEYS = 21


def ssh_packet(message: int, body: bytes, rng: Random) -> bytes:
    """One packet of the SSH transport before encryption (RFC 4253, section 6)."""
    padding = 8 - (6 + len(body)) % 8 + 4
    return (
        struct.pack("!LBB", len(body) + padding + 2, padding, message)
        + body
        + rng.randbytes(padding)
    )


def ssh_key_exchange(rng: Random) -> bytes:
    """SSH_MSG_KEXINIT with the usual algorithms (RFC 4253, section 7.1)."""
    ciphers = b"chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes256-gcm@openssh.com"
    macs = b"umac-64-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256,hmac-sha1"
    names = (
        b"curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256",
        b"ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512",
        ciphers, ciphers, macs, macs, b"none,zlib@openssh.com", b"none,zlib@openssh.com", b"", b"",
    )  # fmt: skip
    lists = b"".join(struct.pack("!L", len(name)) + name for name in names)
    return ssh_packet(20, rng.randbytes(16) + lists + bytes(5), rng)


def ssh_exchange_init(rng: Random) -> bytes:
    """The client's public key."""
    return ssh_packet(30, struct.pack("!L", 32) + rng.randbytes(32), rng)


def ssh_exchange_reply(rng: Random) -> bytes:
    """The server's host key, public key and signature, and its NEWKEYS."""
    host_key = struct.pack("!L", 11) + b"ssh-ed25519" + struct.pack("!L", 32) + rng.randbytes(32)
    signature = struct.pack("!L", 11) + b"ssh-ed25519" + struct.pack("!L", 64) + rng.randbytes(64)
    parts = (host_key, rng.randbytes(32), signature)
    body = b"".join(struct.pack("!L", len(part)) + part for part in parts)
    return ssh_packet(31, body, rng) + ssh_packet(SSH_NEWKEYS, b"", rng)


def ntp(mode: int, seconds: int, rng: Random) -> bytes:
    """An NTP version 4 packet; mode 3 asks, 4 answers (RFC 5905). 2208988800 s lie before 1970."""
    stamp = struct.pack("!LL", (seconds + 2_208_988_800) & 0xFFFFFFFF, rng.getrandbits(32))
    stratum = 2 if mode == 4 else 0
    head = struct.pack("!BBbbLLL", 4 << 3 | mode, stratum, 6, -20, 0x200, 0x300, 0xC6336401)
    return head + (stamp * 4 if mode == 4 else bytes(24) + stamp)


def dhcp(kind: int, client: str, server: str, number: int, *, reply: bool) -> bytes:
    """A DHCP message (RFC 2131); kind 3 requests, 5 acknowledges."""
    address = bytes(int(part) for part in client.split("."))
    mac = b"\x02\x00" + address
    head = struct.pack("!BBBBLHH", 2 if reply else 1, 1, 6, 0, number, 0, 0)
    head += address + (address if reply else bytes(4)) + bytes(8) + mac + bytes(10 + 64 + 128)
    options = b"\x63\x82\x53\x63\x35\x01" + bytes([kind])
    if reply:
        options += b"\x36\x04" + bytes(int(part) for part in server.split("."))
        options += b"\x33\x04" + struct.pack("!L", 14400)
    return head + options + b"\xff" + bytes(24)


def ssdp_search() -> bytes:
    """A search for devices by multicast."""
    lines = ["M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", 'MAN: "ssdp:discover"', "MX: 1"]
    return "\r\n".join([*lines, "ST: ssdp:all", "", ""]).encode()
