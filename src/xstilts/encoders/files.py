"""Networks from folders and to folders, in transformers' layout. Safetensors only; no code of a checkpoint is run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging as progress

from xstilts.encoders.catalogue import check_folder, locate
from xstilts.encoders.encoder import Encoder
from xstilts.encoders.network import LM_HEADS, Network
from xstilts.encoders.tokenizer import read_tokenizer
from xstilts.errors import BadEncoder
from xstilts.forms.form import Head

TOKENIZER_FILES = ("tokenizer_config.json", "special_tokens_map.json")
SPECIALS = {
    "bos_token": ("<s>",),
    "cls_token": ("<s>", "[CLS]"),
    "eos_token": ("</s>",),
    "sep_token": ("</s>", "[SEP]"),
    "pad_token": ("<pad>", "[PAD]"),
    "unk_token": ("<unk>", "[UNK]"),
    "mask_token": ("<mask>", "[MASK]"),
}


def load_network(encoder: Encoder, *, device: str = "cpu", dropout: float | None = None) -> Network:
    """The encoder's network without heads."""
    network = load_folder(locate(encoder), device=device)
    network.set_dropout(dropout)
    return network


def load_folder(folder: Path | str, *, device: str = "cpu") -> Network:
    """The network of a folder: an encoder as downloaded, or one that `save_network` wrote, heads included."""
    folder = Path(folder)
    check_folder(folder)
    model = _load_model(folder)
    tokenizer = read_tokenizer(folder)
    extras = {name: (folder / name).read_bytes() for name in TOKENIZER_FILES if (folder / name).is_file()}
    network = _on(model, tokenizer, device, extras)
    if tokenizer.get_vocab_size() > network.vocabulary:
        raise BadEncoder(
            f"{folder}: the tokenizer knows {tokenizer.get_vocab_size()} tokens, the weights {network.vocabulary}.",
            way_out="Give the tokenizer that belongs to these weights.",
        )
    _load_heads(network, folder)
    return network.train(False)


def fresh_network(config: PreTrainedConfig, tokenizer: Tokenizer, *, seed: int, device: str = "cpu") -> Network:
    """A network with new weights, masked-language head included where transformers has one for this kind of encoder."""
    factory: Any = AutoModelForMaskedLM if type(config) in MODEL_FOR_MASKED_LM_MAPPING else AutoModel
    with _own_randomness(seed):
        model = factory.from_config(config, attn_implementation=None)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return _on(model, tokenizer, device, {}).train(False)


def _on(model: PreTrainedModel, tokenizer: Tokenizer, device: str, extras: dict[str, bytes]) -> Network:
    network = Network(model, tokenizer, extras=extras)
    return network.to(device)


def save_network(network: Network, folder: Path | str, *, dtype: torch.dtype = torch.float32) -> None:
    """Write a folder that AutoModel, AutoTokenizer and `load_folder` can load."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in network.model.state_dict().items()
    }
    with _quiet():
        network.model.save_pretrained(folder, state_dict=weights, max_shard_size="100GB")
    (folder / "tokenizer.json").write_text(network.tokenizer.to_str(), encoding="utf-8")
    for name, content in ({"tokenizer_config.json": _tokenizer_config(network)} | network.extras).items():
        (folder / name).write_bytes(content)
    if network.kinds:
        (folder / "heads.json").write_bytes(msgspec.json.encode(network.kinds))
        save_file(
            {name: tensor.contiguous().cpu() for name, tensor in network.heads.state_dict().items()},
            folder / "heads.safetensors",
        )


def _load_model(folder: Path) -> PreTrainedModel:
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (ValueError, OSError, KeyError, TypeError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise BadEncoder(
            f"{folder / 'config.json'} cannot be used: {reason}", way_out="Update transformers or copy it again."
        ) from error
    factories = [AutoModelForMaskedLM, AutoModel] if type(config) in MODEL_FOR_MASKED_LM_MAPPING else [AutoModel]
    lacking: set[str] = set()
    factory: Any
    for factory in factories:
        try:
            with _own_randomness(0), _quiet():
                model: PreTrainedModel
                model, info = factory.from_pretrained(
                    folder,
                    config=config,
                    use_safetensors=True,
                    trust_remote_code=False,
                    output_loading_info=True,
                    ignore_mismatched_sizes=True,  # told below, in one line
                    dtype=torch.float32,
                )
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            reason = str(error).strip().splitlines()[0]
            raise BadEncoder(
                f"The weights in {folder} do not load: {reason}", way_out="Copy the encoder again."
            ) from error
        lacking = {name for name in info["missing_keys"] if "pooler" not in name}
        if info["mismatched_keys"]:
            raise BadEncoder(
                f"The weights in {folder} do not fit its config.json ({sorted(map(str, info['mismatched_keys']))[0]}).",
                way_out="Give the config.json that belongs to these weights.",
            )
        if not lacking:
            return model
        if factory is AutoModelForMaskedLM and all(_of_lm_head(name) for name in lacking):
            continue
        break
    raise BadEncoder(
        f"The weights in {folder} lack {len(lacking)} tensors of its config.json ({min(lacking)}).",
        way_out="Give the config.json that belongs to these weights.",
    )


def _of_lm_head(name: str) -> bool:
    return name.split(".")[0] in {part for parts in LM_HEADS for part in parts}


def _load_heads(network: Network, folder: Path) -> None:
    if not (folder / "heads.json").is_file():
        return
    try:
        kinds = msgspec.json.decode((folder / "heads.json").read_bytes(), type=dict[str, Head])
        weights = load_file(folder / "heads.safetensors")
        for name, head in kinds.items():
            network.add_head(name, head, seed=0)
        network.heads.load_state_dict(weights)
    except (msgspec.DecodeError, SafetensorError, OSError, RuntimeError) as error:
        raise BadEncoder(
            f"The heads in {folder} cannot be read: {error}", way_out="Remove heads.json to go without."
        ) from error


def _tokenizer_config(network: Network) -> bytes:
    known = {
        name: next((t for t in tokens if network.tokenizer.token_to_id(t) is not None), None)
        for name, tokens in SPECIALS.items()
    }
    named = {name: token for name, token in known.items() if token is not None}
    return msgspec.json.format(msgspec.json.encode({"tokenizer_class": "PreTrainedTokenizerFast"} | named), indent=2)


@contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """New weights come from the seed, and the caller's generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """transformers tells of missing and unused weights in tables; what matters of it becomes an error here."""
    logger = logging.getLogger("transformers")
    before, bars = logger.level, progress.is_progress_bar_enabled()
    logger.setLevel(logging.ERROR)
    progress.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logger.setLevel(before)
        if bars:
            progress.enable_progress_bar()  # type: ignore[no-untyped-call]
