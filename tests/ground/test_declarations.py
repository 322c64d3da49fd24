"""Strict reading: a wrong key or type is refused with its place, and the nearest name is offered."""

from __future__ import annotations

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
