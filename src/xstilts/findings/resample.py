"""Beyond the seeds: what other languages, or other items, would have given.

Gains form a table of seeds by languages, each cell a mean over the same items in every seed: the three are crossed, not
nested, and are treated so. `beyond_languages` is the interval to rely on where a sentence is about languages in
general; `bootstrap` resamples the same table (percentiles, as published tables do), which with few seeds covers too
little: the rates are in `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from xstilts.findings.statistics import LEVEL, standard_errors

Floats = NDArray[np.float64]

DRAWS = 10_000
"""Of a bootstrap: from one generator to the next an end then moves by about a hundredth of the interval's width."""


def beyond_languages(gains: ArrayLike, *, level: float = LEVEL, items: float = 0.0) -> tuple[float, float] | None:
    """The interval of the mean gain for other seeds *and* other languages like these; `gains` is seeds by languages.

    `items`: the standard error of the mean that other test items add; with it the interval is for those too. Never
    narrower than the interval over seeds alone. None with one seed or one language, and where seeds do not vary.
    """
    table = np.asarray(gains, np.float64)
    seeds, langs = table.shape
    if min(seeds, langs) < 2:
        return None
    mean, by_seed = float(table.mean()), table.mean(axis=1)
    errors, df = crossed_errors(
        by_seed.var(ddof=1), table.mean(axis=0).var(ddof=1), ((table - mean) ** 2).sum(), seeds, langs
    )
    half = float(crossed_halves(errors, df, by_seed.std(ddof=1), seeds, level=level, items=items))
    return None if np.isnan(half) else (mean - half, mean + half)


def crossed_errors(
    between_seeds: ArrayLike, between_langs: ArrayLike, total: ArrayLike, seeds: ArrayLike, langs: ArrayLike
) -> tuple[Floats, Floats]:
    """Standard errors of means over a table with random rows and columns, and their degrees of freedom.

    Column by column: variances of the seeds' means and of the languages' means, the total sum of squares, and how many
    there are of each. The variance of the grand mean is put together from the mean squares of both (never less than
    either alone), with Satterthwaite's degrees of freedom.
    """
    of_seeds, of_langs, total, seeds, langs = (
        np.asarray(one, np.float64) for one in (between_seeds, between_langs, total, seeds, langs)
    )
    rows, columns = seeds - 1, langs - 1
    seed_square, lang_square = langs * of_seeds, seeds * of_langs
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.maximum(total - seed_square * rows - lang_square * columns, 0) / (rows * columns)
        both = seed_square + lang_square - rest
        parts = seed_square**2 / rows + lang_square**2 / columns + rest**2 / (rows * columns)
        df = both**2 / parts
        for alone, alone_df in ((seed_square, rows), (lang_square, columns)):
            df = np.where(both < alone, alone_df, df)
            both = np.maximum(both, alone)
        # Two mean squares can both be near zero by chance: fewer degrees of freedom than the smaller has, never.
        df = np.maximum(df, np.minimum(rows, columns))
        errors = np.sqrt(both / (seeds * langs))
    known = (rows > 0) & (columns > 0)
    return np.where(known, errors, np.nan), np.where(known, df, np.nan)


def crossed_halves(
    errors: ArrayLike,
    df: ArrayLike,
    sd: ArrayLike,
    seeds: ArrayLike,
    *,
    level: ArrayLike = LEVEL,
    items: ArrayLike = 0.0,
) -> Floats:
    """Half the widths of intervals from `crossed_errors`; not a number where seeds do not vary, or stand alone.

    Never less than over seeds alone, of which `sd` is the spread. The variance never is; but where languages add
    degrees of freedom, their bar can be lower by more than the variance is higher. Such an interval would call a gain
    sure for all languages that is not sure for the ones at hand.
    """
    errors, df, items, bar = (np.asarray(one, np.float64) for one in (errors, df, items, 0.5 + np.asarray(level) / 2))
    seeds = np.asarray(seeds, np.float64)
    alone = stdtrit(np.where(seeds > 1, seeds - 1, np.nan), bar) * standard_errors(sd, seeds)
    crossed = np.maximum(alone, stdtrit(df, bar) * errors)
    # The spread of drawn items is known as well as one likes, so its own half is a normal one; halves add as errors do.
    return np.asarray(np.hypot(crossed, ndtri(bar) * items))


def bootstrap(
    gains: ArrayLike,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
    languages: bool = True,
    families: Sequence[Hashable] = (),
) -> tuple[float, float]:
    """Percentiles of the mean when seeds and languages are drawn again, each independently of the other.

    `families`, one for each language: whole families are drawn, since their languages are not independent.
    """
    table = np.asarray(gains, np.float64)
    rng = np.random.default_rng(seed)
    seed_weights = _weights(rng, np.arange(len(table)), draws) / len(table)
    groups = np.unique([str(one) for one in families], return_inverse=True)[1] if len(families) else None
    lang_weights = np.ones((draws, table.shape[1]))
    if languages:
        lang_weights = _weights(rng, np.arange(table.shape[1]) if groups is None else groups, draws)
    lang_weights = lang_weights / lang_weights.sum(axis=1, keepdims=True)
    by_lang = seed_weights @ table
    means = (by_lang * lang_weights).sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _weights(rng: np.random.Generator, groups: NDArray[np.int64], draws: int) -> Floats:
    """How often each one is drawn: its group, as many times as there are groups."""
    count = int(groups.max()) + 1
    drawn = rng.integers(count, size=(draws, count))
    flat = np.bincount((drawn + count * np.arange(draws)[:, None]).ravel(), minlength=draws * count)
    return flat.reshape(draws, count)[:, groups].astype(np.float64)
