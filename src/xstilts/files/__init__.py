"""Files that survive a crash, and claims on work."""

from xstilts.files.claim import Claim, Holder
from xstilts.files.whole import append_line, content_hash, read_json, write_atomic, write_json

__all__ = ["Claim", "Holder", "append_line", "content_hash", "read_json", "write_atomic", "write_json"]
