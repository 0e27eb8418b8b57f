"""What is usual: of one host, and of the others, from the windows that are remembered."""

from typing import Final

from netheed.core.segments import Words
from netheed.core.sequences import Sequences
from netheed.core.vector import Ranges

MOST_PEERS: Final = 512


def own_range(sequences: Sequences, word: Words) -> Ranges | None:
    """Over the earlier windows of the host of a word (an array of one)."""
    return Ranges.of(sequences.past(word))


def peers_range(sequences: Sequences, word: Words) -> Ranges | None:
    """Over the newest windows of the other hosts."""
    hosts, newest = sequences.newest(MOST_PEERS)
    return Ranges.of(newest[hosts != word[0]])
