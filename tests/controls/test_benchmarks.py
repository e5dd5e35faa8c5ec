"""The shipped benchmarks agree with the tags of the controls: sections, numbers and limits of each version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pytest

from iamsql import catalog
from iamsql.catalog.benchmarks import Benchmark, Entry

FOLDERS = [catalog.shipped_folder()]
QUERIES = catalog.load(FOLDERS)
TREES, INVALID, _ = catalog.read_benchmarks(FOLDERS, QUERIES)
CONTROLS = sorted(name for name, versions in QUERIES.items() if versions[-1].kind == "control")
CIS = [name for name in TREES if name.startswith("cis_")]


def test_every_benchmark_is_valid() -> None:
    assert INVALID == {}


def entries(tree: Benchmark) -> list[Entry]:
    """Return the controls of a benchmark."""
    return [entry for _, entry in tree.controls()]


def numbers(name: str) -> Mapping[str, set[str]]:
    """Return the numbers of each control in a benchmark."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in entries(TREES[name]):
        found[entry.control].add(entry.id)
    return found


def test_each_control_is_in_the_benchmark_of_all_controls() -> None:
    assert sorted(entry.control for entry in entries(TREES["iamsql"])) == CONTROLS


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_has_the_numbers_of_its_tags(control: str) -> None:
    for tag in QUERIES[control][-1].tags:
        prefix, _, number = tag.partition(":")
        if prefix in TREES:
            assert number in numbers(prefix)[control], f"{control} is tagged {tag}"


@pytest.mark.parametrize("tree", ["cis_v1.2", "cis_v3.0", "cis_v7.0"])
def test_a_control_of_cis_has_a_tag_with_its_number(tree: str) -> None:
    for control, ids in numbers(tree).items():
        tags = QUERIES[control][-1].tags
        assert [number for number in sorted(ids) if f"{tree}:{number}" not in tags] == [], control


def test_a_tag_with_a_number_has_a_version() -> None:
    controls = {name: {entry.id: entry.control for entry in entries(TREES[name])} for name in CIS}
    assert controls["cis_v1.2"]["1.12"] == "root_no_access_key"
    assert controls["cis_v3.0"]["1.12"] == "user_unused_credentials"
    assert controls["cis_v5.0"]["1.12"] == "user_one_active_key"
    assert "1.12" not in controls["cis_v7.0"]


def test_the_limit_for_unused_credentials_is_90_days_until_version_1_3_and_45_from_1_4() -> None:
    limits = {
        name: entry.args["days"]
        for name in CIS
        for entry in entries(TREES[name])
        if entry.control == "user_unused_credentials"
    }
    assert limits == {name: 90 if name in ("cis_v1.2", "cis_v1.3") else 45 for name in CIS} and len(limits) == 10


def test_the_security_hub_benchmark_has_every_iam_control() -> None:
    expected = {f"IAM.{number}" for number in range(1, 29)} | {"Account.1", "Account.2"}
    assert expected <= {entry.id for entry in entries(TREES["security_hub"])}
