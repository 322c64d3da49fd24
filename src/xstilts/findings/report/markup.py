"""HTML by small functions. Every text is escaped unless it is `Html` already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"

KEPT = {"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox", "transform", "text-anchor", "font-size"}
KEPT |= {"fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "opacity"}
"""Attributes of an SVG element that draw something. Vega writes many more."""


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, *inner: str, **attributes: str | int | None) -> Html:
    """An element. An attribute's name may end in _ (`class_`) and has - for _; None leaves the attribute out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{given}>{join(inner)}</{name}>")


def join(parts: Iterable[str], between: str = "") -> Html:
    """Parts side by side, each, and what stands between them, escaped unless it is Html."""
    return Html(
        (between if isinstance(between, Html) else escape(between)).join(
            part if isinstance(part, Html) else escape(part) for part in parts
        )
    )


def listed(items: Iterable[str], **attributes: str | None) -> Html:
    """A plain list."""
    return tag("ul", *(tag("li", item) for item in items), **attributes)


def pairs(rows: Iterable[tuple[str, str]], **attributes: str | None) -> Html:
    """A list of terms and what they stand for; a term without text is left out."""
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", text)) for term, text in rows if text), **attributes)


def grid(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", texts: int = 1) -> Html:
    """A table that scrolls sideways when it must. A row's first cell is its header; `texts` columns are no numbers."""
    kinds = ["text" if place < texts else "number" for place in range(len(head))]
    top = tag("tr", *(tag("th", cell, scope="col", class_=kind) for cell, kind in zip(head, kinds, strict=True)))
    body = []
    for row in rows:
        first = tag("th", row[0], scope="row", class_="text")
        cells = zip(row[1:], kinds[1:], strict=True)
        body.append(tag("tr", first, *(tag("td", cell, class_=kind) for cell, kind in cells)))
    title = tag("caption", caption) if caption else Html("")
    whole = tag("table", title, tag("thead", top), tag("tbody", *body))
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption or "table")


def folded(summary: str, *inner: str, **attributes: str | int | None) -> Html:
    """Something to open."""
    return tag("details", tag("summary", summary), *inner, **attributes)


def drawing(svg: str, label: str, colours: Mapping[str, str]) -> Html:
    """Vega's SVG made fit for a page: a third of the size, the page's colours, tooltips without a script."""
    root = ElementTree.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.get("display") == "none" or child.get("class") == "background" or child.tag == f"{SVG}defs":
                parent.remove(child)
    for node in root.iter():
        told = node.get("aria-label") if node.get("role") == "graphics-symbol" else None
        told = None if node.get("aria-roledescription") == "axis" else told
        kept = {key: _attribute(value, colours) for key, value in node.attrib.items() if key in KEPT}
        if kept.get("opacity") == "1":
            del kept["opacity"]
        node.attrib.clear()
        node.attrib.update(kept)
        if told:
            ElementTree.SubElement(node, f"{SVG}title").text = told
    _unwrap(root)
    width = root.attrib.pop("width", "320")
    root.attrib.pop("height", None)
    root.attrib |= {"role": "img", "aria-label": label, "style": f"width:{width}px"}
    for node in root.iter():
        node.tag = node.tag.removeprefix(SVG)
    return Html(ElementTree.tostring(root, encoding="unicode"))


def _attribute(value: str, colours: Mapping[str, str]) -> str:
    if value in colours:
        return colours[value]
    return re.sub(r"-?\d+\.\d{2,}", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)


def _unwrap(node: ElementTree.Element) -> None:
    """Replace every group that says nothing by what is in it."""
    for child in list(node):
        _unwrap(child)
    for place in reversed(range(len(node))):
        child = node[place]
        if child.tag == f"{SVG}g" and not child.attrib:
            node[place : place + 1] = list(child)
