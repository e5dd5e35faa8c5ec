"""The shipped benchmarks agree with the tags of the controls, and their numbers, titles and limits with each standard."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping

import pytest

from iamsql import catalog
from iamsql.catalog.benchmarks import Benchmark, Entry, read_benchmarks
from iamsql.catalog.keys import RESOURCE_TYPES

FOLDERS = [catalog.shipped_folder()]
QUERIES = catalog.load(FOLDERS)
TREES, INVALID, _ = read_benchmarks(FOLDERS, QUERIES)
CONTROLS = sorted(name for name, versions in QUERIES.items() if versions[-1].kind == "control")
CIS = [name for name in TREES if name.startswith("cis_")]
# Standards whose numbers public mappings relate to controls; queries/benchmarks/requirements.csv has the sources.
STANDARDS = {
    "iso_27001_2022": r"A\.[58]\.[1-9]\d*",
    "nist_800_53_r5": r"[A-Z]{2}-[1-9]\d*(\([1-9]\d*\))?",
    "nist_csf_v2.0": r"[A-Z]{2}\.[A-Z]{2}-\d\d",
    "pci_dss_v4.0.1": r"[1-9]\d*(\.[1-9]\d*)+",
    "soc_2": r"CC[1-9]\.[1-9]",
}
# What an ID looks like. The other benchmarks have no IDs, and access_analyzer has the IDs of Security Hub for some controls.
IDS = {
    **dict.fromkeys(CIS, r"[1-9]\d*(\.[1-9]\d*)+"),
    **dict.fromkeys(("fsbp", "security_hub"), r"[A-Z][A-Za-z0-9]+\.[1-9]\d*"),
    "config": r"[a-z]+(-[a-z]+)+",
    "access_analyzer": r"([A-Z][A-Za-z0-9]+\.[1-9]\d*)?",
    **STANDARDS,
}
# The number of recommendations in the section of a version, and the recommendations that the benchmark does not contain.
SECTIONS: dict[str, tuple[str, int, set[str]]] = {
    "cis_v1.2": ("1", 22, set()),
    "cis_v1.3": ("1", 22, {"1.20"}),  # Amazon S3
    "cis_v1.4": ("1", 21, set()),
    "cis_v1.5": ("1", 21, set()),
    "cis_v2.0": ("1", 22, set()),
    "cis_v3.0": ("1", 22, set()),
    "cis_v4.0": ("1", 22, set()),
    "cis_v5.0": ("1", 21, set()),
    "cis_v6.0": ("2", 21, set()),
    "cis_v7.0": ("2", 21, {"2.1"}),  # a subsection
}


def test_every_benchmark_is_valid() -> None:
    assert INVALID == {}


def entries(tree: Benchmark) -> list[Entry]:
    """Return the controls of a benchmark."""
    return [entry for _, entry in tree.controls()]


def numbers(name: str) -> Mapping[str, set[str]]:
    """Return the numbers of each control in a benchmark."""
    by_control: dict[str, set[str]] = defaultdict(set)
    for entry in entries(TREES[name]):
        by_control[entry.control].add(entry.id)
    return by_control


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


def requirements() -> list[dict[str, str]]:
    """Return the rows of the file of mappings."""
    lines = (FOLDERS[0] / "benchmarks" / "requirements.csv").read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize("tree", STANDARDS)
def test_the_benchmark_of_a_standard_has_the_numbers_of_public_mappings(tree: str) -> None:
    mapped = [(row["requirement"], row["control"]) for row in requirements() if row["standard"] == tree]
    assert sorted(mapped) == sorted((entry.id, entry.control) for entry in entries(TREES[tree]))
    assert {above[-1].id for above, entry in TREES[tree].controls()} == {number for number, _ in mapped}
    assert all(above[-1].id == entry.id for above, entry in TREES[tree].controls())


def test_each_mapping_has_sources_that_name_a_check() -> None:
    assert {row["standard"] for row in requirements()} == {*STANDARDS}
    for row in requirements():
        for source in row["sources[]"].split():
            assert re.fullmatch(r"security_hub:[A-Za-z0-9]+\.\d+|powerpipe:[a-z0-9_]+|prowler:[a-z0-9_]+", source), row
    hub = {(row["control"], source) for row in requirements() for source in row["sources[]"].split() if ":" in source}
    listed_pairs = {(entry.control, f"security_hub:{entry.id}") for entry in entries(TREES["security_hub"])}
    assert {pair for pair in hub if pair[1].startswith("security_hub:")} <= listed_pairs


@pytest.mark.parametrize("tree", STANDARDS)
def test_a_standard_has_its_coverage_and_a_disclaimer(tree: str) -> None:
    about, numbers = TREES[tree].about, {entry.id for entry in entries(TREES[tree])}
    assert about.startswith(f"The {len(numbers)} ") and "does not show compliance" in about


def natural(number: str) -> list[tuple[bool, int, str]]:
    """Return the parts of a number such as 2.10 or IAM.9 in a form that sorts in natural order."""
    return [
        (part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.findall(r"\d+|[^\d.()-]+", number)
    ]


def title_of(entry: Entry) -> str:
    """Return the title of a control in a benchmark."""
    return entry.title or QUERIES[entry.control][-1].title


@pytest.mark.parametrize("tree", TREES)
def test_ids_are_well_formed_and_in_natural_order(tree: str) -> None:
    groups: dict[str, list[str]] = defaultdict(list)
    for above, entry in TREES[tree].controls():
        assert re.fullmatch(IDS.get(tree, ""), entry.id), entry
        inner = above[:-1] if tree in STANDARDS else above  # where each section is a requirement
        assert all(re.match(rf"{re.escape(section.id)}(\b|(?=\d))", entry.id) for section in inner if section.id), entry
        # The rules of AWS Config have no common order: the rules of a theme are in alphabetical order.
        # The functions and categories of NIST CSF are not in alphabetical order either.
        category = entry.id.partition("-")[0] if tree == "nist_csf_v2.0" else ""
        groups[category if above[0].id else above[0].title].append(entry.id)
    for ids in groups.values():
        assert ids == sorted(ids, key=natural)


@pytest.mark.parametrize("tree", TREES)
def test_a_benchmark_lists_a_control_once_for_each_number(tree: str) -> None:
    pairs = [(entry.id, entry.control) for entry in entries(TREES[tree])]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("tree", CIS)
def test_a_benchmark_of_cis_has_every_recommendation_of_its_section(tree: str) -> None:
    section, count, missing = SECTIONS[tree]
    expected = {f"{section}.{number}" for number in range(1, count + 1)} - missing
    assert {entry.id for entry in entries(TREES[tree]) if entry.id.count(".") == 1} == expected


def test_cis_7_0_has_the_recommendations_about_the_organization_except_the_delegation_policy() -> None:
    ids = {entry.id for entry in entries(TREES["cis_v7.0"]) if entry.id.startswith("2.1.")}
    assert ids == {"2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.1.6"}
    assert "Recommendation 2.1.5 is not included" in TREES["cis_v7.0"].about


@pytest.mark.parametrize("tree", TREES)
def test_a_title_is_a_requirement_in_one_sentence(tree: str) -> None:
    for entry in entries(TREES[tree]):
        title = title_of(entry)
        assert re.fullmatch(r"Ensure [^\n]{8,100}[^\s.,:;]", title) and "  " not in title, (entry.id, title)


@pytest.mark.parametrize("tree", TREES)
def test_the_limits_in_a_title_match_the_control(tree: str) -> None:
    for entry in entries(TREES[tree]):
        values = {param.name: param.default for param in QUERIES[entry.control][-1].params} | dict(entry.args)
        stated = {int(number) for number in re.findall(r"\b\d+\b", title_of(entry))}
        assert stated <= set(values.values()), (entry.id, title_of(entry), values)
        assert set(entry.args.values()) <= stated, (entry.id, title_of(entry), entry.args)


def test_a_title_names_the_standard_with_its_version() -> None:
    assert {name: TREES[name].title for name in CIS} == {
        name: f"CIS AWS Foundations Benchmark {version} – identity section"
        for name, version in zip(
            CIS,
            ["v1.2.0", "v1.3.0", "v1.4.0", "v1.5.0", "v2.0.0", "v3.0.0", "v4.0.1", "v5.0.0", "v6.0.0", "v7.0.0"],
            strict=True,
        )
    }
    assert TREES["fsbp"].title.startswith("AWS Foundational Security Best Practices v1.0.0 ")


@pytest.mark.parametrize(
    ("tree", "number", "title"),
    [
        ("cis_v1.2", "1.3", "Ensure credentials unused for 90 days or more are disabled"),
        ("cis_v3.0", "1.12", "Ensure credentials unused for 45 days or more are disabled"),
        ("cis_v3.0", "1.14", "Ensure access keys are rotated every 90 days or less"),
        ("cis_v5.0", "1.7", "Ensure IAM password policy requires minimum length of 14 or greater"),
        ("cis_v6.0", "2.8", "Ensure IAM password policy prevents the reuse of the last 24 passwords"),
        ("cis_v7.0", "2.5", "Ensure MFA is enabled for the root user"),
        ("fsbp", "IAM.8", "Ensure credentials unused for 90 days or more are disabled"),
        ("security_hub", "IAM.22", "Ensure credentials unused for 45 days or more are disabled"),
    ],
)
def test_a_reader_who_knows_the_standard_recognizes_the_titles(tree: str, number: str, title: str) -> None:
    assert [title_of(entry) for entry in entries(TREES[tree]) if entry.id == number] == [title]


def test_the_benchmark_of_access_analyzer_has_a_control_for_each_resource_type() -> None:
    controls = [QUERIES[entry.control][-1] for entry in entries(TREES["access_analyzer"])]
    resource_types = {kind for query in controls for kind in query.resource_types}
    assert resource_types == set(RESOURCE_TYPES) - {"vpc_endpoint", "iam_role"}
    assert {query.name for query in controls if not query.resource_types} == {
        "trust_known_accounts", "trust_no_wildcard_principal", "trust_oidc_subject",
    }  # fmt: skip
