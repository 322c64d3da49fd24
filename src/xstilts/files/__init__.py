"""Files that survive a crash, and claims on work."""

from xstilts.files.claim import Claim, Holder, Sightings, steady
from xstilts.files.once import Twice, once
from xstilts.files.sums import Sum, damage, sums
from xstilts.files.whole import append_line, content_hash, read_json, read_whole, write_atomic, write_json

__all__ = [
    "Claim", "Holder", "Sightings", "Sum", "Twice", "append_line", "content_hash", "damage", "once", "read_json",
    "read_whole", "steady", "sums", "write_atomic", "write_json",
]  # fmt: skip
