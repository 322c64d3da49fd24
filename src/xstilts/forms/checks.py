"""What the checks of examples share: they raise BadInput, naming the example and the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from xstilts.errors import BadInput, nearest


def refuse(example: Any, field: str, why: str, *, way_out: str = "") -> NoReturn:
    """Raise BadInput about one field of one example."""
    name = getattr(example, "id", "?")
    raise BadInput(f"{type(example).__name__} {name!r}: {field} {why}.", way_out=way_out, field=field)


def check_kind(example: Any, kind: type) -> None:
    """Refuse an example of another form."""
    if not isinstance(example, kind):
        raise BadInput(
            f"Expected an example of kind {kind.__name__}, found {type(example).__name__}.",
            way_out=f"The source must give {kind.__name__} values.",
        )
    name = getattr(example, "id", None)
    if not isinstance(name, str) or not name:
        raise BadInput(f"{kind.__name__}: id must be a text that is not empty.", way_out="Number the rows.", field="id")


def check_text(example: Any, field: str, value: Any, *, empty: bool = True) -> None:
    """Refuse what is not text, and empty text unless that is allowed."""
    if not isinstance(value, str):
        refuse(example, field, f"must be text, not {type(value).__name__}")
    if not empty and not value.strip():
        refuse(example, field, "is empty")


def check_label(example: Any, field: str, value: Any, labels: Sequence[str]) -> None:
    """Refuse a label that is not one of the form's; name the nearest."""
    if value in labels:
        return
    close = nearest(str(value), labels)
    shown = ", ".join(labels[:12]) + (", …" if len(labels) > 12 else "")
    way_out = f"Did you mean {close[0]!r}?" if close else f"Known: {shown}."
    refuse(example, field, f"is {value!r}, which is not among the labels", way_out=way_out)


def same_length(predictions: Sequence[Any], examples: Sequence[Any]) -> None:
    """Refuse to score predictions that do not stand beside their examples, or no examples at all."""
    if len(predictions) != len(examples):
        raise BadInput(
            f"{len(predictions)} predictions for {len(examples)} examples.",
            way_out="Give one prediction for each example, in the same order.",
        )
    if not examples:
        raise BadInput("There are no examples to score.", way_out="Check the source of this exam and language.")
