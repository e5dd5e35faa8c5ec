"""The Powerpipe mod: its HCL is parsed, and its controls select the results of `iamsql check` from its database."""

from __future__ import annotations

import csv
import stat
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import hcl2
import pytest
from click.testing import CliRunner

from iamsql.cli import main

STATUSES = {"ok", "alarm", "info", "skip", "error"}


def run(*args: str) -> Any:
    return CliRunner().invoke(main, list(args))


def exported(demo_run: Path, folder: Path, *args: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Export a mod, and return its blocks by kind and name."""
    result = run("export", str(folder), "--output", "powerpipe", "--run", str(demo_run), *args)
    assert result.exit_code == 0, result.output
    with (folder / "mod.pp").open(encoding="utf-8") as stream:
        parsed = hcl2.load(stream)
    return {
        kind: {plain(name): members for block in blocks for name, members in block.items()}
        for kind, blocks in parsed.items()
    }


def plain(text: Any) -> str:
    return str(text).strip('"')


def children(block: dict[str, Any]) -> list[str]:
    return [plain(child).removeprefix("${").removesuffix("}") for child in block["children"]]


def leaves(blocks: dict[str, dict[str, dict[str, Any]]], name: str) -> list[str]:
    """Return the controls of a benchmark, through its sections."""
    paths = []
    for child in children(blocks["benchmark"][name]):
        kind, _, target = child.partition(".")
        assert target in blocks[kind], child
        paths += [target] if kind == "control" else leaves(blocks, target)
    return paths


@pytest.mark.slow
def test_the_controls_select_the_results_of_check(demo_run: Path, tmp_path: Path) -> None:
    blocks = exported(demo_run, tmp_path / "mod", "--benchmark", "cis_v3.0")
    [mod] = blocks["mod"].values()
    assert plain(mod["database"]) == "duckdb:./results.duckdb"
    assert "could not be evaluated" in plain(mod["description"])
    checked = run("check", "cis_v3.0", "--run", str(demo_run), "--output", "csv")
    rows = list(csv.DictReader(StringIO(checked.stdout)))
    expected = Counter((row["control"], row["status"].replace("muted", "skip"), row["reason"]) for row in rows)
    counts: Counter[tuple[str, str, str]] = Counter()
    with duckdb.connect(str(tmp_path / "mod" / "results.duckdb"), read_only=True) as database:
        for name in leaves(blocks, "cis_v3_0"):
            control = blocks["control"][name]
            cursor = database.execute(plain(control["sql"]))
            names = [column[0] for column in cursor.description or ()]
            assert names[:3] == ["resource", "status", "reason"]
            for row in cursor.fetchall():
                assert row[1] in STATUSES
                assert all(isinstance(value, str) for value in row[:3])
                counts[plain(control["tags"]["control"]), row[1], row[2]] += 1
    assert counts == expected
    assert len(leaves(blocks, "cis_v3_0")) == len(blocks["control"])


@pytest.mark.slow
def test_the_files_are_private(demo_run: Path, tmp_path: Path) -> None:
    exported(demo_run, tmp_path / "mod", "--benchmark", "root_mfa")
    assert stat.S_IMODE((tmp_path / "mod").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "mod").iterdir()} == {0o600}
    assert {path.name for path in (tmp_path / "mod").iterdir()} == {"mod.pp", "results.duckdb"}


@pytest.mark.slow
def test_hostile_titles_are_text_and_a_failed_control_is_an_error(demo_run: Path, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    head = '-- title: A "quoted" ${file("/etc/passwd")} %{ if true } title\\\n-- kind: control\n'
    columns = "'r' as resource, 'ok' as status, null as reason, '1' as account_id, 'x' as region"
    (tmp_path / "queries" / "mine.sql").write_text(f"{head}select {columns}\n", encoding="utf-8")
    (tmp_path / "queries" / "broken.sql").write_text(
        "-- title: Broken\n-- kind: control\nselect 1 / nothing\n", encoding="utf-8"
    )
    options = (
        "--queries",
        str(tmp_path / "queries"),
        "--benchmark",
        "mine",
        "--benchmark",
        "broken",
        "--run",
        str(demo_run),
    )
    result = run("export", str(tmp_path / "mod"), "--output", "powerpipe", *options)
    assert result.exit_code == 2
    assert "broken.sql" in result.stderr
    text = (tmp_path / "mod" / "mod.pp").read_text(encoding="utf-8")
    assert r"A \"quoted\" $${file(\"/etc/passwd\")} %%{ if true } title\\" in text
    assert hcl2.loads(text)
    with duckdb.connect(str(tmp_path / "mod" / "results.duckdb"), read_only=True) as database:
        rows = database.execute("select resource, status, reason from results order by all").fetchall()
    assert rows[0][:2] == ("broken", "error")
    assert rows[1] == ("r", "ok", "")


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("--output", "powerpipe", "--table", "aws_iam_user"), "--table and --raw are for parquet and csv"),
        (("--benchmark", "cis_v3.0"), "--benchmark is for --output powerpipe"),
        (("--output", "powerpipe", "--benchmark", "cis_v3.00"), "did you mean"),
    ],
)
def test_other_options_are_refused(demo_run: Path, tmp_path: Path, args: tuple[str, ...], reason: str) -> None:
    result = run("export", str(tmp_path / "mod"), "--run", str(demo_run), *args)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert not (tmp_path / "mod").exists()
