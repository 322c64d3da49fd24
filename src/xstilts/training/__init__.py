"""How: mixtures, batches, the one training loop, prediction. Only values are imported here; the rest loads torch."""

from xstilts.training.health import Health
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Progress, Training

__all__ = ["Health", "Machine", "Mixture", "Progress", "Recipe", "Training"]
