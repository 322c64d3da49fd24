"""The lab: an artificial world with a dozen invented languages, in which every task of the field exists in miniature."""

from xstilts.lab.source import LabSource
from xstilts.lab.tongue import PIVOT, tongues
from xstilts.lab.world import World

__all__ = ["PIVOT", "LabSource", "World", "tongues"]
