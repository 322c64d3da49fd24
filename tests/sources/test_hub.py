"""The Hub, as a real server on loopback speaks it: what comes is whole and right, or one line says why not."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import huggingface_hub.utils
import polars
import pytest
from hub_server import COMMIT, OLDER
from hub_server import Hub as Server

from xstilts.errors import BadInput
from xstilts.forms import Classify, Text
from xstilts.identity import digest
from xstilts.sources import FirstOf, Hub, Mirror, Table, Texts, download, pin, reading
from xstilts.sources import source as one_of
from xstilts.sources.commits import last_commit
from xstilts.sources.here import here_only
from xstilts.sources.lookups import Lookups, looking
from xstilts.sources.table import _memory

FORM = Classify(labels=("no", "yes"), fields=("a", "b"))
REPO, PATH = "org/pairs", "sw/test-00000-of-00001.parquet"


def parquet(rows: int = 3, seed: int = 0) -> bytes:
    out = io.BytesIO()
    polars.DataFrame(
        {
            "a": [f"text {i} of {seed}" for i in range(rows)],
            "b": [f"other {i}" for i in range(rows)],
            "label": [i % 2 for i in range(rows)],
        }
    ).write_parquet(out, compression="uncompressed")
    return out.getvalue()


def source(revision: str = COMMIT, repo: str = REPO, path: str = "{lang}/test-00000-of-00001.parquet") -> Table:
    return Table(form=FORM, place=Hub(repo, revision, (path,)), columns=Texts())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are counted, not waited."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def server(hub: Server) -> Server:
    hub.put(REPO, PATH, parquet())
    return hub


def fails(one: Table, *words: str) -> str:
    with pytest.raises(BadInput) as caught:
        one.read("sw")
    said = str(caught.value)
    assert "\n" not in said
    assert caught.value.way_out
    for word in words:
        assert word in said
    return said


def test_rows_of_a_parquet_file_become_examples(server: Server) -> None:
    rows = source().read("sw")
    assert rows[1] == Text("2", ("text 1 of 0", "other 1"), "yes")
    assert len(rows) == 3


def test_a_pinned_commit_is_what_is_read_and_is_not_asked_for_twice(server: Server) -> None:
    server.put(REPO, PATH, parquet(5, seed=1), OLDER)
    assert len(source(OLDER).read("sw")) == 5
    assert len(source().read("sw")) == 3
    server.asked.clear()
    source().pin(["sw"])
    source(OLDER).place.find("sw")
    path = download.fetch(source().pin(["sw"]).files["sw/"][0])
    assert path.is_file()
    assert server.asked == []


def test_a_branch_is_looked_up_and_its_commit_is_the_identity(server: Server) -> None:
    pinned = source("main").pin(["sw"])
    assert f"@{COMMIT}/" in pinned.files["sw/"][0].content
    assert digest(pinned) == digest(source().pin(["sw"]))
    server.put(REPO, PATH, parquet(5), OLDER)
    server.refs[REPO, "main"] = OLDER
    assert digest(source("main").pin(["sw"])) != digest(pinned)
    assert len(pinned.read("sw")) == 3


def test_a_connection_cut_half_way_goes_on_where_it_broke(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is kept of a broken connection is whole chunks, which are 10 MB outside this test.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)
    server.put(REPO, PATH, parquet(4000))
    server.cuts = [50_000]
    assert len(source().read("sw")) == 4000
    assert ("GET", f"/datasets/{REPO}/resolve/{COMMIT}/{PATH}", "bytes=50000-") in server.asked


def test_a_connection_that_is_cut_every_time_leaves_no_file(server: Server, tmp_path: Path) -> None:
    server.cuts = [0] * 200
    fails(source(), "failed 4 times", "run the same command again")
    whole = [path for path in (tmp_path / "hub").rglob("*") if path.is_file() and "incomplete" not in path.name]
    assert [path for path in whole if path.suffix == ".parquet" or len(path.name) == 64] == []
    server.cuts.clear()
    assert len(source().read("sw")) == 3


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_busy_server_is_waited_for_as_it_says(server: Server, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    server.busy = [(method, 7)] * 2
    assert len(source().read("sw")) == 3
    if hasattr(huggingface_hub.utils._http, "_parse_retry_after"):  # older versions wait as they see fit
        assert any(7 <= wait <= 9 for wait in waits)


def test_a_server_that_stays_busy_is_given_up(server: Server) -> None:
    server.busy = [("HEAD", 1)] * 100
    fails(source(), "429", "later")
    assert len([one for one in server.asked if one[0] == "HEAD"]) < 60


def test_unknown_repository_revision_and_file(server: Server) -> None:
    fails(source(repo="org/nothing"), "no repository org/nothing")
    fails(source("c" * 40), "no revision")
    fails(source(repo="org/no--thing"), "cannot be the name")
    fails(source(path="{lang}/train.parquet"), "no file sw/train.parquet")


def test_a_gated_repository_says_how_to_get_in(server: Server) -> None:
    server.gated.add(REPO)
    fails(source(), "gated", "HF_TOKEN")


def test_the_token_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    source().read("sw")
    assert set(server.tokens) == {"Bearer hf_secret"}


@pytest.mark.parametrize("git_sums", [False, True])
def test_the_right_size_with_the_wrong_sum_is_refused_and_forgotten(server: Server, git_sums: bool) -> None:
    server.wrong_sum, server.git_sums = True, git_sums
    fails(source(), "wrong sum")
    server.wrong_sum = False
    assert len(source().read("sw")) == 3


def test_offline_after_a_download_reads_the_cache(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = source("main").pin(["sw"])
    pinned.read("sw")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    server.asked.clear()
    assert download.fetch(pinned.files["sw/"][0]).is_file()
    assert server.asked == []


def test_offline_without_a_file_says_so(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    fails(Table(form=FORM, place=Hub(REPO, COMMIT, ("other.parquet",)), columns=Texts()), "HF_HUB_OFFLINE", "cache")
    fails(source("v1"), "HF_HUB_OFFLINE", "commit of 40 digits")
    assert server.asked == []


def test_whoever_only_looks_at_results_fetches_nothing(server: Server) -> None:
    with here_only(), pytest.raises(BadInput, match="cache"):
        source().read("sw")
    assert server.asked == []
    source().read("sw")
    _memory.kept.clear()
    server.asked.clear()
    with here_only():
        assert len(source().read("sw")) == 3
    assert server.asked == []


def test_an_unreachable_server_is_no_traceback(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    fails(source(), "failed", "network")


def test_parquet_that_is_none(server: Server) -> None:
    server.put(REPO, PATH, b"<html>Sign in</html>")
    fails(source(), "no Parquet file")


def test_the_mirror_comes_first_and_the_hub_second(server: Server, mirror: Any) -> None:
    both = one_of(FORM, Texts(), Mirror("pairs", "test"), Hub(REPO, COMMIT, ("{lang}/test-00000-of-00001.parquet",)))
    assert isinstance(both, FirstOf)
    server.put(REPO, "de/test-00000-of-00001.parquet", parquet(5))
    mirror("pairs/sw.test.jsonl.gz", {"a": "mirrored", "b": "x", "label": 0})
    assert both.read("sw")[0].texts[0] == "mirrored"
    assert len(both.read("de")) == 5
    content = {lang: one.files[f"{lang}/"][0].content[:4] for lang, one in pin(both, ["sw", "de"]).sources.items()}
    assert content == {"sw": "sha2", "de": "hub:"}
    assert reading(both, "de").rows == 5


def all_shards(revision: str = COMMIT) -> Table:
    return source(revision, path="{lang}/train/*.parquet")


@pytest.fixture
def sharded(server: Server) -> Server:
    """Three shards, and what is none; the server lists one file a page."""
    for number in (2, 0, 1):
        server.put(REPO, f"sw/train/{number:04d}.parquet", parquet(2 + number, seed=number))
    server.put(REPO, "sw/train/README.md", b"none of it")
    return server


def test_all_shards_of_a_split_are_read_in_order(sharded: Server) -> None:
    done = reading(all_shards(), "sw")
    assert [file.name for file in done.files] == [f"{REPO}/sw/train/{n:04d}.parquet" for n in range(3)]
    assert len(done.examples) == 9 and done.examples[2].texts[0] == "text 0 of 1"
    assert [one.id for one in done.examples] == [str(n) for n in range(1, 10)]
    sharded.put(REPO, "de/train/0000.parquet", parquet())
    named = source(path="{lang}/train/0000.parquet").pin(["de"])
    assert digest(all_shards().pin(["de"])) == digest(named), "what counts is the files, however they were named"


def test_shards_are_listed_once_and_known_offline(sharded: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    all_shards().pin(["sw"])
    sharded.asked.clear()
    assert len(all_shards().pin(["sw"]).files["sw/"]) == 3 and sharded.asked == []
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert len(all_shards().pin(["sw"]).files["sw/"]) == 3
    fails(source(path="{lang}/test/*.parquet"), "HF_HUB_OFFLINE", "never looked up")


def test_a_pattern_that_nothing_bears_is_refused(sharded: Server) -> None:
    fails(source(path="{lang}/train/*.csv"), "no file sw/train/*.csv")
    fails(source(path="{lang}/nowhere/*.parquet"), "no file sw/nowhere/*.parquet")
    sharded.busy = [("GET", 1)] * 2
    sharded.put(REPO, "fr/train/0000.parquet", parquet())
    assert len(all_shards().read("sw")) == 9, "a busy server is waited for"


def test_a_plan_lists_shards_only_when_it_may_ask(sharded: Server) -> None:
    with looking(Lookups()) as silent:
        assert all_shards("main").pin(["sw"]).files["sw/"][0].content.endswith("@main/sw/train/*.parquet")
        assert all_shards().pin(["sw"]).files["sw/"][0].content.endswith("/sw/train/*.parquet")
    assert silent.open == (f"{REPO}@main", f"{REPO}@{COMMIT[:12]}/sw/train/*.parquet") and sharded.asked == []
    with looking(Lookups(network=True)) as told:
        found = all_shards("main").pin(["sw"])
    assert len(found.files["sw/"]) == 3 and told.open == ()
    sharded.asked.clear()
    with looking(Lookups(told.seen)) as later:
        assert digest(all_shards("main").pin(["sw"])) == digest(found)
    assert later.open == () and sharded.asked == []


def test_what_a_branch_stood_for_is_remembered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert last_commit("dataset", REPO, "main") == ""
    source("main").pin(["sw"])
    assert last_commit("dataset", REPO, "main") == COMMIT
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    server.asked.clear()
    assert len(source("main").pin(["sw"]).files["sw/"]) == 1 and server.asked == []


def test_whether_a_repository_is_gated_is_asked(server: Server) -> None:
    assert download.standing("dataset", REPO, "main") == (COMMIT, "")
    server.gated.add(REPO)
    assert download.standing("dataset", REPO, "main") == (COMMIT, "manual")
