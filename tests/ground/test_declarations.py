"""Strict reading: a wrong key or type is refused with its place, and the nearest name is offered."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from xstilts.declared import check_keys, convert
from xstilts.errors import BadInput, BadStudy


class Thing(msgspec.Struct, frozen=True):
    name: str
    sizes: tuple[int, ...] = ()


def test_a_near_key_is_offered() -> None:
    with pytest.raises(BadInput, match=r"x\.toml has an unknown key 'siezs' in \[thing\]\. Did you mean 'sizes'"):
        check_keys({"siezs": 1}, Thing.__struct_fields__, "x.toml", "thing")


def test_a_far_key_gets_the_list() -> None:
    with pytest.raises(BadStudy, match="Known: name, sizes"):
        check_keys({"zzz": 1}, Thing.__struct_fields__, "x.toml", error=BadStudy)


def test_a_wrong_type_says_where() -> None:
    assert convert({"name": "a", "sizes": [1]}, Thing, "x.toml") == Thing("a", (1,))
    with pytest.raises(BadInput, match=r"x\.toml: expected `int`, got `str` at `thing\.sizes\[1\]`"):
        convert({"name": "a", "sizes": [1, "b"]}, Thing, "x.toml", "thing")


class Way(msgspec.Struct, frozen=True):
    pooling: Literal["mean", "first"] | None = None


class Ways(msgspec.Struct, frozen=True):
    way: Way | None = None
    more: dict[str, Way] = {}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"way": {"pooling": "men"}}, r"invalid enum value 'men' at `way\.pooling`\. Did you mean 'mean'\?"),
        ({"way": {"pooling": "zz"}}, r"`way\.pooling`\. Known: first, mean\."),
        ({"more": {"x": {"pooling": "frist"}}}, r"`more\[\.\.\.\]\.pooling`\. Did you mean 'first'\?"),
    ],
    ids=["near", "far", "in-a-table"],
)
def test_a_near_word_is_offered(value: object, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        convert(value, Ways, "x.toml")
