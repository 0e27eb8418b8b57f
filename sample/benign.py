"""What goes on in a small office when nothing is wrong."""

from random import Random

from sample import payloads
from sample.network import DOMAIN, Host, Network, Site
from sample.packets import Conversation, Sent
from sample.talk import MICROS, Tcp, jittered, micros

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
UPDATES = Site("deb.updates.example", "192.0.2.241", plain=True)
TIME_SERVERS = ("192.0.2.123", "198.51.100.123")
UPSTREAM_RESOLVER = "198.51.100.53"
PUSH = Site("push.messages.example", "203.0.113.230")
MAIL_PARTNERS = ("198.51.100.25", "203.0.113.25", "192.0.2.25")
MONITORED = ("resolver", "files", "mail", "printer", "gateway")


def live(network: Network) -> None:
    """Fill the network with a working day."""
    people = [host for host in network.hosts.values() if host.role == "workstation"]
    for number, host in enumerate(people):
        rng = network.rng("person", host.name)
        _browse(network, host, rng)
        _read_mail(network, host, rng)
        _keep_time(network, host, rng)
        _renew_lease(network, host, rng)
        _announce(network, host, rng)
        _print(network, host, rng)
        if number % 3 == 0:
            _synchronise(network, host, rng)
        if number % 4 == 1:
            _log_in(network, host, rng)
        if number % 5 == 2:
            _hold_push(network, host, rng)
    for name in ("files", "mail", "monitor", "alder", "hazel"):
        _update(network, network.hosts[name], network.rng("update", name))
    for name in ("files", "mail", "resolver", "monitor"):
        _keep_time(network, network.hosts[name], network.rng("time", name))
    _watch(network, network.rng("watch"))
    _exchange_mail(network, network.rng("exchange"))


def _moments(network: Network, rng: Random, every: float, share: float) -> list[int]:
    """Times over the whole sample, about `every` seconds apart, by up to `share` more or less."""
    moments = []
    now = network.start + micros(rng.uniform(0, every))
    while now < network.end:
        moments.append(now)
        now += micros(jittered(rng, every, share))
    return moments


def _browse(network: Network, host: Host, rng: Random) -> None:
    """Bursts of pages with time to read between them, and breaks."""
    favourites = rng.sample(network.sites, 12)
    now = network.start + micros(rng.uniform(5, 600))
    while now < network.end:
        for _ in range(rng.randint(2, 7)):
            site = rng.choice(favourites if rng.random() < 0.85 else network.sites)
            now = _open_page(network, host, site, rng, now)
            now += micros(min(240.0, rng.lognormvariate(2.9, 0.9)))
            if now >= network.end:
                return
        now += micros(rng.uniform(240, 1500))


def _open_page(network: Network, host: Host, site: Site, rng: Random, now: int) -> int:
    """A page of one site: its name, one to three connections, sometimes one to another site."""
    others = rng.sample(network.sites[:10], rng.choice((0, 0, 1, 2)))
    done = now
    for number, one in enumerate((site, *others)):
        ready = network.resolve(host, one.name, now + number * 80_000, one.address6)
        for _ in range(rng.choice((1, 1, 2)) if number == 0 else 1):
            done = max(done, fetch(network, host, one, rng, ready))
            ready += rng.randint(300, 60_000)
    return done


def fetch(network: Network, host: Host, site: Site, rng: Random, at: int) -> int:
    """A few requests to a site over one connection; returns the time of its end."""
    use6 = bool(site.address6 and host.address6 and rng.random() < 0.6)
    peer = str(site.address6) if use6 else site.address
    if rng.random() < 0.008:
        return network.tcp(host, peer, 443, at).unanswered(1.0, 2.0).packets[-1].time
    weight = [min(60_000, int(rng.lognormvariate(8.3, 1.2))) for _ in range(rng.randint(1, 4))]
    if site.plain:
        talk = network.tcp(host, peer, 80, at, "http").open()
        for number, size in enumerate(weight):
            request = payloads.http_request("GET", site.name, f"/page/{number}", AGENT)
            talk.ask(request).answer(payloads.http_response(rng.randbytes(size)), 0.02)
    else:
        talk = secure(network.tcp(host, peer, 443, at, "ssl"), site.name, rng)
        for size in weight:
            talk.ask(payloads.tls_data(rng.randint(140, 700), rng))
            talk.answer(payloads.tls_data(size, rng), rng.uniform(0.01, 0.12))
            talk.wait(rng.expovariate(2.0))
    return end(talk, rng)


def end(talk: Tcp, rng: Random) -> int:
    """The usual ways for a connection to end."""
    chance = rng.random()
    if chance < 0.12:
        return talk.wait(rng.uniform(1, 20)).reset().packets[-1].time
    if chance < 0.35:
        return talk.wait(rng.uniform(5, 65)).close(by_originator=False).packets[-1].time
    return talk.wait(rng.uniform(0, 15)).close().packets[-1].time


def secure(talk: Tcp, name: str, rng: Random, *, ciphers: int = 9) -> Tcp:
    """The TLS handshake."""
    hello = payloads.tls_client_hello(name, rng, ciphers=ciphers)
    certificate = 2200 + sum(name.encode()) % 1900
    talk.open().ask(hello).answer(payloads.tls_server_hello(hello, rng, certificate=certificate))
    return talk.ask(payloads.tls_finished(rng))


def _read_mail(network: Network, host: Host, rng: Random) -> None:
    """A mail program that looks every ten minutes, and a letter now and then."""
    mail = network.hosts["mail"].address
    for moment in _moments(network, rng, 600, 0.03):
        ready = network.resolve(host, f"mail.{DOMAIN}", moment)
        talk = secure(network.tcp(host, mail, 993, ready, "ssl"), f"mail.{DOMAIN}", rng)
        for _ in range(3):
            talk.ask(payloads.tls_data(rng.randint(30, 60), rng))
            talk.answer(payloads.tls_data(rng.randint(60, 160), rng))
        if rng.random() < 0.2:
            talk.answer(payloads.tls_data(int(rng.lognormvariate(9.3, 1.0)) % 90_000, rng))
        talk.close()
    for moment in _moments(network, rng, 5400, 0.5):
        talk = network.tcp(host, mail, 587, network.resolve(host, f"mail.{DOMAIN}", moment), "smtp")
        send_letter(talk, host.name, rng)


def send_letter(talk: Tcp, sender: str, rng: Random) -> None:
    """SMTP (RFC 5321) in the clear, as a relay within one office speaks it."""
    talk.open().answer(b"220 mail.brook.example ESMTP Postfix\r\n", 0.01)
    dialogue = (
        (f"EHLO {sender}.example", b"250-mail.brook.example\r\n250 SIZE 30720000\r\n"),
        (f"MAIL FROM:<{sender}@brook.example>", b"250 2.1.0 Ok\r\n"),
        (f"RCPT TO:<office{rng.randint(1, 40)}@partner.example>", b"250 2.1.5 Ok\r\n"),
        ("DATA", b"354 End data with <CR><LF>.<CR><LF>\r\n"),
    )
    for command, reply in dialogue:
        talk.ask(f"{command}\r\n".encode()).answer(reply, 0.004)
    words = rng.randbytes(min(40_000, int(rng.lognormvariate(7.8, 1.1)))).hex()
    lines = "\r\n".join(words[i : i + 72] for i in range(0, len(words), 72))
    letter = f"From: {sender}@brook.example\r\nSubject: minutes\r\n\r\n{lines}\r\n.\r\n"
    talk.ask(letter.encode()).answer(b"250 2.0.0 Ok: queued\r\n", 0.03)
    talk.ask(b"QUIT\r\n").answer(b"221 2.0.0 Bye\r\n").close(by_originator=False)


def _keep_time(network: Network, host: Host, rng: Random) -> None:
    for moment in _moments(network, rng, 1060, 0.08):
        seconds = moment // MICROS
        question, answer = payloads.ntp(3, seconds, rng), payloads.ntp(4, seconds, rng)
        server = rng.choice(TIME_SERVERS)
        network.udp(host, (server, 123), moment, question, [answer], "ntp")


def _renew_lease(network: Network, host: Host, rng: Random) -> None:
    """Half of a four hour lease."""
    server = network.hosts["gateway"].address
    for moment in _moments(network, rng, 7200, 0.02):
        number = rng.getrandbits(32)
        ask = payloads.dhcp(3, host.address, server, number, reply=False)
        grant = payloads.dhcp(5, host.address, server, number, reply=True)
        packets = [Sent(moment, True, ask), Sent(moment + 1900, False, grant)]
        lease = Conversation("udp", host.address, 68, server, 67, "dhcp", packets)
        network.conversations.append(lease)


def _announce(network: Network, host: Host, rng: Random) -> None:
    """Questions to everybody: who prints here (mDNS), what devices are there (SSDP)."""
    for moment in _moments(network, rng, 2400, 0.4):
        question = payloads.dns_query(0, "_ipp._tcp.local", payloads.PTR, recursion=False)
        packets = [Sent(moment + gap, True, question) for gap in (0, 1_000_400, 3_001_100)]
        groups = [(host.address, "224.0.0.251")]
        if host.address6 and rng.random() < 0.3:
            groups.append((host.address6, "ff02::fb"))
        for own, group in groups:
            spoken = Conversation("udp", own, 5353, group, 5353, "dns", list(packets))
            network.conversations.append(spoken)
    for moment in _moments(network, rng, 5200, 0.3):
        spoken = Conversation("udp", host.address, host.port(), "239.255.255.250", 1900)
        for gap in range(4):
            spoken.packets.append(Sent(moment + gap * 1_000_150, True, payloads.ssdp_search()))
        network.conversations.append(spoken)


def _print(network: Network, host: Host, rng: Random) -> None:
    """Half of the people print by IPP, the others by LPD (RFC 1179)."""
    printer = network.hosts["printer"].address
    by_lpd = sum(host.name.encode()) % 2
    for moment in _moments(network, rng, 6000, 0.6):
        page = rng.randbytes(rng.randint(20_000, 90_000))
        if by_lpd:
            talk = network.tcp(host, printer, 515, moment).open()
            for part in (b"\x02lp\n", b"\x02180 cfA001\n", b"\x03%d dfA001\n" % len(page), page):
                talk.ask(part).answer(b"\0", 0.01)
        else:
            talk = network.tcp(host, printer, 631, moment, "http").open()
            body = b"\x01\x01\x00\x02\x00\x00\x00\x01" + page
            talk.ask(payloads.http_request("POST", "printer:631", "/ipp/print", "CUPS/2.4", body))
            talk.answer(
                payloads.http_response(b"\x01\x01\x00\x00\x00\x00\x00\x01", "application/ipp")
            )
        talk.close()


def _synchronise(network: Network, host: Host, rng: Random) -> None:
    """A folder kept on the file server by rsync, every quarter of an hour to the second."""
    first = network.start + micros(rng.uniform(0, 900))
    for moment in range(first, network.end, 900 * MICROS):
        ready = network.resolve(host, f"files.{DOMAIN}", moment + rng.randint(0, 400_000))
        talk = network.tcp(host, network.hosts["files"].address, 873, ready).open()
        talk.answer(b"@RSYNCD: 31.0 sha512 md5\n").ask(b"@RSYNCD: 31.0 sha512 md5\n")
        talk.ask(b"home\n").answer(b"@RSYNCD: OK\n").ask(rng.randbytes(rng.randint(900, 2600)))
        talk.answer(rng.randbytes(rng.randint(300, 900)), 0.2)
        if rng.random() < 0.5:
            talk.ask(rng.randbytes(rng.randint(3_000, 160_000)))
        talk.answer(rng.randbytes(rng.randint(40, 90)), 0.05).close(by_originator=False)


def _log_in(network: Network, host: Host, rng: Random) -> None:
    """Administration by SSH: a few sessions, with typing and silence."""
    for moment in _moments(network, rng, 5000, 0.6):
        server = network.hosts[rng.choice(("files", "mail", "monitor"))]
        ready = network.resolve(host, f"{server.name}.{DOMAIN}", moment)
        use6 = rng.random() < 0.5
        peer = str(server.address6) if use6 else server.address
        talk = ssh_handshake(network.tcp(host, peer, 22, ready, "ssh"), payloads.SSH_CLIENT, rng)
        for _ in range(rng.randint(15, 60)):
            talk.wait(min(100.0, rng.lognormvariate(0.7, 1.3))).ask(rng.randbytes(36))
            talk.answer(rng.randbytes(36 + 8 * int(rng.expovariate(0.05))), 0.01)
        talk.close()


def ssh_handshake(talk: Tcp, banner: bytes, rng: Random) -> Tcp:
    """Versions, key exchange, and the first encrypted packets (RFC 4253)."""
    talk.open().ask(banner).answer(payloads.SSH_SERVER, 0.008)
    talk.ask(payloads.ssh_key_exchange(rng)).answer(payloads.ssh_key_exchange(rng))
    talk.ask(payloads.ssh_exchange_init(rng)).answer(payloads.ssh_exchange_reply(rng), 0.01)
    talk.ask(payloads.ssh_packet(payloads.SSH_NEWKEYS, b"", rng))
    return talk.ask(rng.randbytes(44)).answer(rng.randbytes(44))


def _hold_push(network: Network, host: Host, rng: Random) -> None:
    """A messenger that holds a connection open and keeps it alive."""
    now = network.start + micros(rng.uniform(30, 900))
    while now < network.end - micros(600):
        ready = network.resolve(host, PUSH.name, now)
        talk = secure(network.tcp(host, PUSH.address, 443, ready, "ssl"), PUSH.name, rng)
        for _ in range(rng.randint(10, 45)):
            if talk.clock > network.end:
                break
            talk.wait(jittered(rng, 115, 0.02)).ask(payloads.tls_data(31, rng))
            talk.answer(payloads.tls_data(31 if rng.random() < 0.8 else 420, rng))
        now = talk.close(by_originator=False).packets[-1].time + micros(rng.uniform(2, 120))


def _update(network: Network, host: Host, rng: Random) -> None:
    """Software updates: a look every hour or so, and one large download."""
    large = rng.randint(1, 3)
    for number, moment in enumerate(_moments(network, rng, 3500, 0.2)):
        ready = network.resolve(host, UPDATES.name, moment)
        talk = network.tcp(host, UPDATES.address, 80, ready, "http").open()
        sizes = [rng.randint(2_500_000, 5_000_000)] if number == large else [55_000, 9_000]
        for size in sizes:
            request = payloads.http_request(
                "GET", UPDATES.name, "/pool/main", "Debian APT-HTTP/1.3"
            )
            talk.ask(request).answer(payloads.http_response(rng.randbytes(size)), 0.02)
        talk.close()


def _watch(network: Network, rng: Random) -> None:
    """The monitoring server looks at every other server every six minutes."""
    monitor = network.hosts["monitor"]
    for round_start in range(network.start + 17 * MICROS, network.end, 360 * MICROS):
        for number, name in enumerate(MONITORED):
            at = round_start + number * 3 * MICROS + rng.randint(0, 30_000)
            target = network.hosts[name]
            _ping(network, (monitor.address, target.address), at, rng)
            if monitor.address6 and target.address6:
                _ping(network, (monitor.address6, target.address6), at + MICROS // 3, rng)
        at = round_start + 20 * MICROS
        _check(network, monitor, network.hosts["mail"], at, rng)
        _check(network, monitor, network.hosts["files"], at + MICROS, rng)


def _ping(network: Network, ends: tuple[str, str], at: int, rng: Random) -> None:
    host, target = ends
    proto, ask, answer = ("icmp6", 128, 129) if ":" in host else ("icmp", 8, 0)
    talk = Conversation(proto, host, ask, target, answer)
    identifier = rng.randbytes(2)
    for number in range(3):
        payload = identifier + number.to_bytes(2) + bytes(range(56))
        sent = at + number * 1_001_000
        talk.packets.append(Sent(sent, True, payload))
        talk.packets.append(Sent(sent + network.trip(target), False, payload))
    network.conversations.append(talk)


def _check(network: Network, host: Host, target: Host, at: int, rng: Random) -> None:
    talk = secure(network.tcp(host, target.address, 443, at, "ssl"), f"{target.name}.{DOMAIN}", rng)
    talk.ask(payloads.tls_data(122, rng)).answer(payloads.tls_data(rng.randint(310, 340), rng))
    talk.close()


def _exchange_mail(network: Network, rng: Random) -> None:
    """Letters between the mail server and its partners, in both directions."""
    mail = network.hosts["mail"]
    for moment in _moments(network, rng, 700, 0.8):
        ready = network.resolve(mail, f"mx{rng.randint(1, 9)}.partner.example", moment)
        talk = network.tcp(mail, rng.choice(MAIL_PARTNERS), 25, ready, "smtp")
        send_letter(talk, "mail", rng)
    for moment in _moments(network, rng, 800, 0.8):
        sender = rng.choice(MAIL_PARTNERS)
        spoken = Conversation("tcp", sender, rng.randint(20_000, 60_000), mail.address, 25, "smtp")
        network.conversations.append(spoken)
        send_letter(Tcp(spoken, moment, network.trip(mail.address)), "partner", rng)


def forward(network: Network) -> None:
    """The resolver asks upstream over TLS (RFC 7858); a session ends after a minute of silence."""
    resolver, rng = network.hosts["resolver"], network.rng("forward")
    session: list[int] = []
    for moment in [*sorted(network.forwarded), network.end * 2]:
        if session and (moment - session[-1] > 20 * MICROS or len(session) >= 60):
            _upstream(network, resolver, session, rng)
            session = []
        session.append(moment)


def _upstream(network: Network, resolver: Host, session: list[int], rng: Random) -> None:
    talk = network.tcp(resolver, UPSTREAM_RESOLVER, 853, session[0], "ssl")
    secure(talk, "dns.upstream.example", rng, ciphers=5)
    for moment in session:
        talk.clock = max(talk.clock, moment)
        talk.ask(payloads.tls_data(150, rng)).answer(payloads.tls_data(rng.randint(150, 480), rng))
    talk.wait(20).close()
