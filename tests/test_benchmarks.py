"""Benchmark files: a closed form, controls and parameters that there are, and faults told by path and section."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog import load, load_benchmarks
from iamsql.catalog.benchmarks import Benchmark
from iamsql.model import IamsqlError
from tests.verdicts import ALIAS, BENCHMARK, MFA, benchmark, control


def read(here: Path) -> dict[str, Benchmark]:
    folders = [here / "queries", *([here / "more"] if (here / "more").is_dir() else [])]
    return load_benchmarks(folders, load(folders))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Write two controls, a report, and a benchmark."""
    control(tmp_path, "mfa", MFA)
    control(tmp_path, "alias", ALIAS, param="want text = 'x'")
    control(tmp_path, "users", "select 1", kind="report")
    benchmark(tmp_path, "first_v1.0", BENCHMARK)
    return tmp_path


def test_a_benchmark_is_a_tree(here: Path) -> None:
    [one] = read(here).values()
    assert (one.name, one.title, one.about) == ("first_v1.0", "First things", "Two controls.")
    told = [
        ([section.label for section in above], entry.id, entry.control, entry.title) for above, entry in one.controls()
    ]
    assert told == [
        (["1 People"], "1.1", "mfa", "Everyone has MFA"),
        (["1 People", "Names"], "1.2", "alias", ""),
    ]
    assert [dict(entry.args) for _, entry in one.controls()] == [{}, {"want": "y"}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('about = "Two', 'abuot = "Two', "unknown key 'abuot'; did you mean about?"),
        ('title = "First things"', "", "no title"),
        ('title = "People"', "", "section 1: no title"),
        ('title = "People"', "title = 3", "section 1: title must be a string, not 3"),
        ('control = "mfa"', 'control = "mfaa"', "section 1.1: no control named 'mfaa'; did you mean mfa?"),
        ('control = "mfa"', 'control = "mfa@2"', "section 1.1: mfa has no version '2'"),
        ('control = "mfa"', 'control = "users"', "section 1.1: users is a report, not a control"),
        ('control = "mfa"', "", "section 1.1: no control"),
        (
            'control = "mfa"',
            'control = "mfa"\nargs = { days = 1 }',
            "section 1.1: mfa has no parameter 'days' (it takes none)",
        ),
        ('want = "y"', "wamt = 1", "section 1.2: alias has no parameter 'wamt'; did you mean want?"),
        ('want = "y"', "want = [1]", "section 1.2: alias: want must be text in UTF-8, not [1]"),
        ('args = { want = "y" }', "args = 3", "section 1.2: args must be a table"),
        ('title = "Everyone', 'titel = "Everyone', "section 1.1: unknown key 'titel'; did you mean title?"),
        ("[[section.control]]", "[section.control]", "control must be a list of tables"),
        ('id = "1"', "id = ", "Invalid value (at line 5"),
    ],
)
def test_a_fault_is_told_with_its_section(here: Path, old: str, new: str, words: str) -> None:
    assert old in BENCHMARK
    path = benchmark(here, "first_v1.0", BENCHMARK.replace(old, new, 1))
    with pytest.raises(IamsqlError) as caught:
        read(here)
    assert str(caught.value).startswith(f"{path}: ") and words in str(caught.value)


def test_an_empty_benchmark_and_a_bad_name_are_faults(here: Path) -> None:
    benchmark(here, "empty", 'title = "x"')
    with pytest.raises(IamsqlError, match=r"empty\.toml: no controls"):
        read(here)
    (here / "queries" / "benchmarks" / "empty.toml").unlink()
    benchmark(here, "Bad name", BENCHMARK)
    with pytest.raises(IamsqlError, match="the file name of a benchmark has"):
        read(here)


def test_a_name_twice_names_both_files(here: Path) -> None:
    other = benchmark(here / "x", "first_v1.0", BENCHMARK)
    (here / "x" / "queries").rename(here / "more")
    with pytest.raises(IamsqlError) as caught:
        read(here)
    assert "first_v1.0" in str(caught.value)
    assert str(here / "queries") in str(caught.value) and other.name in str(caught.value)


def test_values_may_be_of_their_own_type(here: Path) -> None:
    params = "n integer = 1\n-- param: share double = 0.5\n-- param: on boolean = true\n-- param: since date = null"
    sql = "select $n, $share, $on, $since, $names"
    control(here, "typed", sql, param=f"{params}\n-- param: names text[] = ''")
    args = '{ n = 2, share = 1, on = false, since = 2026-01-01, names = ["a", "b,c"] }'
    benchmark(
        here, "typed", f'title = "x"\n[[section]]\ntitle = "y"\n[[section.control]]\ncontrol = "typed"\nargs = {args}\n'
    )
    assert set(read(here)) == {"first_v1.0", "typed"}
