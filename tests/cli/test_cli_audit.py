"""audit: what it prints for people and for programs."""

import json
from pathlib import Path

TEXT = """# A Title

## Introduction

This paper examines: Something. Research question: Does it help Quechua?

## Claims

| Claim | Verified | Confidence |
|---|---|---|
| It helps \x1b[31mevery[/red]where, so to | ✓ | 0.2 |
| It hurts nobody. | ✓ | 0.3 |
| It is so. | ✓ | 0.3 |

## References

- <http://arxiv.org/abs/2001.00001v1>
- <http://arxiv.org/abs/2001.00002v1>
"""


def test_findings_by_kind_and_totals(xstilts, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(TEXT)
    said = xstilts("audit", tmp_path / "a.md")
    assert said.code == 0, said.err
    assert "cut: a claim or the abstract stops before its end" in said.out and "line 11: it stops after 37" in said.out
    assert "2, of which 1 never used" in said.out and "0 of 1 question answered" in said.out
    assert "\x1b[31m" not in said.out and "[/red]" in said.out


def test_json_for_programs(xstilts, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(TEXT)
    (tmp_path / "b.txt").write_text(TEXT)
    found = json.loads(xstilts("audit", "--json", tmp_path).out)
    assert found["files"] == ["a.md", "b.txt"] and (found["rows"], found["distinct"], found["cut"]) == (6, 3, 2)
    assert {"file", "line", "kind", "says", "text"} == set(found["findings"][0])
    assert any(one["kind"] == "duplicate" and one["file"] == "b.txt" for one in found["findings"])


def test_what_cannot_be_audited(xstilts, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    assert "is empty" in xstilts("audit", tmp_path / "empty.txt").err
    (tmp_path / "folder").mkdir()
    said = xstilts("audit", tmp_path / "folder")
    assert said.code == 1 and "There is no text" in said.err
    (tmp_path / "folder" / "a.md").write_text(TEXT)
    (tmp_path / "a.md").write_text(TEXT)
    assert "Two of the files are called a.md" in xstilts("audit", tmp_path / "a.md", tmp_path / "folder").err
