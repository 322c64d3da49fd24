"""The tokenizer of a folder, read once a process: networks of the same tokenizer share one.

tokenizers 0.23 leaves the words that it has cached behind, in each of its threads, whenever a tokenizer goes (0.22 does
not): a worker that read one for each step grew by half a megabyte a step. XLM-R's 17 MB are not parsed again either.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tokenizers import Tokenizer

from xstilts.errors import BadEncoder

_read: dict[str, Tokenizer] = {}
"""By the sum of its file. None is ever let go: that would be the leak again."""


def read_tokenizer(folder: Path) -> Tokenizer:
    """The folder's tokenizer, without truncation and padding. Others have it too: leave it as it is."""
    path = folder / "tokenizer.json"
    try:
        content = path.read_bytes()
        known = hashlib.sha256(content).hexdigest()
        if known not in _read:
            tokenizer = Tokenizer.from_buffer(content)
            tokenizer.no_truncation()
            tokenizer.no_padding()
            _read[known] = tokenizer
        return _read[known]
    except Exception as error:  # the Rust side raises plain Exception
        raise BadEncoder(f"{path} cannot be read: {error}.", way_out="Copy the encoder again.") from error
