"""Keys, types, paths and organizations of iamsql.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog.settings.read import Configuration, read_configuration
from iamsql.model import IamsqlError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def read(text: str, path: str = "iamsql.toml", mode: int = 0o600) -> Configuration:
    Path(path).write_text(text)
    Path(path).chmod(mode)
    return read_configuration(None if path == "iamsql.toml" else Path(path))


def values(configuration: Configuration, section: str, organization: str = "") -> dict[str, object]:
    return {key: item.value for key, item in configuration.values(section, organization).items()}


def test_without_a_file_there_are_no_values() -> None:
    configuration = read_configuration(None)
    assert (configuration.file.path, configuration.values("sync"), configuration.organizations) == (None, {}, {})
    with pytest.raises(IamsqlError, match=r"needs a configuration file.*\nName the file: --config FILE"):
        configuration.require("prod")


def test_values_by_section() -> None:
    configuration = read(
        'runs = "r"\nqueries = ["q"]\nmutes = ["m.csv"]\n[sync]\nroles = ["a", "b"]\ndays = 30\nstrict = true\n'
        'start_date = 2026-03-01\nend_date = "2026-03-09"\n[check]\nfail_on = "none"\n[args.x]\ny = 1\n'
    )
    assert values(configuration, "") == {"runs": "r", "queries": ("q",)}
    assert values(configuration, "sync") == {
        "roles": ("a", "b"),
        "days": 30,
        "strict": True,
        "start_date": "2026-03-01",
        "end_date": "2026-03-09",
    }
    assert values(configuration, "check") == {"fail_on": "none"}
    assert configuration.values("sync")["roles"].key == "sync.roles"


def test_paths_are_relative_to_the_folder_of_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/someone")
    (here / "etc").mkdir()
    configuration = read(
        'runs = "r"\nqueries = ["~/q", "/abs"]\n[run]\nreport = "page.html"\n', str(here / "etc" / "my.toml")
    )
    assert values(configuration, "") == {"runs": f"{here}/etc/r", "queries": ("/someone/q", "/abs")}
    assert values(configuration, "run") == {"report": f"{here}/etc/page.html"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[syn]\n", "iamsql.toml: syn: unknown key; did you mean sync?"),
        ("rnus = 'x'", "iamsql.toml: rnus: unknown key; did you mean runs?"),
        ("[sync]\nroels = ['x']", "iamsql.toml: sync.roels: unknown key; did you mean roles"),
        ("[sync]\nruns = 'x'", "iamsql.toml: sync.runs: unknown key"),
        ("[sync]\nroles = 'x'", 'iamsql.toml: sync.roles must be a list of texts, such as ["x"]'),
        ("[sync]\nroles = [1]", "sync.roles must be a list of texts"),
        ("[sync]\nroles = ['']", "sync.roles must be a list of texts"),
        ("[sync]\ndays = '30'", "iamsql.toml: sync.days must be an integer, such as 30"),
        ("[sync]\ndays = true", "sync.days must be an integer"),
        ("[sync]\nstrict = 1", "iamsql.toml: sync.strict must be true or false"),
        ("[sync]\nstart_date = 2026-03-01T00:00:00Z", "sync.start_date must be a date, such as 2026-03-01"),
        ("[sync]\nprofile = ''", "sync.profile must be a text"),
        ("[sync]\nexternal_id = 12345", "sync.external_id must be a text"),
        ("runs = 3", 'iamsql.toml: runs must be a path, such as "x"'),
        ("queries = 'x'", "queries must be a list of paths"),
        ('runs = "a\\u0000b"', "runs must be a path"),
        ("sync = 3", "iamsql.toml: sync must be a table, which begins with [sync]"),
        ("organization = 3", "organization must be a table"),
        ("[organization]\nprod = 3", "organization.prod must be a table, which begins with [organization.prod]"),
        ("[organization.Prod]\n", "organization.Prod: the name of an organization has lower-case letters"),
        ("[organization.'../x']\n", "organization.../x: the name of an organization has"),
        ("[organization.prod]\nroels = ['x']", "organization.prod.roels: unknown key; did you mean roles"),
        ("[organization.prod]\nqueries = ['x']", "organization.prod.queries: unknown key"),
        ("[organization.prod.chek]\n", "organization.prod.chek: unknown key; did you mean check?"),
        (
            "[organization.prod.check]\nseverty = 'low'",
            "organization.prod.check.severty: unknown key; did you mean severity?",
        ),
        ("[organization.prod]\ncheck = 1", "organization.prod.check must be a table"),
        (
            "[organization.a]\nruns='r'\n[organization.b]\nruns='./r'",
            "organization.b.runs: the organization a has the same",
        ),
        (f"{'k' * 500} = 1", f"iamsql.toml: {'k' * 60}…: unknown key"),
    ],
)
def test_an_error_names_the_file_and_the_key(text: str, message: str) -> None:
    with pytest.raises(IamsqlError) as error:
        read(text)
    assert message in str(error.value) and len(str(error.value)) < 300


TWO = """
runs = "all"
[sync]
roles = ["general"]
days = 30
[check]
severity = "high"
[organization.prod]
roles = ["own"]
start_date = 2026-01-01
[organization.prod.check]
fail_on = "none"
[organization.dev]
runs = "elsewhere"
"""


def test_the_values_of_an_organization_replace_the_general_ones() -> None:
    configuration = read(TWO)
    assert values(configuration, "sync") == {"roles": ("general",), "days": 30}
    assert values(configuration, "sync", "dev") == {"roles": ("general",), "days": 30}
    # A window of the organization replaces the general one, which it cannot be combined with.
    assert values(configuration, "sync", "prod") == {"roles": ("own",), "start_date": "2026-01-01"}
    assert values(configuration, "check", "prod") == {"severity": "high", "fail_on": "none"}
    assert configuration.values("sync", "prod")["roles"].key == "organization.prod.roles"
    with pytest.raises(IamsqlError, match=r"no \[organization.prd\]; did you mean prod\?"):
        configuration.values("sync", "prd")
    with pytest.raises(IamsqlError, match=r"no \[organization.zzz\] \(there are: prod, dev\)"):
        configuration.values("sync", "zzz")


def test_each_organization_has_its_own_runs_folder() -> None:
    configuration = read(TWO)
    default = Path("/data/runs")
    assert configuration.runs_folder("prod", None, default) == Path("all/prod")
    assert configuration.runs_folder("dev", None, default) == Path("elsewhere")
    # --runs and IAMSQL_RUNS replace the folders of the file.
    assert [configuration.runs_folder(name, "/x", default) for name in ("prod", "dev")] == [
        Path("/x/prod"),
        Path("/x/dev"),
    ]
    assert read("[organization.prod]\n").runs_folder("prod", None, default) == default / "prod"


@pytest.mark.parametrize("block", ["sync", "organization.prod"])
@pytest.mark.parametrize("name", ["iamsql.toml", "named.toml"])
def test_a_file_with_an_external_id_must_be_private(block: str, name: str) -> None:
    text = f"[{block}]\nexternal_id = 'canary-1'\n"
    assert read(text, name).organizations or read(text, name).values("sync")["external_id"].value == "canary-1"
    for mode in (0o640, 0o604, 0o620):
        with pytest.raises(IamsqlError, match=f"{block}.external_id is secret.*\n.*chmod go= {name}") as error:
            read(text, name, mode)
        assert "canary" not in str(error.value)
    assert read("[sync]\nprofile = 'x'", name, 0o644).values("sync")
