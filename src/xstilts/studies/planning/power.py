"""How small a gain a study can see: from the number of its seeds, before anything runs."""

from __future__ import annotations

import math

import msgspec

SPREAD = 1.0
"""Points by which a paired gain is assumed to vary from seed to seed (standard deviation). A setting: a study that is
done tells its own."""
TABLE = {
    2: (8.985, 11.550), 3: (2.484, 3.264), 4: (1.591, 2.128), 5: (1.242, 1.682), 6: (1.049, 1.435),
    7: (0.925, 1.273), 8: (0.836, 1.156), 9: (0.769, 1.067), 10: (0.715, 0.996), 11: (0.672, 0.938),
    12: (0.635, 0.889), 13: (0.604, 0.847), 14: (0.577, 0.810), 15: (0.554, 0.778), 16: (0.533, 0.749),
    17: (0.514, 0.724), 18: (0.497, 0.701), 19: (0.482, 0.680), 20: (0.468, 0.660), 21: (0.455, 0.643),
    22: (0.443, 0.626), 23: (0.432, 0.611), 24: (0.422, 0.597), 25: (0.413, 0.584), 26: (0.404, 0.572),
    27: (0.396, 0.560), 28: (0.388, 0.549), 29: (0.380, 0.539), 30: (0.373, 0.529),
}  # fmt: skip
"""Seeds → half the 95 % interval of a mean gain, and the true gain that a two-sided paired t test at 5 % finds with a
power of 80 %, both in standard deviations of the gain. A table, since the library that computes it takes longer to
load than a plan to make; tests compute it again."""


class Detectable(msgspec.Struct, frozen=True, kw_only=True):
    """What so many seeds can see."""

    seeds: int
    half: float
    """Half the 95 % interval, in standard deviations: a true gain that large is found in about half of all studies."""
    gain: float
    """The true gain that is found in 80 % of all studies, in standard deviations."""
    spread: float
    """The standard deviation that is assumed, in points."""

    @property
    def points(self) -> float:
        """The minimum detectable gain in points."""
        return self.gain * self.spread


def detectable(seeds: int, *, spread: float = SPREAD) -> Detectable | None:
    """The minimum detectable gain; None: one seed sees nothing."""
    if seeds < 2:
        return None
    half, gain = TABLE.get(seeds) or (1.96 / math.sqrt(seeds - 2), 2.8 / math.sqrt(seeds - 2))
    return Detectable(seeds=seeds, half=half, gain=gain, spread=spread)
