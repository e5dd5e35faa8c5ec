"""Elements as text: escaped, small, and the same for every font."""

from __future__ import annotations

import re

from iamsql.report.charts import svg
from iamsql.report.charts.histogram import histogram
from tests.report.charts.drawn import parse

HOSTILE = "</title><script>alert(1)</script>\x1b[31m\n\"'&\u202e\ufffe\ud800"
SHOWN = "</title><script>alert(1)</script>\\x1b[31m\\n\"'&\\u202e\\ufffe\\ud800"


def test_hostile_text_is_text() -> None:
    markup = svg.drawing(HOSTILE, HOSTILE, (10, 10), [svg.text(0, 0, HOSTILE), svg.rect(0, 0, 1, 1, HOSTILE, HOSTILE)])
    root = parse(markup)
    assert {item.tag.removeprefix("{http://www.w3.org/2000/svg}") for item in root.iter()} == {
        "svg",
        "title",
        "desc",
        "text",
        "rect",
    }
    assert [item.text for item in root.iter() if item.text] == [SHOWN] * 4


def test_an_image_in_a_page_has_no_style_script_id_or_link() -> None:
    markup = histogram("Users", [("a", 1), ("b", 2)], 3)
    assert not re.search(r"<style|style=|<script|\bid=|href|url\(| on\w+=", markup)


def test_coordinates_have_one_decimal() -> None:
    assert [svg.coordinate(value) for value in (0, -0.01, 1 / 3, 12.0, -2.25, 99.96)] == [
        "0",
        "0",
        "0.3",
        "12",
        "-2.2",
        "100",
    ]


def test_hatching_stays_in_its_rectangle() -> None:
    numbers = [float(number) for number in re.findall(r"[\d.]+", svg.hatching(10, 20, 33, 9).partition(' d="')[2])]
    assert len(numbers) >= 20
    assert all(10 <= x <= 43 for x in numbers[::2])
    assert all(20 <= y <= 29 for y in numbers[1::2])


def test_long_text_is_elided_to_its_width() -> None:
    assert svg.elide("short", 100) == "short"
    shortened = svg.elide("arn:aws:iam::111122223333:role/OrganizationAccountAccessRole", 120)
    assert svg.text_width(shortened) <= 120
    assert shortened.startswith("arn:a")
    assert shortened.endswith("Role")
    assert svg.elide("文字幅テスト文字幅", 60) == "文字…幅"
    assert svg.elide("abc", 1) == "…"


def test_the_style_sheet_has_every_color_in_dark_as_well() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", svg.CSS_FILE.read_text(), re.DOTALL)[:2]
    names = re.findall(r"(--chart-[\w-]+):", light)
    assert len(names) > 20
    assert names == re.findall(r"(--chart-[\w-]+):", dark)


def test_the_style_sheet_uses_only_defined_colors() -> None:
    css = svg.CSS_FILE.read_text()
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= set(re.findall(r"(--[\w-]+):", css))
