"""Benchmark files: sections, controls and parameters that exist, and errors with path and section."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog import load, read_catalog, shipped_folder
from iamsql.catalog.benchmarks import Benchmark, read_benchmark, read_benchmarks
from iamsql.model import IamsqlError
from tests.check.example_controls import ALIAS, BENCHMARK, MFA, benchmark, control


def read(here: Path) -> dict[str, Benchmark]:
    folders = [here / "queries", *([here / "more"] if (here / "more").is_dir() else [])]
    benchmarks, invalid, _ = read_benchmarks(folders, load(folders))
    for file in invalid.values():
        raise IamsqlError(file.reason)
    return benchmarks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write two controls, a report and a benchmark."""
    control(tmp_path, "mfa", MFA)
    control(tmp_path, "alias", ALIAS, param="want text = 'x'")
    control(tmp_path, "users", "select 1", kind="report")
    benchmark(tmp_path, "first_v1.0", BENCHMARK)
    return tmp_path


def test_a_benchmark_is_a_tree(folder: Path) -> None:
    [benchmark] = read(folder).values()
    assert (benchmark.name, benchmark.title, benchmark.about) == ("first_v1.0", "First things", "Two controls.")
    entries = [
        ([section.label for section in above], entry.id, entry.control, entry.title)
        for above, entry in benchmark.controls()
    ]
    assert entries == [
        (["1 People"], "1.1", "mfa", "Everyone has MFA"),
        (["1 People", "Names"], "1.2", "alias", ""),
    ]
    assert [dict(entry.args) for _, entry in benchmark.controls()] == [{}, {"want": "y"}]


SUBSECTIONS_FIRST = """
title = "Numbers"
[[section]]
id = "2"
title = "People"
[[section.section]]
id = "2.1"
title = "Names"
[[section.section.control]]
id = "2.1.1"
control = "alias"
[[section.control]]
id = "2.2"
control = "mfa"
"""


def test_subsections_come_first_if_the_file_has_them_first(folder: Path) -> None:
    benchmark(folder, "numbers", SUBSECTIONS_FIRST)
    tree = read(folder)["numbers"]
    assert [([section.id for section in above], entry.id) for above, entry in tree.controls()] == [
        (["2", "2.1"], "2.1.1"),
        (["2"], "2.2"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
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
def test_an_error_names_the_section(folder: Path, old: str, new: str, message: str) -> None:
    assert old in BENCHMARK
    path = benchmark(folder, "first_v1.0", BENCHMARK.replace(old, new, 1))
    with pytest.raises(IamsqlError) as caught:
        read(folder)
    assert str(caught.value).startswith(f"{path}: ") and message in str(caught.value)


def test_an_empty_benchmark_and_an_invalid_name_are_errors(folder: Path) -> None:
    benchmark(folder, "empty", 'title = "x"')
    with pytest.raises(IamsqlError, match=r"empty\.toml: no controls"):
        read(folder)
    (folder / "queries" / "benchmarks" / "empty.toml").unlink()
    benchmark(folder, "Bad name", BENCHMARK)
    with pytest.raises(IamsqlError, match="the file name of a benchmark has"):
        read(folder)


def test_an_error_for_a_duplicate_name_lists_both_files(folder: Path) -> None:
    other = benchmark(folder / "x", "first_v1.0", BENCHMARK)
    (folder / "x" / "queries").rename(folder / "more")
    with pytest.raises(IamsqlError) as caught:
        read(folder)
    assert "first_v1.0" in str(caught.value)
    assert str(folder / "queries") in str(caught.value) and other.name in str(caught.value)


def test_values_keep_their_toml_type(folder: Path) -> None:
    params = "n integer = 1\n-- param: share double = 0.5\n-- param: on boolean = true\n-- param: since date = null"
    sql = "select $n, $share, $on, $since, $names"
    control(folder, "typed", sql, param=f"{params}\n-- param: names text[] = ''")
    args = '{ n = 2, share = 1, on = false, since = 2026-01-01, names = ["a", "b,c"] }'
    benchmark(
        folder,
        "typed",
        f'title = "x"\n[[section]]\ntitle = "y"\n[[section.control]]\ncontrol = "typed"\nargs = {args}\n',
    )
    assert set(read(folder)) == {"first_v1.0", "typed"}


def test_a_section_can_list_controls_that_have_its_number(tmp_path: Path) -> None:
    text = 'title = "T"\n[[section]]\nid = "AC-2"\ntitle = "S"\ncontrols = ["root_mfa", "user_mfa"]\n'
    (tmp_path / "b.toml").write_text(text)
    queries = load([shipped_folder()])
    numbers = [(entry.id, entry.control) for _, entry in read_benchmark(tmp_path / "b.toml", queries).controls()]
    assert numbers == [("AC-2", "root_mfa"), ("AC-2", "user_mfa")]
    for wrong in ('"root_mfa"', "[1]", '["root_mfas"]'):
        (tmp_path / "b.toml").write_text(text.replace('["root_mfa", "user_mfa"]', wrong))
        with pytest.raises(IamsqlError, match=r"section AC-2: (controls must be a list|no control named)"):
            read_benchmark(tmp_path / "b.toml", queries)


FOLDER = 'title = "T"\n[[section]]\ntitle = "S"\nfolder = "theme"\n'


def test_a_section_can_be_a_folder_of_controls(folder: Path) -> None:
    queries = folder / "queries"
    (queries / "controls").mkdir()
    (queries / "theme" / "mfa.sql").rename(queries / "controls" / "mfa.sql")
    (queries / "benchmarks" / "first_v1.0.toml").unlink()
    benchmark(folder, "first", FOLDER)
    benchmark(folder, "second", FOLDER.replace('"theme"', '"controls"'))
    names = {name: [entry.control for _, entry in tree.controls()] for name, tree in read(folder).items()}
    assert names == {"first": ["alias"], "second": ["mfa"]}  # users is a report


def test_an_invalid_control_of_the_folder_stays_in_the_section(folder: Path) -> None:
    control(folder, "broken", "select 1", param="no type")
    benchmark(folder, "first_v1.0", FOLDER)
    files = read_catalog([folder / "queries"])
    (tree,) = read_benchmarks([folder / "queries"], files.queries, files.invalid)[0].values()
    assert "broken" in files.invalid
    assert [entry.control for _, entry in tree.controls()] == ["alias", "broken", "mfa"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"controls/none"', "section S: no controls in the folder 'controls/none' of "),
        ('""', "section S: no folder"),
        ("3", "section S: folder must be a string, not 3"),
        ('"../queries"', "section S: no controls in the folder '../queries' of "),
    ],
)
def test_a_folder_without_controls_is_an_error(folder: Path, value: str, message: str) -> None:
    benchmark(folder, "first_v1.0", FOLDER.replace('"theme"', value))
    with pytest.raises(IamsqlError) as caught:
        read(folder)
    assert message in str(caught.value)
