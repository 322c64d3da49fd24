"""What goes with what: rank correlation, a line through several variables, and one with languages of their own level.

    spearman(gain, distance)                              rho, its p, and over how many
    least_squares(gain, {"distance": …, "latin": …})      a coefficient each, with its error and p
    random_intercepts(score, {"overlap": …}, languages)   the same where every language has a level of its own

Rows in which a value is missing are left out, and `n` says how many were used. None of these knows what causes what.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, stdtr

from xstilts.errors import BadInput

Floats = NDArray[np.float64]
Values = Sequence[float | None]


class Correlation(msgspec.Struct, frozen=True):
    """Spearman's rank correlation."""

    rho: float | None
    """None where one side never varies, or where there are fewer than three pairs."""
    p: float | None
    """Two-sided, from t with n - 2 degrees of freedom."""
    n: int


class Slope(msgspec.Struct, frozen=True):
    """What one more of a variable adds, the others held."""

    value: float
    error: float
    p: float
    """Two-sided."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted line."""

    slopes: dict[str, Slope]
    """By variable; `intercept` is one of them."""
    n: int
    groups: int = 0
    """How many had a level of their own."""
    between: float = 0.0
    """The standard deviation of those levels."""
    within: float = 0.0
    """The standard deviation of what is left."""


def spearman(first: Values, second: Values) -> Correlation:
    """The rank correlation of two lists; equal values share their ranks."""
    x, y = _whole([first, second])
    n = len(x)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(None, None, n)
    rho = float(np.corrcoef(ranks(x), ranks(y))[0, 1])
    rest = max(1 - rho**2, 0.0)
    t = math.inf if rest == 0 else abs(rho) * math.sqrt((n - 2) / rest)
    return Correlation(rho, 2 * float(stdtr(n - 2, -t)), n)


def ranks(values: Sequence[float] | Floats) -> Floats:
    """Ranks from 1 on; equal values get their mean."""
    _, place, count = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], np.float64)


def least_squares(outcome: Values, variables: Mapping[str, Values]) -> Fit:
    """Ordinary least squares with an intercept; p from t."""
    y, *columns = _whole([outcome, *variables.values()])
    x = np.column_stack([np.ones(len(y)), *columns])
    df = _free(x, variables)
    inverse = np.linalg.inv(x.T @ x)
    value = inverse @ x.T @ y
    left = float(((y - x @ value) ** 2).sum()) / df
    error = np.sqrt(left * np.diag(inverse))
    p = 2 * stdtr(df, -np.abs(value / error))
    return Fit(slopes=_slopes(variables, value, error, p), n=len(y), within=math.sqrt(left))


def random_intercepts(outcome: Values, variables: Mapping[str, Values], groups: Sequence[Hashable]) -> Fit:
    """A linear mixed model: a level of its own for each group, drawn from a normal distribution; REML; p from z.

    With one grouping the likelihood needs a search over one number only, the ratio of the two variances.
    """
    y, *columns, place = _whole([outcome, *variables.values(), _coded(groups)])
    x = np.column_stack([np.ones(len(y)), *columns])
    df = _free(x, variables)
    _, place, count = np.unique(place, return_inverse=True, return_counts=True)
    # Groups enter through their sums alone: x'x - Σ w_g s_g s_g', with w_g = ratio / (1 + n_g ratio).
    sums = np.zeros((len(count), x.shape[1]))
    np.add.at(sums, place, x)
    totals = np.bincount(place, weights=y)
    square, cross, whole = x.T @ x, x.T @ y, float(y @ y)

    def solved(ratio: float) -> tuple[Floats, Floats, float]:
        weight = ratio / (1 + count * ratio)
        gram = square - (sums * weight[:, None]).T @ sums
        side = cross - sums.T @ (weight * totals)
        value = np.linalg.solve(gram, side)
        return gram, value, whole - float(weight @ totals**2) - float(side @ value)

    def cost(log_ratio: float) -> float:
        ratio = math.exp(log_ratio)
        gram, _, left = solved(ratio)
        return float(df * math.log(max(left, 1e-300)) + np.linalg.slogdet(gram)[1] + np.log1p(count * ratio).sum())

    found = minimize_scalar(cost, bounds=(-16.0, 16.0), method="bounded", options={"xatol": 1e-8})
    ratio = math.exp(found.x)
    gram, value, left = solved(ratio)
    variance = left / df
    error = np.sqrt(variance * np.diag(np.linalg.inv(gram)))
    p = 2 * ndtr(-np.abs(value / error))
    return Fit(
        slopes=_slopes(variables, value, error, p),
        n=len(y),
        groups=len(count),
        between=math.sqrt(variance * ratio),
        within=math.sqrt(variance),
    )


def _slopes(variables: Mapping[str, Values], value: Floats, error: Floats, p: Floats) -> dict[str, Slope]:
    names = ("intercept", *variables)
    return {name: Slope(*map(float, row)) for name, *row in zip(names, value, error, p, strict=True)}


def _free(x: Floats, variables: Mapping[str, Values]) -> int:
    """Degrees of freedom, once it is sure that there are some and that no variable follows from the others."""
    if len(x) <= x.shape[1]:
        raise BadInput(
            f"{len(x)} complete rows are too few for {len(variables)} variables.", way_out="Leave variables out."
        )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise BadInput(
            f"One of {', '.join(variables)} never varies, or follows from the others.", way_out="Leave it out."
        )
    return len(x) - x.shape[1]


def _coded(groups: Sequence[Hashable]) -> list[float]:
    codes: dict[Hashable, int] = {}
    return [float(codes.setdefault(one, len(codes))) for one in groups]


def _whole(columns: Sequence[Values]) -> list[Floats]:
    """The columns without rows in which one of them has nothing."""
    if len({len(column) for column in columns}) > 1:
        raise ValueError("columns of different length")
    table = np.array([[math.nan if one is None else float(one) for one in column] for column in columns], np.float64)
    return list(table[:, np.isfinite(table).all(axis=0)])
