"""Arithmetic over groups of rows: sums, maxima, medians and distinct counts per group."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)


def scramble(words: Words) -> Words:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads the bits."""
    mixed = (words ^ (words >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return mixed ^ (mixed >> np.uint64(31))


def combine(first: Words, *others: Words) -> Words:
    """One 64-bit key for several columns; equal rows give equal keys, in every run."""
    key = scramble(first + _GOLDEN)
    for other in others:
        key = scramble((key ^ other) + _GOLDEN)
    return key


MANY: Final = 2048
"""Keys from which two sorts by vector instructions are faster than one that is stable by itself."""


def stable_order(keys: NDArray[Any]) -> Ints:
    """As np.argsort(keys, kind="stable"), in a third of the time; no key is NaN.

    numpy uses vector instructions for sorts that are not stable: one of the keys, and one of the
    rows of equal keys by their numbers.
    """
    if len(keys) < MANY:
        return np.argsort(keys, kind="stable")
    order = np.argsort(keys)
    ranked = keys[order]
    placed = np.zeros(len(keys), dtype=np.int64)
    np.cumsum(ranked[1:] != ranked[:-1], out=placed[1:])
    placed <<= 32
    placed |= order
    placed.sort()
    placed &= 0xFFFF_FFFF
    return placed


SMALL: Final = 1 << 16
"""Groups that sixteen bits number: these numpy sorts by radix, five times as fast."""


def _by_group(ids: Ints, values: Floats) -> Ints:
    """The order by group, within a group by value; equal values in any order."""
    if len(ids) and ids[-1] >= SMALL:
        return np.lexsort((values, ids))
    order = np.argsort(values)
    return order[np.argsort(ids[order].astype(np.uint16), kind="stable")]


@dataclass(frozen=True, slots=True)
class Segments:
    """Rows in groups: `ids[i]` is row i's group, ascending, each of 0..size-1 at least once."""

    ids: Ints
    size: int
    weights: Floats | None = None
    """For how many rows each row of a sample stands; None where all are there.

    Sums, counts and shares are those of all of them, by expectation (Horvitz and Thompson 1952);
    of maxima, medians, spreads, distinct words and their runs only what is there can be said: the
    largest of some estimates is no estimate of the largest.
    """

    def sum(self, values: Floats) -> Floats:
        """The sum of each group; the values must not be NaN."""
        if self.weights is not None:
            values = values * self.weights
        return np.bincount(self.ids, weights=values, minlength=self.size).astype(np.float64)

    def count(self, where: Mask) -> Floats:
        """Rows of each group where the mask is set."""
        if self.weights is not None:
            weights = self.weights[where]
            return np.bincount(self.ids[where], weights, self.size).astype(np.float64)
        return np.bincount(self.ids[where], minlength=self.size).astype(np.float64)

    def share(self, part: Mask, whole: Mask) -> Floats:
        """Rows with `part` among those with `whole`; 0 where the whole is nothing."""
        total = self.count(whole)
        return np.divide(self.count(part & whole), total, out=np.zeros(self.size), where=total > 0)

    def max(self, values: Floats) -> Floats:
        """The largest value of each group; the values must not be NaN."""
        firsts = np.searchsorted(self.ids, np.arange(self.size))
        return np.maximum.reduceat(values, firsts)

    def median(self, values: Floats) -> Floats:
        """The lower median of each group without its NaNs; 0 where nothing is left."""
        known = ~np.isnan(values)
        ids, kept = self.ids[known], values[known]
        kept = kept[_by_group(ids, kept)]
        counts = np.bincount(ids, minlength=self.size)
        middle = np.cumsum(counts) - counts + np.maximum(counts - 1, 0) // 2
        result = np.zeros(self.size)
        result[counts > 0] = kept[middle[counts > 0]]
        return result

    def spread(self, values: Floats) -> Floats:
        """The standard deviation of each group without its NaNs; 0 below two values."""
        known = ~np.isnan(values)
        ids, kept = self.ids[known], values[known]
        counts = np.bincount(ids, minlength=self.size)
        safe = np.maximum(counts, 1)
        mean = np.bincount(ids, weights=kept, minlength=self.size) / safe
        square = np.bincount(ids, weights=(kept - mean[ids]) ** 2, minlength=self.size)
        return np.sqrt(square / safe)

    def distinct(self, words: Words, where: Mask) -> Floats:
        """How many different words each group has among the rows of `where`."""
        return self.runs(words, where)[0]

    def runs(self, words: Words, where: Mask) -> tuple[Floats, Floats]:
        """Distinct words of each group, and the count of its commonest.

        A word stands for 40 bits of its scrambled self beside 24 bits of group: below a million
        distinct words in one group the expected error is under one.
        """
        keys = self.ids[where].astype(np.uint64) << np.uint64(40)
        keys |= scramble(words[where] + _GOLDEN) >> np.uint64(24)
        keys.sort()
        firsts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
        groups = (keys[firsts] >> np.uint64(40)).astype(np.int64)
        lengths = np.diff(np.append(firsts, len(keys))).astype(np.float64)
        commonest = np.zeros(self.size)
        np.maximum.at(commonest, groups, lengths)
        return np.bincount(groups, minlength=self.size).astype(np.float64), commonest
