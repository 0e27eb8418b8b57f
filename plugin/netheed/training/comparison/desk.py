"""Where the comparison is worked out: each thing once, under the digest of all that made it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import Final

import msgspec
from msgspec import Struct

from netheed.training.comparison.cell import Cell
from netheed.training.comparison.kept import Job, Kept
from netheed.training.comparison.plan import (
    LEARNED,
    LONGER,
    METHODS,
    ONE_SENSOR,
    TRIALS,
    is_searched,
    method_of,
    plan,
)
from netheed.training.comparison.work import share_of, with_hour, work
from netheed.training.corpus import Corpus
from netheed.training.digests import code, digest, with_imports
from netheed.training.methods import Method, Settings
from netheed.training.probe import probe
from netheed.training.search import Searched, search
from netheed.training.sites import SITES, STARTS
from netheed.training.sites import work as adapted
from netheed.training.splits import CICIDS, ROLES, Split, split_of, without

ROOM: Final = "netheed.training"
NOTICING: Final = ("classes.py", "core/vector.py")
"""Outside of it, what says which windows have enough evidence for a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All of the comparison on one corpus."""

    data: Path
    """Of the recordings, for the probe."""
    corpus: Corpus
    kept: Kept
    sum: str
    """Digest of the corpus."""
    trials: Mapping[str, int] = field(default_factory=lambda: TRIALS)
    """Of a search, by protocol."""
    only: str = ""
    """What the name of a thing contains that is wanted; a search is wanted with its cells."""
    _codes: dict[str, str] = field(default_factory=dict)

    def searches(self, seeds: int) -> dict[Job, Cell]:
        """What cells want searched, each with one of the cells."""
        found: dict[Job, Cell] = {}
        for cell in plan(seeds):
            if self.only in str(cell) and is_searched(cell):
                found.setdefault(self.search_of(cell), cell)
        return found

    def cells(self, seeds: int) -> dict[Job, Cell]:
        """Of the plan."""
        return {self.job_of(cell): cell for cell in plan(seeds) if self.only in str(cell)}

    def sites(self, seeds: int) -> dict[Job, tuple[int, str, int]]:
        """Number of the site, start, seed."""
        found = {}
        for seed in range(seeds):
            for start in STARTS:
                for number, site in enumerate(SITES):
                    name = f"{site.name} / {start} / seed {seed}"
                    made_of = digest(self._code("sites"), self.sum, name, repr(site))
                    if self.only in f"site {name}":
                        found[Job("site", name, made_of)] = number, start, seed
        return found

    def probes(self, seeds: int) -> dict[Job, int]:
        """The seed."""
        code = self._code("probe")
        return {
            Job("probe", f"seed {seed}", digest(code, self.sum, str(seed))): seed
            for seed in range(seeds)
            if self.only in f"probe seed {seed}"
        }

    def jobs(self, seeds: int) -> Iterator[Job]:
        """All that is wanted, in the order of the report."""
        yield from self.searches(seeds)
        yield from self.cells(seeds)
        yield from self.sites(seeds)
        yield from self.probes(seeds)

    def search_of(self, cell: Cell) -> Job:
        """What chooses the settings of a cell: one for its split and its method."""
        name = " / ".join((cell.protocol, cell.split, cell.method))
        codes = self._code("search"), self._code_of(METHODS[cell.method])
        return Job("search", name, digest(*codes, self.sum, name, str(self.trials[cell.protocol])))

    def job_of(self, cell: Cell) -> Job:
        """A cell under its digest."""
        parts = [self._code("comparison.work"), self._code("splits"), self.sum, str(cell)]
        parts += [self._code_of(method_of(cell)), repr(LEARNED.get(cell.change)), code(NOTICING)]
        if is_searched(cell):
            parts.append(self.search_of(cell).made_of)
        if cell.change in LONGER:
            parts.append(repr(LONGER[cell.change]))
        return Job("cell", str(cell), digest(*parts))

    def search(self, cell: Cell) -> None:
        """Choose settings inside the training part of the first seed."""
        method, trials = METHODS[cell.method], self.trials[cell.protocol]
        self._keep(
            self.search_of(cell),
            lambda: search(
                method,
                split_of(self.corpus, cell.protocol, cell.split, 0).train,
                trials=trials,
            ),
        )

    def work(self, cell: Cell) -> None:
        """Work out a cell whose settings were chosen."""
        settings = self.settings(cell)
        self._keep(
            self.job_of(cell), lambda: work(cell, method_of(cell), settings, self._split(cell))
        )

    def adapt(self, job: Job, number: int, start: str, seed: int) -> None:
        """Work out one adaptation to a site."""
        self._keep(job, lambda: adapted(self.corpus, SITES[number], start, seed))

    def probe(self, job: Job, seed: int) -> None:
        """Work out the shortcut probe."""
        self._keep(job, lambda: probe(self.corpus, self.data, seed))

    def settings(self, cell: Cell) -> Settings:
        """Those that were chosen for it; none where nothing is."""
        if not is_searched(cell):
            return LONGER.get(cell.change, {})
        kept = self.kept.read(self.search_of(cell))
        return msgspec.json.decode(kept.said, type=Searched).settings

    def _keep(self, job: Job, make: Callable[[], Struct]) -> None:
        begun = process_time()
        said = make()
        self.kept.write(job, said, process_time() - begun)

    def _split(self, cell: Cell) -> Split:
        if cell.change in LEARNED:
            return without(self.corpus, cell.split, cell.seed, LEARNED[cell.change])
        if cell.change == ONE_SENSOR:
            return without(self.corpus, cell.split, cell.seed, ROLES, CICIDS)
        split = split_of(self.corpus, cell.protocol, cell.split, cell.seed)
        if cell.change.startswith("size "):
            share = float(cell.change.removeprefix("size "))
            return replace(split, train=share_of(split.train, share, cell.seed))
        return with_hour(split) if cell.change == "hour" else split

    def _code_of(self, method: Method) -> str:
        return self._code(method.fit.__module__.removeprefix(f"{ROOM}."))

    def _code(self, module: str) -> str:
        if module not in self._codes:
            self._codes[module] = with_imports(f"{ROOM}.{module}", ROOM)
        return self._codes[module]
