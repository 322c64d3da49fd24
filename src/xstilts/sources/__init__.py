"""Where real rows come from: a local mirror, the Hugging Face Hub, or files of one's own; checked on the way in."""

from xstilts.sources.columns import Odd, Options, Questions, Running, Texts, Words
from xstilts.sources.found import Found, Row
from xstilts.sources.hub import Hub
from xstilts.sources.leaks import Leak, Summed, leak
from xstilts.sources.lines import Asked, Mined, Parallel
from xstilts.sources.matches import Answering, Matched
from xstilts.sources.mentions import Linked
from xstilts.sources.mirror import Mirror, mirror_folder
from xstilts.sources.own import Own
from xstilts.sources.parts import HeldOut
from xstilts.sources.several import Each, FirstOf, Joined, source
from xstilts.sources.table import Pinned, Reading, Table, pin, reading
from xstilts.sources.where import Where

__all__ = [
    "Answering",
    "Asked",
    "Each",
    "FirstOf",
    "Found",
    "HeldOut",
    "Hub",
    "Joined",
    "Leak",
    "Linked",
    "Matched",
    "Mined",
    "Mirror",
    "Odd",
    "Options",
    "Own",
    "Parallel",
    "Pinned",
    "Questions",
    "Reading",
    "Row",
    "Running",
    "Summed",
    "Table",
    "Texts",
    "Where",
    "Words",
    "leak",
    "mirror_folder",
    "pin",
    "reading",
    "source",
]
