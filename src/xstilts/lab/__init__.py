"""The lab: an artificial world with a dozen invented languages, and every task of the field in miniature in it."""

from xstilts.lab.source import LabSource, LabText
from xstilts.lab.tongue import PIVOT, tongues
from xstilts.lab.world import World

__all__ = ["PIVOT", "LabSource", "LabText", "World", "tongues"]
