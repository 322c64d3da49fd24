"""What the intervals and tests of gains keep of what they promise, on made-up gains whose truth is known.

    python bench/coverage.py --write     # the tables, also into docs/statistics.md; some minutes on one core
    python bench/coverage.py --draws 300 --out rates.json
    python bench/coverage.py --write --only languages    # one table again; the others stay as they were

Every line calls the functions that `xstilts compare` calls. Nothing is run and no study is read. Rates of verdicts on
claims are another bench: verdicts.py. Numbers are rates; of 4,000 draws a rate near 0.05 is known to ± 0.007.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xstilts.findings.items import drawn
from xstilts.findings.ratios import Ratio
from xstilts.findings.resample import beyond_languages, bootstrap
from xstilts.findings.statistics import (
    CORRECT,
    Correction,
    detectable,
    family_level,
    shown_within,
    simultaneous,
    t_intervals,
)

SEEDS = (3, 5, 10)
DRAWS = 4_000
AGAIN = 1_000
"""Draws of each bootstrap."""
RESULT = Path(__file__).parent / "results" / "coverage.json"

Floats = NDArray[np.float64]
Rates = dict[str, float]
Noise = Callable[[np.random.Generator, tuple[int, ...]], Floats]


def coarse(draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Scores of a few hundred examples come in steps; here in halves of a standard deviation."""
    return np.round(draw.normal(0, 1, shape) * 2) / 2


def collapsing(draw: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """One run in twenty fails, and loses five standard deviations."""
    return draw.normal(0, 1, shape) - 5.0 * (draw.random(shape) < 0.05) + 0.25


NOISE: Mapping[str, Noise] = {
    "normal": lambda draw, shape: draw.normal(0, 1, shape),
    "skewed (exponential)": lambda draw, shape: draw.exponential(1, shape) - 1,
    "in steps of 0.5 sd": coarse,
    "one run in 20 fails": collapsing,
}
"""What a gain varies by from seed to seed: each of mean 0."""


def _spread(sample: Floats) -> tuple[Floats, Floats]:
    return sample.mean(axis=-1), sample.std(axis=-1, ddof=1)


def covered(noise: Noise, seeds: int, draws: int) -> Rates:
    """How often a 95% interval over seeds holds the truth. Equal values give no interval, which is no miss."""
    draw = np.random.default_rng(seeds)
    sample = noise(draw, (draws, seeds))
    low, high, _ = t_intervals(*_spread(sample), seeds)
    known = ~np.isnan(low)
    ends = [bootstrap(one[:, None], draws=AGAIN, seed=at, languages=False) for at, one in enumerate(sample)]
    return {
        "t": float(((low <= 0) & (high >= 0))[known].mean()),
        "percentiles": float(np.mean([below <= 1e-12 and above >= -1e-12 for below, above in ends])),
    }


def family(
    method: Correction, tests: int, real: int, size: float, seeds: int, draws: int, shared: float = 0.0
) -> Rates:
    """A family of gains, the first `real` of `size` sd, the others nothing; `shared`: their correlation in a seed."""
    draw = np.random.default_rng([tests, real, seeds])
    truth = np.where(np.arange(tests) < real, size, 0.0)
    both = draw.normal(0, np.sqrt(shared), (draws, 1, seeds)) + draw.normal(
        0, np.sqrt(1 - shared), (draws, tests, seeds)
    )
    mean, sd = _spread(both + truth[:, None])
    low, high, p = t_intervals(mean, sd, seeds)
    corrected = [CORRECT[method](row) for row in p.tolist()]
    level = np.asarray([family_level(method, row) for row in corrected])[:, None]
    sure = np.asarray(corrected, np.float64) < 0.05
    false = sure & ((truth == 0) | (np.sign(mean) != np.sign(truth)))
    low, high, _ = t_intervals(mean, sd, seeds, level=level)
    missed = (truth < low) | (truth > high)
    wide_low, wide_high, _ = t_intervals(mean, sd, seeds, level=simultaneous(tests))
    found = np.maximum(sure.sum(axis=1), 1)
    return {
        "any false": float(false.any(axis=1).mean()),
        "false of sure": float((false.sum(axis=1) / found).mean()),
        "found of real": float(sure[:, :real].mean()) if real else float("nan"),
        "missed of sure": float(((missed & sure).sum(axis=1) / found).mean()),
        "all hold": float((~missed).all(axis=1).mean()),
        "all hold (Bonferroni)": float(((wide_low <= truth) & (truth <= wide_high)).all(axis=1).mean()),
    }


def languages(of_langs: float, of_seeds: float, seeds: int, langs: int, draws: int) -> Rates:
    """How often an interval holds the mean gain of *all* languages, from some of them; sd of each, residual 0.5.

    `items too`: the same for other test items, which all languages share, and which move the mean by an sd of 0.5.
    """
    draw = np.random.default_rng([seeds, langs])
    cube = draw.normal(0, 0.5, (draws, seeds, langs))
    cube += of_seeds * draw.normal(size=(draws, seeds, 1)) + of_langs * draw.normal(size=(draws, 1, langs))
    low, high, _ = t_intervals(*_spread(cube.mean(axis=2)), seeds)
    crossed = [beyond_languages(one) or (0.0, 0.0) for one in cube]
    tested = cube + 0.5 * draw.normal(size=(draws, 1, 1))
    whole = [beyond_languages(one, items=0.5) or (0.0, 0.0) for one in tested]
    held = {"seeds alone": list(zip(low, high, strict=True)), "languages too": crossed, "items too": whole}
    return {name: float(np.mean([below <= 0 <= above for below, above in ends])) for name, ends in held.items()}


def no_difference(truth: float, margin: float, seeds: int, draws: int) -> float:
    """How often a single gain is shown to lie within the margin; sizes in sd."""
    sample = np.random.default_rng(seeds).normal(truth, 1, (draws, seeds))
    return float((shown_within(*_spread(sample), seeds) < margin).mean())


def margins(margin: float, at_it: int, seeds: int, draws: int, tests: int = 12) -> Rates:
    """A family of which some lie just at the margin, the others are nothing: how often any of the first is marked ≈."""
    draw = np.random.default_rng([seeds, tests])
    edge = np.arange(tests) < at_it
    mean, sd = _spread(draw.normal(0, 1, (draws, tests, seeds)) + np.where(edge, margin, 0.0)[:, None])
    same = shown_within(mean, sd, seeds, level=simultaneous(tests)) < margin
    corrected = [CORRECT["holm"](row) for row in t_intervals(mean, sd, seeds)[2].tolist()]
    level = np.asarray([family_level("holm", row) for row in corrected])[:, None]
    at_holms = shown_within(mean, sd, seeds, level=level) < margin
    return {
        "any false": float(same[:, edge].any(axis=1).mean()),
        "at Holm's level": float(at_holms[:, edge].any(axis=1).mean()),
        "found": float(same[:, ~edge].mean()) if at_it < tests else float("nan"),
    }


def power(seeds: int, draws: int) -> float:
    """How often a gain of the detectable size is called sure: 4 times of 5, if the sd is known."""
    size = float(detectable(1.0, seeds))
    low, _, _ = t_intervals(*_spread(np.random.default_rng(seeds).normal(size, 1, (draws, seeds))), seeds)
    return float((low > 0).mean())


def items(count: int, draws: int) -> Rates:
    """How often percentiles over items hold the gain in chunk F1 that all sentences would give, from `count` of them.

    A sentence has up to four names; the baseline finds 60% and the route 66% of them, mostly the same ones, and both
    invent some.
    """
    draw = np.random.default_rng(count)
    held = 0
    for at in range(draws):
        found = _f1_columns(draw, count)
        sums = drawn(found, times=AGAIN, seed=at)
        gain = _gain(sums)
        low, high = np.quantile(gain, [0.025, 0.975])
        held += low <= TRUE_GAIN <= high
    return {"percentiles": held / draws}


def _f1_columns(draw: np.random.Generator, count: int) -> Floats:
    """Per sentence: twice the right names and all names found and there, of the baseline and then of the route."""
    names = draw.integers(0, 5, count)
    luck = draw.random((count, 4))
    there = np.arange(4) < names[:, None]
    invented = draw.poisson(0.5, (count, 2))
    columns = []
    for place, share in enumerate((0.60, 0.66)):
        right = ((luck + 0.02 * draw.normal(size=luck.shape) < share) & there).sum(axis=1)
        columns += [2 * right, right + invented[:, place] + names]
    return np.stack(columns, axis=1).astype(np.float64)


def _gain(sums: Floats) -> Floats:
    one = Ratio(sums[..., 0], sums[..., 1])
    return one.of(sums[..., 2], sums[..., 3]) - one.of(sums[..., 0], sums[..., 1])


TRUE_GAIN = float(_gain(_f1_columns(np.random.default_rng(0), 2_000_000).sum(axis=0)))


Told = Mapping[str, Mapping[str, Mapping[str, float | None]]]


BY_SEEDS = {str(seeds): seeds for seeds in SEEDS}
Table = dict[str, Rates]
"""Line → column → rate."""


def _cover(draws: int) -> Table:
    return {
        name: {f"{kind}, {key}": rate for key, n in BY_SEEDS.items() for kind, rate in covered(noise, n, draws).items()}
        for name, noise in NOISE.items()
    }


def _families(draws: int) -> Table:
    return {
        f"{words}, {key} seeds": family(method, tests, real, size, n, draws, shared)
        for words, (method, tests, real, size, shared) in FAMILIES.items()
        for key, n in BY_SEEDS.items()
    }


def _languages(draws: int) -> Table:
    return {
        f"{words}; {langs} languages": {
            f"{kind}, {key}": rate
            for key, n in BY_SEEDS.items()
            for kind, rate in languages(of_langs, of_seeds, n, langs, draws).items()
        }
        for words, (of_langs, of_seeds) in SPREADS.items()
        for langs in LANGUAGES
    }


def _same(draws: int) -> Table:
    return {
        words: {key: no_difference(truth, 1.0, n, draws) for key, n in BY_SEEDS.items()}
        for words, truth in {"truly none": 0.0, "half the margin": 0.5, "just the margin": 1.0}.items()
    }


def _margins(draws: int) -> Table:
    return {
        f"{at_it} at a margin of {margin:g} sd, {key} seeds": margins(margin, at_it, n, draws)
        for margin, at_it in ((1.0, 6), (3.0, 6), (3.0, 12))
        for key, n in BY_SEEDS.items()
    }


def _power(draws: int) -> Table:
    return {"detectable size": {key: power(n, draws) for key, n in BY_SEEDS.items()}}


def _items(draws: int) -> Table:
    return {f"{count} sentences": items(count, draws) for count in (50, 200, 1000)}


TABLES: Mapping[str, Callable[[int], Table]] = {
    "cover": _cover, "families": _families, "languages": _languages, "same": _same, "margins": _margins,
    "power": _power, "items": _items,
}  # fmt: skip


FAMILIES: Mapping[str, tuple[Correction, int, int, float, float]] = {
    "Holm, 12 pairs, none real": ("holm", 12, 0, 0.0, 0.0),
    "Holm, 12 pairs, 4 real (3 sd)": ("holm", 12, 4, 3.0, 0.0),
    "Holm, 12 pairs, all real (3 sd)": ("holm", 12, 12, 3.0, 0.0),
    "BH, 36 languages, none real": ("bh", 36, 0, 0.0, 0.5),
    "BH, 36 languages, 12 real (3 sd)": ("bh", 36, 12, 3.0, 0.5),
}
SPREADS = {
    "languages 2, seeds 1": (2.0, 1.0), "languages 1, seeds 1": (1.0, 1.0), "languages 1, seeds 0.2": (1.0, 0.2),
    "languages 0.2, seeds 1": (0.2, 1.0), "languages 0.2, seeds 0.2": (0.2, 0.2),
}  # fmt: skip
LANGUAGES = (5, 10, 40)

TITLES = {
    "cover": "A gain varies from seed to seed",
    "families": "Family",
    "languages": "sd of gains between",
    "same": "The true gain, margin 1 sd",
    "margins": "Twelve pairs",
    "power": "A true gain of",
    "items": "Test set",
}


def tables(found: Told) -> dict[str, str]:
    """The tables in Markdown."""
    made = {}
    for name, lines in found.items():
        columns = list(next(iter(lines.values())))
        rows = [[TITLES[name], *columns], [":--", *["--:"] * len(columns)]]
        rows += [
            [line, *("–" if rate is None else f"{rate:.3f}" for rate in row.values())] for line, row in lines.items()
        ]
        made[name] = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return made


PAGE = Path(__file__).parents[1] / "docs" / "statistics.md"


def page(text: str, found: Told) -> str:
    """The page with each table between its marks."""
    for name, table in tables(found).items():
        head, mark, rest = text.partition(f"<!-- {name} -->\n")
        if not mark:
            raise ValueError(f"the page has no place for the table {name!r}")
        text = f"{head}{mark}{table}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return text


def main() -> None:
    """Compute all rates, keep them, print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--draws", type=int, default=DRAWS, help="made-up studies a line")
    options.add_argument("--out", type=Path, default=RESULT, help="file of results")
    options.add_argument("--write", action="store_true", help="put the tables into docs/statistics.md too")
    options.add_argument("--only", choices=TABLES, nargs="*", default=list(TABLES), help="tables; others are kept")
    given = options.parse_args()
    kept = json.loads(given.out.read_text()) if set(given.only) != set(TABLES) else {}
    if kept and kept["draws"] != given.draws:
        options.error(f"{given.out} has {kept['draws']} draws a line")
    found = {
        name: make(given.draws) if name in given.only else kept["rates"][name]
        for name, make in TABLES.items()
        if name in given.only or name in kept["rates"]
    }
    told = {"draws": given.draws, "rates": found}
    # A rate that does not exist (what is found of nothing) is null.
    plain = json.loads(json.dumps(told).replace("NaN", "null"))
    given.out.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    if given.write:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), plain["rates"]), encoding="utf-8")
    print("\n\n".join(tables(plain["rates"]).values()))


if __name__ == "__main__":
    main()
