"""Truncated, changed and random input files are read, or are an error with the path."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql import catalog
from iamsql.catalog.benchmarks import read_benchmarks
from iamsql.catalog.frontmatter import parse
from iamsql.catalog.settings.query_values import read_config
from iamsql.check.mutes import MUTE_KEYS, read_mutes
from iamsql.model import IamsqlError
from iamsql.sync.importer.read import read as read_dumps
from tests.fuzz.example_count import TEXT, example_settings, exit_code

DUMPS = sorted(path for path in (Path(__file__).parents[1] / "data" / "dumps").rglob("*") if path.is_file())
SHIPPED = sorted(catalog.shipped_folder().rglob("*.sql"))
KEY = st.sampled_from(("title", "kind", "severity", "version", "tags", "param", "dialect", "Title", "x", ""))
VALUE = (
    st.sampled_from(
        ("control", "high", "1", "0", "999999999999999999999", "n integer = 1  # x", "n text = '", "postgres")
    )
    | TEXT
)
LINE = st.builds("-- {}: {}".format, KEY, VALUE) | st.builds("--{}".format, TEXT) | TEXT
SQL = (
    st.sampled_from(("select 1", "select $n", "", ";", "select '", "/*", "$$", "from x where $1", "select 1; select 2"))
    | TEXT
)
WORDS = st.sampled_from(
    ("title", "section", "controls", "mute", "args", "mutes", "control", "stale_keys", "days", *MUTE_KEYS)
)
TREE: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXT, inner, max_size=3),
    max_leaves=8,
)


def toml(tree: Any) -> str:
    """Return a tree as TOML, in lines and inline tables."""
    return "\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in tree.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool | float) else json.dumps(value, ensure_ascii=False)


@example_settings(60)
@given(st.lists(LINE, max_size=6), SQL)
def test_any_front_matter_is_read_or_an_error(lines: list[str], sql: str) -> None:
    with contextlib.suppress(IamsqlError):
        parse("\n".join([*lines, "", sql]), Path("queries/x.sql"))


@example_settings(60)
@given(st.sampled_from(SHIPPED), st.data())
def test_changed_shipped_queries_are_read_or_an_error(path: Path, data: st.DataObject) -> None:
    with contextlib.suppress(IamsqlError):
        parse(shuffle_text(path.read_text(encoding="utf-8"), data), Path("queries/x.sql"))


def shuffle_text(text: str, data: st.DataObject) -> str:
    """Cut pieces out of a text, repeat some, and insert other characters."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, max(0, len(text))))
        stop = data.draw(st.integers(start, len(text)))
        text = text[:start] + data.draw(st.sampled_from(("", text[start:stop] * 2)) | TEXT) + text[stop:]
    return text


@example_settings(40)
@given(st.dictionaries(WORDS, TREE, max_size=4) | TEXT)
def test_any_toml_is_read_or_an_error(tmp_path: Path, tree: Any) -> None:
    text = tree if isinstance(tree, str) else toml(tree)
    (tmp_path / "benchmarks").mkdir(exist_ok=True)
    for name in ("benchmarks/b.toml", "iamsql.toml", "mutes.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    read_benchmarks([tmp_path], {})
    with contextlib.suppress(IamsqlError):
        read_config(tmp_path / "iamsql.toml", {"stale_keys"})
    with contextlib.suppress(IamsqlError):
        read_mutes([tmp_path / "mutes.toml"], {"x"})


@example_settings(40)
@given(
    st.lists(
        st.lists(st.sampled_from((*MUTE_KEYS, "*", "x", "2026-03-01", '"', "a\nb")) | TEXT, max_size=7), max_size=4
    )
)
def test_any_csv_of_suppressions_is_read_or_an_error(tmp_path: Path, rows: list[list[str]]) -> None:
    head = [",".join(MUTE_KEYS)] if len(rows) % 2 else []
    (tmp_path / "m.csv").write_text("\n".join([*head, *map(",".join, rows)]), encoding="utf-8")
    with contextlib.suppress(IamsqlError):
        read_mutes([tmp_path / "m.csv"], {"x"})


@example_settings(30)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_an_error(tmp_path: Path, raw: bytes) -> None:
    for name in ("q.sql", "m.csv", "iamsql.toml"):
        (tmp_path / name).write_bytes(raw)
    for read in (
        lambda: catalog.read_file(tmp_path / "q.sql"),
        lambda: read_mutes([tmp_path / "m.csv"], {"x"}),
        lambda: read_config(tmp_path / "iamsql.toml", {"x"}),
    ):
        with contextlib.suppress(IamsqlError):
            read()


def change_document(value: Any, rng: random.Random) -> Any:
    """Change a parsed document in a random place: another type, a missing key, deep nesting."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(list(value))
        if rng.random() < 0.15:
            return {name: item for name, item in value.items() if name != key}
        return value | {key: change_document(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        index = rng.randrange(len(value))
        return [change_document(item, rng) if index == at else item for at, item in enumerate(value)]
    deep: Any = []
    for _ in range(rng.choice((1, 50))):
        deep = [deep]
    return rng.choice(
        (None, True, 0, -1, 1e300, "", "x" * 100, [], {}, [None], {"a": None}, deep, "2026-99-99", "\ud800", "\x00")
    )


def documents(text: bytes) -> list[Any]:
    """Return the documents of a dump: one, or one in each line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


@example_settings(40)
@given(st.sampled_from(DUMPS), st.randoms(use_true_random=False), st.sampled_from(("cut", "flip", "change")))
def test_changed_dumps_are_read_or_an_error(tmp_path: Path, path: Path, rng: random.Random, change: str) -> None:
    raw = path.read_bytes()
    target = tmp_path / path.name
    if change == "change" and path.suffix == ".json":
        raw = "\n".join(json.dumps(change_document(document, rng)) for document in documents(raw)).encode()
    elif change == "cut":
        raw = raw[: rng.randrange(len(raw) + 1)]
    else:
        flipped = bytearray(raw)
        for _ in range(rng.randrange(1, 6)):
            flipped[rng.randrange(len(flipped))] = rng.randrange(256)
        raw = bytes(flipped)
    target.write_bytes(raw)
    with contextlib.suppress(IamsqlError):
        read_dumps([target], "111122223333")


@pytest.mark.slow
@example_settings(3)
@given(st.sampled_from([path for path in DUMPS if path.suffix == ".json"]), st.randoms(use_true_random=False))
def test_an_import_of_changed_dumps_succeeds_or_is_an_error(
    tmp_path_factory: pytest.TempPathFactory, path: Path, rng: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("import")
    changed = (json.dumps(change_document(document, rng)) for document in documents(path.read_bytes()))
    (folder / path.name).write_text("\n".join(changed))
    exit_code(["import", str(folder / path.name), "--account", "111122223333", "--runs", str(folder / "runs")])
