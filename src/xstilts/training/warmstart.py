"""A warm start for a new encoder's word vectors, from which words stand together in the same line.

A line of one language with its translation counts as one document, so words and their translations start as
neighbours. That alignment is *given*, not learnt: whoever reports on an encoder that started so must say it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import svds
from tokenizers import Tokenizer

from xstilts.errors import BadInput

SMOOTHING = 0.75
"""Context probabilities to this power: rare contexts would else look too telling."""


def aligned_vectors(
    tokenizer: Tokenizer, documents: Sequence[str], *, width: int, spread: float, seed: int
) -> NDArray[np.float32]:
    """One vector a token: the truncated SVD of positive pointwise mutual information over documents.

    Every row is scaled to `spread` root mean square; tokens that never occur get noise of that size.
    """
    counts = _together(tokenizer, documents)
    size = counts.shape[0]
    if size <= width:
        raise BadInput(
            f"A vocabulary of {size} pieces is too small for vectors of width {width} to start from the text.",
            way_out="Give more text, a smaller width, or begin with random vectors (--no-warm-start).",
        )
    total = np.bincount(counts.row, counts.data, size)
    context = total**SMOOTHING
    context /= context.sum()
    information = np.log(counts.data / (total[counts.row] * context[counts.col]))
    kept = information > 0
    table = csr_matrix((information[kept], (counts.row[kept], counts.col[kept])), shape=counts.shape, dtype=np.float32)
    rng = np.random.default_rng(seed)
    left, strengths, _ = svds(table, k=width, rng=rng)
    vectors = left * np.sqrt(strengths)
    norms = np.sqrt((vectors**2).mean(axis=1, keepdims=True))
    noise = rng.normal(0, spread, vectors.shape)
    scaled = np.where(norms > 1e-6, vectors / np.maximum(norms, 1e-6) * spread, noise)
    return np.asarray(scaled, dtype=np.float32)


def _together(tokenizer: Tokenizer, documents: Sequence[str]) -> coo_matrix:
    """In how many documents each pair of different tokens occurs."""
    found = [sorted(set(one.ids)) for one in tokenizer.encode_batch(list(documents), add_special_tokens=False)]
    row = np.repeat(np.arange(len(found)), [len(ids) for ids in found])
    column = np.concatenate([np.asarray(ids, dtype=np.int64) for ids in found])
    shape = (len(found), tokenizer.get_vocab_size())
    occurs = csr_matrix((np.ones(len(column), np.float32), (row, column)), shape=shape)
    counts = (occurs.T @ occurs).tocoo()
    apart = counts.row != counts.col
    return coo_matrix((counts.data[apart], (counts.row[apart], counts.col[apart])), shape=counts.shape)
