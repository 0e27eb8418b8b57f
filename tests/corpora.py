"""A small corpus with every network, calibrating recordings and simulated networks, of noise."""

import numpy as np

from netheed.core.vector import FEATURES
from netheed.training.conversations import COLUMNS, Conversations
from netheed.training.corpus import Corpus, Piece
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples

HOSTS = 4
MINUTES = 12


def examples(
    seed: int, *, attack: str = "", name: str = "", begin: float = 0.0, minutes: int = MINUTES
) -> Examples:
    """HOSTS hosts for `minutes`; the last host attacks in its second half, far from the noise."""
    rng = np.random.default_rng(seed)
    count = HOSTS * minutes
    track = np.repeat(np.arange(HOSTS), minutes)
    minute = np.tile(np.arange(minutes), HOSTS)
    vectors = rng.normal(1.0, 0.3, (count, len(FEATURES)))
    hit = (track == HOSTS - 1) & (minute >= minutes // 2) & bool(attack)
    vectors[hit, :6] += 4.0
    code = KINDS.index(attack) if attack else 0
    none = np.zeros(0, dtype=np.int64)
    return Examples(
        vectors=vectors.astype(np.float16),
        label=np.where(hit, code, 0),
        attack=np.where(hit, name or attack, "benign").astype("<U32"),
        group=np.ones(count, dtype=np.int64),
        track=track,
        recording=np.zeros(count, dtype=np.int64),
        end=begin + 60.0 * (minute + 1.0),
        host=[f"10.0.0.{host}" for host in track.tolist()],
        conversations=Conversations(
            window=none, peer=none, values=np.zeros((0, len(COLUMNS)), dtype=np.float16)
        ),
    )


def corpus() -> Corpus:
    """One or more recordings of each network, two overlays and simulated networks 0, 1 and 18."""
    plain = {
        "iot23/benign-b1": ("iot23", ""),
        "iot23/benign-b2": ("iot23", ""),
        "iot23/attack": ("iot23", "beacon"),
        "ctu-sme-11/linux-2023-02-20": ("ctu-sme", ""),
        "ctu-sme-11/linux-2023-02-25": ("ctu-sme", ""),
        "ctu-sme-11/windows": ("ctu-sme", "beacon"),
        "stratosphere/011": ("stratosphere", ""),
        "stratosphere/scan": ("stratosphere", "scan"),
        "m57/conn": ("m57", ""),
        "l2-addr": ("l2-addr", "scan"),
    }
    pieces = [
        _piece(
            name,
            (family,),
            "recorded",
            examples(number, attack=attack, minutes=90 if family == "m57" else MINUTES),
        )
        for number, (name, (family, attack)) in enumerate(plain.items())
    ]
    days = ((3, "", ""), (4, "brute_force", "FTP-Patator"), (6, "flood", "DDoS"))
    for day, attack, published in days:
        made = examples(day + 20, attack=attack, name=published, begin=86_400.0 * day, minutes=360)
        pieces.append(_piece(f"cicids2017/2017-07-0{day}", ("cicids2017",), "recorded", made))
    pieces += [
        _piece(
            "iot23/benign-b1+x", ("iot23", "stratosphere"), "relaid", examples(40, attack="scan")
        ),
        _piece("m57/conn+simulated", ("m57",), "overlaid", examples(41, attack="flood")),
    ]
    for number, kind in ((0, "dns_tunnel"), (1, "exfiltration"), (18, "scan")):
        made = examples(50 + number, attack=kind)
        pieces.append(_piece(f"simulated/{number}#1", ("simulated",), "simulated", made))
    return Corpus(tuple(pieces))


def _piece(name, families, role, made):
    return Piece(name=name, families=frozenset(families), role=role, examples=made)
