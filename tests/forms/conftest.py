"""Two tiny tokenizers: one dressed like XLM-R's (Metaspace BPE, <s> a </s></s> b </s>), one like BERT's."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

LINES = [
    "The river runs past the old mill and the quiet town",
    "Der Fluss fließt an der alten Mühle vorbei",
    "Who built the mill in 1887? Anna Berg built it.",
    "河流经过老磨坊和安静的小镇",
    "แม่น้ำไหลผ่านโรงสีเก่า",
]


MERGES = [("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("m", "i"), ("l", "l"), ("mi", "ll"), ("1", "8"), ("老", "磨")]
WORDS = ["the", "river", "mill", "town", "##er", "##ill", "18", "built"]
SIGNS = sorted({sign for line in LINES for sign in line if not sign.isspace()})


def _numbered(tokens: list[str]) -> dict[str, int]:
    return {token: place for place, token in enumerate(dict.fromkeys(tokens))}


@pytest.fixture(scope="session")
def roberta() -> Tokenizer:
    """Pieces of a few characters, a space sign, segment numbers all 0."""
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocab = _numbered([*specials, "▁", *SIGNS, *(left + right for left, right in MERGES)])
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=MERGES, unk_token="<unk>"))
    tokenizer.add_special_tokens(specials)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B:0 </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tokenizer


@pytest.fixture(scope="session")
def bert() -> Tokenizer:
    """Lower case without accents, whole words and pieces of them, segment numbers 0 and 1."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    small = sorted({sign for one in SIGNS for sign in one.lower()})
    vocab = _numbered([*specials, *small, *(f"##{sign}" for sign in small), *WORDS])
    tokenizer = Tokenizer(models.WordPiece(vocab=vocab, unk_token="[UNK]"))
    tokenizer.add_special_tokens(specials)
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


@pytest.fixture(params=["roberta", "bert"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    """Each of the two."""
    found: Tokenizer = request.getfixturevalue(request.param)
    return found
