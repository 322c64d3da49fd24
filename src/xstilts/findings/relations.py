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

    With one grouping the likelihood needs a search over one number only, the ratio of the two variances. Errors are
    from the observed information: they allow for that ratio having been estimated from the same rows.
    """
    y, *columns, place = _whole([outcome, *variables.values(), _coded(groups)])
    x = np.column_stack([np.ones(len(y)), *columns])
    grouped = _Grouped(x, y, np.unique(place, return_inverse=True)[1], _free(x, variables))
    found = minimize_scalar(grouped.cost, bounds=(-16.0, 16.0), method="bounded", options={"xatol": 1e-8})
    value = grouped.best(found.x)
    variance = grouped.left(found.x, value) / grouped.df
    error = np.sqrt(np.diag(np.linalg.inv(grouped.information(found.x, value))))
    return Fit(
        slopes=_slopes(variables, value, error, 2 * ndtr(-np.abs(value / error))),
        n=len(y),
        groups=len(grouped.count),
        between=math.sqrt(variance * math.exp(found.x)),
        within=math.sqrt(variance),
    )


class _Grouped:
    """The likelihood of a level for each group, as a function of the log of the variances' ratio.

    Groups enter through their sums alone: x'V⁻¹x = x'x - Σ w s s', where w = ratio / (1 + count * ratio).
    """

    def __init__(self, x: Floats, y: Floats, place: NDArray[np.int64], df: int) -> None:
        self.count = np.bincount(place)
        self.df = df
        self.sums = np.zeros((len(self.count), x.shape[1]))
        np.add.at(self.sums, place, x)
        self.totals = np.bincount(place, weights=y)
        self.square, self.cross, self.whole = x.T @ x, x.T @ y, float(y @ y)

    def weight(self, log_ratio: float) -> Floats:
        ratio = math.exp(log_ratio)
        return np.asarray(ratio / (1 + self.count * ratio))

    def gram(self, log_ratio: float) -> Floats:
        return np.asarray(self.square - (self.sums * self.weight(log_ratio)[:, None]).T @ self.sums)

    def side(self, log_ratio: float) -> Floats:
        return np.asarray(self.cross - self.sums.T @ (self.weight(log_ratio) * self.totals))

    def best(self, log_ratio: float) -> Floats:
        return np.asarray(np.linalg.solve(self.gram(log_ratio), self.side(log_ratio)))

    def left(self, log_ratio: float, value: Floats) -> float:
        """The weighted sum of squares that is left over."""
        whole = self.whole - float(self.weight(log_ratio) @ self.totals**2)
        return max(whole - float(2 * value @ self.side(log_ratio) - value @ self.gram(log_ratio) @ value), 1e-300)

    def cost(self, log_ratio: float, value: Floats | None = None) -> float:
        """Minus the restricted log likelihood, up to a constant; at the best value, or at this one."""
        left = self.left(log_ratio, self.best(log_ratio) if value is None else value)
        levels = np.log1p(self.count * math.exp(log_ratio)).sum()
        return 0.5 * (self.df * math.log(left) + float(np.linalg.slogdet(self.gram(log_ratio))[1]) + float(levels))

    def information(self, log_ratio: float, value: Floats, step: float = 1e-3) -> Floats:
        """Of the slopes: what is left of it when the ratio is not known."""
        plain = self.df / self.left(log_ratio, value) * self.gram(log_ratio)
        low, here, high = (self.cost(log_ratio + shift, value) for shift in (-step, 0.0, step))
        bend = (low - 2 * here + high) / step**2
        pulls = [
            self.df / self.left(at, value) * (self.gram(at) @ value - self.side(at))
            for at in (log_ratio + step, log_ratio - step)
        ]
        along = (pulls[0] - pulls[1]) / (2 * step)
        # Where levels do not vary the likelihood is flat in the ratio, and there is nothing to allow for.
        return np.asarray(plain if bend < 1e-4 else plain - np.outer(along, along) / bend)


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
    return len(x) - int(x.shape[1])


def _coded(groups: Sequence[Hashable]) -> list[float]:
    codes: dict[Hashable, int] = {}
    return [float(codes.setdefault(one, len(codes))) for one in groups]


def _whole(columns: Sequence[Values]) -> list[Floats]:
    """The columns without rows in which one of them has nothing."""
    if len({len(column) for column in columns}) > 1:
        raise ValueError("columns of different length")
    table = np.array([[math.nan if one is None else float(one) for one in column] for column in columns], np.float64)
    return list(table[:, np.isfinite(table).all(axis=0)])
