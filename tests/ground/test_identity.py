"""identity: equal values have equal digests everywhere; what has no stable form is refused and its place is named."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xstilts
from xstilts.errors import XstiltsError
from xstilts.identity import NoStableForm, canonical, digest


class Stone(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    weight: float = 1.0
    traits: dict[str, Any] = {}
    about: str = ""
    __notes__: ClassVar[tuple[str, ...]] = ("about",)


class Pebble(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    weight: float = 1.0
    traits: dict[str, Any] = {}


class Tagged(msgspec.Struct, frozen=True, tag="stone"):
    name: str


class Folder(msgspec.Struct, frozen=True):
    path: str
    hash: str

    def __identity__(self) -> Any:
        return {"content": self.hash}


@dataclass
class Loose:
    name: str


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_struct_is_its_tag_and_its_fields() -> None:
    assert canonical(Stone(name="a", weight=2.5)) == b'Stone{"name":"a","traits":{},"weight":2.5}'
    assert canonical(Tagged("a")) == b'stone{"name":"a"}'
    assert canonical(Stone(name="a")) != canonical(Pebble(name="a"))
    assert canonical(Pebble(name="a")) != canonical({"name": "a", "weight": 1.0, "traits": {}})


def test_notes_bear_no_identity() -> None:
    assert digest(Stone(name="a", about="grey")) == digest(Stone(name="a", about="green"))
    assert digest(Stone(name="a")) != digest(Stone(name="b"))


def test_a_value_may_say_what_it_is() -> None:
    assert digest(Folder("/here", "abc")) == digest(Folder("/there", "abc")) == digest({"content": "abc"})
    assert digest(Folder("/here", "abc")) != digest(Folder("/here", "abd"))


def test_numbers_are_what_they_are_worth() -> None:
    assert canonical(2.0) == canonical(2) == b"2"
    assert canonical(-0.0) == canonical(0)
    assert canonical(1e-5) == b"1e-05"
    assert canonical(True) != canonical(1)
    assert canonical("1") != canonical(1)
    assert canonical(None) != canonical("null")


def test_order_of_keys_does_not_matter_and_order_of_items_does() -> None:
    assert canonical({"a": 1, "b": [1, 2]}) == canonical({"b": (1, 2), "a": 1})
    assert canonical([1, 2]) != canonical([2, 1])
    assert canonical([[1], 2]) != canonical([1, [2]])


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, {2, 3}]}, "'a[1]'"),
        (Stone(name="a", traits={"hue": b"x"}), "'traits.hue'"),
        ({"rate": float("nan")}, "'rate'"),
        ({"rate": [float("inf")]}, "'rate[0]'"),
        (Stone(name="a", traits={"where": Path("x")}), "'traits.where'"),
        ({"a": {1: 2}}, "'a'"),
        (len, "The value"),
        (lambda: 0, "The value"),
        (Loose("a"), "The value"),
        ({"a": object()}, "'a'"),
        ({"a": 1j}, "'a'"),
    ],
)
def test_what_has_no_stable_form_is_refused_by_place(value: Any, place: str) -> None:
    with pytest.raises(TypeError) as caught:
        digest(value)
    assert place in str(caught.value)
    assert isinstance(caught.value, NoStableForm)
    assert isinstance(caught.value, XstiltsError)


def test_numpy_scalars_are_refused() -> None:
    numpy = pytest.importorskip("numpy")
    for value in (numpy.float64(0.5), numpy.int64(1), numpy.zeros(1)):
        with pytest.raises(NoStableForm, match="numpy"):
            digest({"a": value})


@given(plain)
def test_digests_are_short_and_repeatable(value: Any) -> None:
    assert canonical(value) == canonical(copy.deepcopy(value))
    assert len(digest(value)) == 16
    assert digest(value, length=64).startswith(digest(value))


@given(plain, plain)
def test_different_values_have_different_forms(one: Any, other: Any) -> None:
    if canonical(one) == canonical(other):
        assert one == other


@pytest.mark.parametrize("length", [0, 7, 65])
def test_a_digest_has_a_sensible_length(length: int) -> None:
    with pytest.raises(ValueError, match="digits"):
        digest(1, length=length)


def _ask(seed: str, program: str) -> str:
    home = str(Path(xstilts.__file__).parent.parent)
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": home}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_equal_in_processes_with_different_hash_seeds() -> None:
    program = (
        "from xstilts.identity import digest; from xstilts.training.recipe import Recipe;"
        "print(digest([Recipe(rate=1e-3), {k: k for k in {'b', 'a', 'ö', 'sw'}}], length=64))"
    )
    seen = {_ask(seed, program) for seed in ("0", "1", "4711")}
    assert len(seen) == 1
    assert len(seen.pop()) == 64


def test_known_digests_do_not_move() -> None:
    """Digests name folders of records that exist: if one of these moves, say so under 'Numbers that change'."""
    assert digest(None) == "74234e98afe7498f"
    assert canonical({"ö": [1, 2.5, "a", False]}) == b'{"\\u00f6":[1,2.5,"a",false]}'
    assert (
        canonical(Stone(name="sw", traits={"b": 1, "a": None}))
        == b'Stone{"name":"sw","traits":{"a":null,"b":1},"weight":1}'
    )


class Older(msgspec.Struct, frozen=True, tag="grown"):
    size: int


class Grown(msgspec.Struct, frozen=True, tag="grown"):
    size: int
    colour: str = "grey"
    sides: int = 4
    __later__: ClassVar[tuple[str, ...]] = ("colour", "sides")


def test_a_field_that_came_later_bears_no_identity_at_its_default() -> None:
    assert canonical(Grown(3)) == canonical(Older(3))
    assert digest(Grown(3, "red")) != digest(Grown(3))
    assert canonical(Grown(3, sides=5)) == b'grown{"sides":5,"size":3}'
