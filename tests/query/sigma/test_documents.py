"""Files of rules are read within limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from sigma.exceptions import SigmaError

from iamsql.model import IamsqlError
from iamsql.query.sigma.documents import MAX_DOCUMENTS, read_documents, rule_files


def write(folder: Path, name: str, text: str = "title: x\n") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_files_of_folders_are_sorted_and_each_is_read_once(tmp_path: Path) -> None:
    b, a, _ = write(tmp_path, "b.yml"), write(tmp_path, "sub/a.yaml"), write(tmp_path, "c.txt")
    refused: list[str] = []
    assert rule_files([str(tmp_path), str(b)], refused) == [b, a] and refused == []
    assert rule_files([str(a), str(tmp_path / "sub" / ".." / "sub" / "a.yaml")], refused) == [a]


def test_a_path_without_rules_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(IamsqlError, match=r"has no Sigma rules: files that end in \.yml or \.yaml"):
        rule_files([str(tmp_path / "empty")], [])
    with pytest.raises(IamsqlError, match=r"no file or folder .*none"):
        rule_files([str(tmp_path / "none")], [])


def test_the_documents_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, "x.yml", "title: a\n---\n---\ntitle: b\n")
    assert read_documents(path) == [{"title": "a"}, {"title": "b"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list\n", "a document is not a mapping"),
        ("a: 1\n---\n" * (MAX_DOCUMENTS + 1), f"more than {MAX_DOCUMENTS} documents"),
        (
            "detection:\n  x:\n    a|contains|contains: b\n  condition: x\n",
            "a modifier is given twice: a.contains.contains",
        ),
        (f"detection:\n  x:\n    a: [{', '.join('1' for _ in range(20_001))}]\n  condition: x\n", "too many values"),
        (f"detection:\n  x:\n    a|all: [{', '.join('1' for _ in range(201))}]\n  condition: x\n", "too many values"),
        (f"detection:\n  x: b\n  condition: {'x or ' * 10_001}x\n", "too many values, or a condition that is too long"),
    ],
)
def test_a_file_beyond_the_limits_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SigmaError, match=message):
        read_documents(write(tmp_path, "x.yml", text))
