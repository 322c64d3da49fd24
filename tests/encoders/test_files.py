"""Networks from and to folders, and what is said of folders that are not whole."""

import json
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

from xstilts.encoders import Encoder, encoder, locate
from xstilts.encoders.files import load_folder, load_network, save_network
from xstilts.errors import BadEncoder, UnknownName
from xstilts.forms.form import Head
from xstilts.training.batches import take


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    network = tiny.network()
    network.add_head("nli", Head("sequence", 3), seed=1)
    network.add_head("qa", Head("span", 2), seed=1)
    save_network(network, tmp_path / "encoder")
    return tmp_path / "encoder"


@pytest.mark.parametrize("kind", ["xlmr", "bert", "modernbert"])
def test_round_trip(tmp_path: Path, kind: str) -> None:
    network = tiny.network(kind)
    network.add_head("nli", Head("sequence", 3), seed=1)
    save_network(network, tmp_path)
    again = load_folder(tmp_path)
    batch = take(tiny.rows(6), np.arange(6), pad=network.pad_id)
    assert torch.equal(network.outputs("nli", batch), again.outputs("nli", batch))
    assert again.kinds == network.kinds and again._lm == network._lm and again.packs
    assert again.special_ids == network.special_ids and again.mask_id == 4


def test_one_tokenizer_for_all_networks_of_a_folder(folder: Path, tmp_path: Path) -> None:
    first = load_folder(folder)
    assert load_folder(folder).tokenizer is first.tokenizer
    save_network(first, tmp_path / "again")
    assert load_folder(tmp_path / "again").tokenizer is load_folder(tmp_path / "again").tokenizer
    told = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(told | {"truncation": None, "pre_tokenizer": None}))
    other = load_folder(folder).tokenizer
    assert other is not first.tokenizer and other.pre_tokenizer is None


def test_transformers_loads_it(folder: Path) -> None:
    network, body, tokenizer = (
        load_folder(folder),
        AutoModel.from_pretrained(folder),
        AutoTokenizer.from_pretrained(folder),
    )
    ids = tokenizer("w7 w8", return_tensors="pt")["input_ids"]
    assert ids.tolist() == [[0, 7, 8, 2]] and tokenizer.mask_token == "<mask>" and tokenizer.pad_token_id == 1
    batch = take(tiny.rows(1), np.arange(1), pad=1)
    expected = body(batch.tokens[None]).last_hidden_state[0]
    torch.testing.assert_close(network.hidden(batch), expected, rtol=1e-4, atol=1e-5)


def test_half_precision_on_disk(tmp_path: Path) -> None:
    save_network(tiny.network(), tmp_path, dtype=torch.float16)
    assert {t.dtype for t in load_file(tmp_path / "model.safetensors").values()} == {torch.float16}
    assert next(load_folder(tmp_path).parameters()).dtype == torch.float32


def test_a_body_alone_gets_no_own_language_head(tmp_path: Path, folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    body = {name.removeprefix("roberta."): weight for name, weight in weights.items() if "lm_head" not in name}
    save_file(body, folder / "model.safetensors", {"format": "pt"})
    network = load_folder(folder)
    assert network._lm == ()
    batch = take(tiny.rows(3), np.arange(3), pad=1)
    (folder / "heads.json").unlink()
    torch.testing.assert_close(network.hidden(batch), tiny.network().hidden(batch))


def break_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def no_type(folder: Path) -> None:
    (folder / "config.json").write_text("{}")


def strange_type(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "no-such-thing"}')


def cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def cut_short(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"abc")


def only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def broken_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


def more_layers(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"num_hidden_layers": 3}))


def wider(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hidden_size": 64}))


def broken_heads(folder: Path) -> None:
    (folder / "heads.safetensors").write_bytes(b"")


BROKEN = {
    break_json: "config.json", no_type: "model_type", strange_type: "config.json", cut_off: "cut off",
    cut_short: "cut off", only_pickle: "pickle", no_tokenizer: "tokenizer.json", broken_tokenizer: "tokenizer.json",
    more_layers: "lack", wider: "fit", broken_heads: "heads",
}  # fmt: skip


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
def test_damaged_folders_are_told(folder: Path, damage) -> None:
    damage(folder)
    with pytest.raises(BadEncoder, match=BROKEN[damage]) as caught:
        load_folder(folder)
    assert caught.value.way_out and len(str(caught.value)) < 500


def test_a_missing_config_is_told(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(BadEncoder, match=r"no config\.json"):
        encoder(str(folder))


def test_names(folder: Path) -> None:
    found = encoder(str(folder))
    assert found.name == "encoder" and locate(found) == folder
    assert load_network(found, dropout=0.0).head_dropout == 0.0
    assert encoder("xlm-roberta-large").retrieval_layer == 14
    hub = encoder("some-org/some-model@abc")
    assert (hub.source, hub.revision, hub.name) == ("some-org/some-model", "abc", "some-model")
    with pytest.raises(UnknownName, match="'lab'"):
        encoder("labb")
    with pytest.raises(BadEncoder, match="no folder"):
        encoder("./nowhere")


def test_retrieval_layer() -> None:
    network = tiny.network()
    assert network.layer_for(Encoder(name="x", source="x")) == 1
    assert network.layer_for(Encoder(name="x", source="x", retrieval_layer=0)) == 0
