"""Rules over the events of a run select the events that plain Python matches: own rules, and a folder that the user names."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
import yaml

from iamsql.model import IamsqlError
from iamsql.query.sigma import find_paths
from iamsql.query.sigma.rules import load_rules
from tests.conftest import query
from tests.query.sigma.matcher import Record, matches_record

RULES = Path(__file__).parent / "rules"
FOLDER, RUNS = "IAMSQL_SIGMA_RULES", "IAMSQL_SIGMA_RUNS"  # a folder of rules; run files, separated as in PATH
EVENTS = "select event_id, cast(event as varchar) from aws_cloudtrail_event"


def compare(folder: Path, run: Path) -> dict[str, int]:
    """Compare the events that each rule selects with the events that plain Python matches; return their numbers."""
    records = [(event, Record(text)) for event, text in query(run, EVENTS)]
    counts = {}
    for name, rule in load_rules([str(folder)]).rules.items():
        (document,) = yaml.safe_load_all(Path(rule.query.path).read_text(encoding="utf-8"))
        expected = sorted(event for event, record in records if matches_record(document, record))
        assert sorted(row[-1] for row in query(run, rule.query.sql)) == expected, name
        counts[name] = len(expected)
    return counts


@pytest.mark.slow
def test_own_rules_over_the_sample_organization(demo_run: Path) -> None:
    counts = compare(RULES, demo_run)
    assert len(counts) == len([*RULES.iterdir()]) and 0 not in counts.values()


@pytest.mark.skipif(FOLDER not in os.environ, reason=f"{FOLDER} does not name a folder of Sigma rules")
def test_the_rules_of_a_folder(demo_run: Path) -> None:
    folder = Path(os.environ[FOLDER])
    rule_set = load_rules([str(folder)])
    assert rule_set.rules and not rule_set.refused
    for run in [demo_run, *map(Path, filter(None, os.environ.get(RUNS, "").split(os.pathsep)))]:
        assert compare(folder, run)


def test_a_rule_selects_each_event_once(demo_run: Path) -> None:
    rule = load_rules([str(RULES / "requests_of_roles.yml")]).rules["sigma:requests_of_roles"]
    with duckdb.connect(str(demo_run), read_only=True) as con:
        counts = con.execute(f"select count(*), count(distinct event_id) from ({rule.query.sql})").fetchall()
    assert counts[0][0] == counts[0][1] > 0


def test_paths_follow_the_prefix() -> None:
    assert find_paths(("sigma:a", "sigma:b:c")) == ["a", "b:c"]
    assert find_paths(("root_mfa", "cis")) == find_paths(()) == []


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("sigma:a", "root_mfa"), "Sigma rules and root_mfa cannot run together"),
        (("sigma:",), "needs a folder or file"),
    ],
)
def test_names_of_both_kinds_and_an_empty_path_are_errors(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        find_paths(names)
