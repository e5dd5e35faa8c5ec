"""Which files and rules are read, how they become detections, and the reasons for refused rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.query.sigma import find_paths, is_installed
from iamsql.query.sigma.rules import load_rules

RULE = """
title: Access key of another user
id: 3f2f0b1c-5c59-4f0e-9d3c-0d9f0c5a7f11
description: A user creates a key.
tags: [attack.persistence, attack.privilege-escalation, attack.t1098.001, attack.s0001, cve.2024-1]
level: high
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: CreateAccessKey}
    condition: selection
"""


def write(folder: Path, name: str, text: str = RULE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_rule_is_a_detection_with_its_title_severity_and_tags(tmp_path: Path) -> None:
    path = write(tmp_path, "Key of another-user.yml")
    (rule,) = load_rules([str(tmp_path)]).rules.values()
    query = rule.query
    assert (query.name, query.title, query.kind) == (
        "sigma:key_of_another_user",
        "Access key of another user",
        "detection",
    )
    assert (query.severity, query.about, query.path) == ("high", "A user creates a key.", str(path))
    assert query.tags == ("tactic:persistence", "tactic:privilege_escalation", "mitre:T1098.001")
    assert rule.id == "3f2f0b1c-5c59-4f0e-9d3c-0d9f0c5a7f11" and rule.tags[-1] == "cve.2024-1"


@pytest.mark.parametrize(
    ("level", "severity"),
    [("informational", "info"), ("low", "low"), ("medium", "medium"), ("high", "high"), ("critical", "critical")],
)
def test_the_level_is_the_severity(tmp_path: Path, level: str, severity: str) -> None:
    write(tmp_path, "a.yml", RULE.replace("level: high", f"level: {level}"))
    assert load_rules([str(tmp_path)]).rules["sigma:a"].query.severity == severity


def test_folders_and_files_are_read_once_and_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.yml")
    write(tmp_path, "below/a.yaml")
    write(tmp_path, "notes.txt", "no rule")
    write(tmp_path, ".hidden/c.yml")
    rule_set = load_rules([str(tmp_path / "b.yml"), str(tmp_path), str(tmp_path)])
    assert list(rule_set.rules) == ["sigma:b", "sigma:a"] and not rule_set.refused and not rule_set.notes


def test_a_link_that_leads_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "rules/a.yml")
    outside = write(tmp_path, "outside.yml")
    (tmp_path / "rules" / "link.yml").symlink_to(outside)
    (tmp_path / "rules" / "loop.yml").symlink_to("loop.yml")
    rule_set = load_rules([str(tmp_path / "rules")])
    assert list(rule_set.rules) == ["sigma:a"]
    assert [*rule_set.refused] == [f"{tmp_path}/rules/loop.yml"]
    assert rule_set.notes == [f"{tmp_path}/rules/link.yml is a link that leads out of {tmp_path}/rules: not read."]


def test_rules_for_other_log_sources_are_counted_and_named(tmp_path: Path) -> None:
    write(tmp_path, "a.yml")
    for name in "bcdefg":
        write(tmp_path, f"{name}.yml", RULE.replace("aws", "azure").replace("Access key", f"Rule {name}"))
    write(tmp_path, "h.yml", RULE.replace("service: cloudtrail", "service: vpc"))
    rule_set = load_rules([str(tmp_path)])
    assert list(rule_set.rules) == ["sigma:a"] and not rule_set.refused
    (note,) = rule_set.notes
    assert note.startswith(
        "7 Sigma rules were not run, because the log source is not product aws, service cloudtrail: Rule b"
    )
    assert note.endswith("Rule f of another user and 2 more.")
    with pytest.raises(
        IamsqlError, match=r"no Sigma rules for product aws, service cloudtrail in .*b.yml\n1 Sigma rule was"
    ):
        load_rules([str(tmp_path / "b.yml")])


def test_several_rules_of_a_file_and_files_of_one_name_have_different_names(tmp_path: Path) -> None:
    second = RULE.replace("Access key", "Second key")
    write(tmp_path, "a.yml", f"{RULE}---{second}---\n")
    write(tmp_path, "below/a.yml", RULE.replace("Access", "Third"))
    write(tmp_path, "last/a.yml", RULE.replace("Access", "Third"))
    rule_set = load_rules([str(tmp_path)])
    assert list(rule_set.rules) == [
        "sigma:a",
        "sigma:a_second_key_of_another_user",
        "sigma:a_third_key_of_another_user",
    ]
    (reason,) = rule_set.refused.values()
    assert (
        "last/a.yml: the rule 'Third key of another user' was not run: another rule has the name sigma:a_third_key"
        in reason
    )


def test_a_global_document_is_part_of_the_rules_that_follow(tmp_path: Path) -> None:
    shared = "action: global\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\n"
    rule = "title: T\ndetection: {s: {eventName: X}, condition: s}\n"
    write(tmp_path, "a.yml", f"{shared}---\n{rule}")
    assert load_rules([str(tmp_path)]).rules["sigma:a"].query.severity == "low"


CORRELATION = (
    "title: Many\ncorrelation: {type: event_count, rules: [x], group-by: [a], timespan: 1h, condition: {gte: 9}}\n"
)
FILTER = (
    "title: Known\nlogsource: {product: aws, service: cloudtrail}\nfilter: {rules: any, s: {a: b}, condition: not s}\n"
)
DETECTION = "    selection: {eventName: CreateAccessKey}\n"
NESTED = f"    selection: {'[' * 5000}\n"
BOMB = "    a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"    {name}: &{name} [{', '.join([f'*{above}'] * 10)}]\n" for above, name in zip("abcdefg", "bcdefgh", strict=True)
)
REFUSED = [
    (CORRELATION, "Many: correlation rules are not supported"),
    (FILTER, "Known: Sigma filters are not supported"),
    ("- a\n- b\n", "a document is not a mapping"),
    ("title: [", "while parsing"),
    ("title: A\n", "must have a log source"),
    (RULE.replace("level: high", "level: urgent"), "'urgent' is not a valid Sigma rule level"),
    (RULE.replace("CreateAccessKey", "'%keys%'").replace("eventName:", "'eventName|expand':"), "placeholder 'keys'"),
    (RULE.replace(DETECTION, DETECTION * 2), "Duplicate key"),
    (RULE.replace(DETECTION, NESTED), "nesting depth"),
    (RULE.replace(DETECTION, BOMB + DETECTION), "aliases expand to too many nodes"),
    (RULE.replace("eventName:", f"'eventName{'|base64offset' * 9}':"), "a modifier is given twice"),
    (RULE.replace("eventName:", f"'{'a' * 301}':"), "more than 300 characters or 12 members"),
    (RULE.replace("eventName:", f"'{'a.' * 12}a':"), "more than 300 characters or 12 members"),
    (RULE.replace("eventName: CreateAccessKey", f"'eventName|fieldref': {'a.' * 12}a"), "300 characters or 12 members"),
    (f"{RULE}---\n" * 101, "more than 100 documents"),
    (RULE.replace("CreateAccessKey", f"[{'x, ' * 20_001}]"), "too many values"),
    (RULE.replace("condition: selection", f"condition: {'not ' * 20_001}selection"), "a condition that is too long"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_file_that_cannot_run_is_refused_and_the_others_run(tmp_path: Path, text: str, reason: str) -> None:
    write(tmp_path, "a.yml")
    path = write(tmp_path, "bad.yml", text)
    rule_set = load_rules([str(tmp_path)])
    assert list(rule_set.rules) == ["sigma:a"]
    (message,) = rule_set.refused.values()
    assert message.startswith(str(path)) and reason in message and "\n" not in message


def test_a_path_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match=r"^no file or folder nothing \(from sigma:nothing\)$"):
        load_rules(["nothing"])
    with pytest.raises(IamsqlError, match=r"has no Sigma rules: files that end in .yml or .yaml"):
        load_rules([str(tmp_path)])
    write(tmp_path, "large.yml", "#" * (1 << 20) + RULE)
    (reason,) = load_rules([str(tmp_path)]).refused.values()
    assert reason.endswith("it is larger than 1 MiB")


def test_names_are_paths_or_names_of_queries() -> None:
    assert is_installed()
    assert find_paths(("cis_v7.0",)) == [] and find_paths(("sigma:a", "sigma:b/c.yml")) == ["a", "b/c.yml"]
    with pytest.raises(IamsqlError, match=r"Sigma rules and cis_v7\.0 cannot run together"):
        find_paths(("sigma:a", "cis_v7.0"))
    with pytest.raises(IamsqlError, match="iamsql check sigma:DIR"):
        find_paths(("sigma:",))
