"""Where encoders come from: the one that ships, a folder, or the Hub. Finds and checks files; loads no torch."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from xstilts.encoders.encoder import Encoder
from xstilts.errors import BadEncoder, unknown

SHIPPED = Path(__file__).parent
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
WANTED = (
    "config.json",
    "model*.safetensors",
    "model.safetensors.index.json",
    "tokenizer*.json",
    "special_tokens_map.json",
)
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")

KNOWN = {
    "lab": Encoder(name="lab", source="package:lab"),
    "xlm-roberta-base": Encoder(name="xlm-roberta-base", source="FacebookAI/xlm-roberta-base"),
    "xlm-roberta-large": Encoder(name="xlm-roberta-large", source="FacebookAI/xlm-roberta-large", retrieval_layer=14),
    "mbert": Encoder(name="mbert", source="google-bert/bert-base-multilingual-cased"),
}


def encoders() -> dict[str, Encoder]:
    """The encoders that have a short name."""
    return dict(KNOWN)


def encoder(name: str) -> Encoder:
    """The encoder of that short name, in that folder, or with that Hub id (`org/name`, `org/name@revision`)."""
    if name in KNOWN:
        return KNOWN[name]
    folder = Path(name).expanduser()
    if folder.is_dir():
        check_folder(folder)
        return Encoder(name=folder.resolve().name, source=str(folder))
    hub, _, revision = name.partition("@")
    if name.startswith((".", "/", "~")):
        raise BadEncoder(f"There is no folder {name}.", way_out="Check the path.")
    if HUB_ID.fullmatch(hub):
        return Encoder(name=hub.split("/")[1], source=hub, revision=revision)
    raise unknown("encoder", name, KNOWN)


def locate(encoder: Encoder) -> Path:
    """The checked folder with the encoder's files; a Hub encoder is fetched when it is not in the local cache."""
    if encoder.source.startswith("package:"):
        folder = SHIPPED / encoder.source.removeprefix("package:")
    elif Path(encoder.source).expanduser().is_dir():
        folder = Path(encoder.source).expanduser()
    elif HUB_ID.fullmatch(encoder.source):
        folder = _from_hub(encoder)
    else:
        raise BadEncoder(f"There is no folder {encoder.source}.", way_out="Check the path of the encoder.")
    check_folder(folder)
    return folder


def check_folder(folder: Path) -> None:
    """Raise BadEncoder unless the folder holds a readable config, whole safetensors weights and a tokenizer."""
    if not folder.is_dir():
        raise BadEncoder(f"There is no folder {folder}.", way_out="Check the path of the encoder.")
    config = folder / "config.json"
    if not config.is_file():
        raise BadEncoder(f"{folder} has no config.json.", way_out="Give a folder written by save_pretrained.")
    try:
        named = msgspec.json.decode(config.read_bytes(), type=dict[str, object]).get("model_type")
    except (msgspec.DecodeError, OSError) as error:
        raise BadEncoder(f"{config} is no JSON object: {error}.", way_out="Copy the encoder again.") from error
    if not named:
        raise BadEncoder(f"{config} names no model_type.", way_out="Give a folder written by save_pretrained.")
    weights = sorted(folder.glob("model*.safetensors"))
    if not weights:
        pickled = [path.name for pattern in PICKLES for path in folder.glob(pattern)]
        if pickled:
            raise BadEncoder(
                f"{folder} has only pickled weights ({pickled[0]}), and loading a pickle can run any code.",
                way_out="Convert them: load with transformers where you trust them and save_pretrained again.",
            )
        raise BadEncoder(f"{folder} has no model.safetensors.", way_out="Copy the encoder again.")
    for path in weights:
        _check_safetensors(path)
    if not (folder / "tokenizer.json").is_file():
        raise BadEncoder(
            f"{folder} has no tokenizer.json.",
            way_out="Save its fast tokenizer there: AutoTokenizer.from_pretrained(…).save_pretrained(folder).",
        )


def _check_safetensors(path: Path) -> None:
    """Compare the size that the header announces with the size of the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise BadEncoder(f"{path} is cut off or is no safetensors file.", way_out="Copy the encoder again.")
        try:
            header = msgspec.json.decode(file.read(length), type=dict[str, dict[str, object]])
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]  # type: ignore[index]
        except (msgspec.DecodeError, KeyError, IndexError, TypeError) as error:
            raise BadEncoder(f"{path} has a broken header.", way_out="Copy the encoder again.") from error
    if 8 + length + max(ends, default=0) != size:
        raise BadEncoder(f"{path} is cut off: {size} bytes where its header says more.", way_out="Copy it again.")


def _from_hub(encoder: Encoder) -> Path:
    # huggingface_hub takes 0.2 s to import, which commands that only list encoders should not pay.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(encoder.source, revision=encoder.revision or None, allow_patterns=list(WANTED)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BadEncoder(
            f"Cannot get {encoder.source} from the Hub: {reason.rstrip('.')}.",
            way_out="Check the id and the network, or give a local folder.",
        ) from error
