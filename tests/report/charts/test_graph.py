"""The drawing of escalation paths: nothing overlaps for any paths."""

from __future__ import annotations

import csv
import random
import re
from itertools import combinations
from pathlib import Path

import pytest

from iamsql.report.charts.escalation import VERDICTS, Principal, Step
from iamsql.report.charts.graph import escalation_graph
from iamsql.report.charts.svg import text_width
from tests.report.charts.drawn import SVG, about, parse, rects, texts

Area = tuple[float, float, float, float]
EXPECTED = Path(__file__).parents[2] / "queries" / "expected" / "escalation_paths.csv"
METHODS = ("update_assume_role_policy_and_assume_role", "assume_role", "put_user_policy", "a")


def made_up(seed: int, depth: int, principals: int) -> list[list[Step]]:
    """Return ten paths of up to `depth` steps over some principals: many shared, many methods, long names, cycles."""
    numbers = random.Random(seed)
    paths = []
    for _ in range(10):
        count = numbers.randint(1, depth)
        names = [f"role/team-{numbers.randrange(principals)}{'-x' * numbers.choice([0, 2, 60])}" for _ in range(count)]
        nodes = [Principal(name, f"account-{numbers.randrange(2)}") for name in names]
        steps = zip(nodes, [*nodes[1:], None], strict=True)
        paths.append(
            [Step(source, numbers.choice(METHODS), target, numbers.choice(VERDICTS)) for source, target in steps]
        )
    return paths


def sample_paths() -> list[list[Step]]:
    """Return the ten first escalation paths of the sample organization."""
    with EXPECTED.open(newline="") as stream:
        rows = list(csv.DictReader(stream))[:10]
    paths = []
    for row in rows:
        first, *parts = re.split(r" -\[(.+?)\]-> ", row["path"])
        nodes = [None if node == "administrator" else principal(node) for node in (first, *parts[1::2])]
        steps = zip(nodes, parts[::2], nodes[1:], strict=False)
        paths.append([Step(source, method, target, row["verdict"]) for source, method, target in steps if source])
    return paths


def principal(arn: str) -> Principal:
    _, _, _, _, account, name = arn.split(":", 5)
    return Principal(name, account)


def areas(markup: str, classes: str) -> list[Area]:
    """Return left, top, right and bottom of the texts of a class, by their greatest width."""
    elements = [item for item in parse(markup).iter(f"{SVG}text") if classes in item.get("class", "").split()]
    return [
        (
            float(item.get("x", "")),
            float(item.get("y", "")) - 9,
            float(item.get("x", "")) + text_width(item.text or ""),
            float(item.get("y", "")) + 3,
        )
        for item in elements
    ]


def overlap(first: Area, second: Area) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def points(data: str) -> list[tuple[float, float]]:
    """Return points on a path of M, H and C commands, close to each other."""
    x = y = 0.0
    points = []
    for command, numbers in re.findall(r"([MHC])([^MHC]*)", data):
        values = list(map(float, numbers.split()))
        if command == "M":
            x, y = values
        elif command == "H":
            points += [(x + (values[0] - x) * step / 40, y) for step in range(41)]
            x = values[0]
        else:
            bend, _, _, end_y, end_x, _ = values
            for step in range(21):
                t = step / 20
                at_x = (1 - t) ** 3 * x + 3 * (1 - t) * t * bend + t**3 * end_x
                at_y = ((1 - t) ** 3 + 3 * (1 - t) ** 2 * t) * y + (3 * (1 - t) * t**2 + t**3) * end_y
                points.append((at_x, at_y))
            x, y = end_x, end_y
    return points


def check(markup: str) -> None:
    """Assert that boxes, labels and arrows do not overlap, and that they are inside the image."""
    width, height = map(float, (parse(markup).get("viewBox") or "").split()[2:])
    boxes = [(x, y, x + wide, y + high) for x, y, wide, high in rects(markup, "chart-box")]
    labels = areas(markup, "chart-method")
    for first, second in combinations([*boxes, *labels], 2):
        assert not overlap(first, second), (first, second)
    assert all(x >= 0 and y >= 0 and right <= width and bottom <= height for x, y, right, bottom in boxes)
    assert all(
        any(x <= text[0] and text[2] <= right for x, _, right, _ in boxes) for text in areas(markup, "chart-account")
    )
    arrows = [item.get("d", "") for item in parse(markup).iter(f"{SVG}path") if "C" in item.get("d", "")]
    for at_x, at_y in (point for arrow in arrows for point in points(arrow)):
        assert not [box for box in boxes if box[0] < at_x < box[2] and box[1] < at_y < box[3]]
        assert not [label for label in labels if label[0] < at_x < label[2] and label[1] < at_y < label[3]]


@pytest.mark.parametrize(("depth", "principals"), [(1, 20), (2, 3), (3, 6), (6, 60), (6, 12), (6, 4)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_overlaps(seed: int, depth: int, principals: int) -> None:
    markup = escalation_graph("Paths", made_up(seed, depth, principals))
    assert len(rects(markup, "administrator")) == 1
    check(markup)


def test_the_sample_organization() -> None:
    paths = sample_paths()
    assert len(paths) == 10
    markup = escalation_graph("Who can become administrator", paths)
    check(markup)
    assert {step.source.name for path in paths for step in path} <= set(texts(markup, "chart-principal")) | {
        "user/ci/deploy"
    }
    assert "administrator" in texts(markup)
    assert "certain" in texts(markup)


def test_the_same_paths_give_the_same_image() -> None:
    assert escalation_graph("Paths", made_up(5, 6, 9)) == escalation_graph("Paths", made_up(5, 6, 9))


def test_verdicts_are_line_styles_with_labels() -> None:
    ann = Principal("user/ann", "prod")
    paths = [[Step(Principal(f"user/{verdict}"), "m", ann, verdict)] for verdict in ("unknown", "certain")]
    labels = {"certain": "seguro", "unknown": "desconocido"}
    markup = escalation_graph("Paths", paths, administrator="administrador", verdicts=labels)
    assert texts(markup, "chart-label") == ["seguro", "desconocido"]
    arrows = [item.get("class") for item in parse(markup).iter(f"{SVG}path") if "C" in item.get("d", "")]
    assert arrows == ["chart-arrow unknown", "chart-arrow certain", "chart-arrow certain"]
    assert texts(markup, "chart-administrator") == ["administrador"]
    assert about(markup) == "user/unknown m → user/ann · prod. user/certain m → user/ann · prod"


def test_many_methods_are_counted_and_listed_in_the_tip() -> None:
    markup = escalation_graph(
        "Paths", [[Step(Principal("user/ann"), f"method_{number}", None, "certain")] for number in range(6)]
    )
    assert texts(markup, "chart-method") == ["method_0", "method_1", "+4"]
    tips = [item.text for item in parse(markup).iter(f"{SVG}title")]
    assert "method_0, method_1, method_2, method_3, method_4, method_5" in tips


def test_hostile_names_are_text() -> None:
    markup = escalation_graph("Paths", [[Step(Principal("<script>", "\x1b]0;x"), "<b>", None, '" onload="x')]])
    assert "<script>" not in markup.replace("&lt;script&gt;", "")
    assert texts(markup, "chart-principal") == ["<script>"]
    assert all("onload" not in item.attrib for item in parse(markup).iter())


def test_no_paths_are_an_image() -> None:
    assert rects(escalation_graph("Paths", []), "chart-box") == []
