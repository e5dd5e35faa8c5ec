"""The values of the key `layout`."""

from __future__ import annotations

import pytest

from iamsql.model.layout import Layout, layout_problem, read_layout


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("table", Layout()),
        ("table; below reason", Layout(below=("reason",))),
        ("groups account, principal", Layout("groups", ("account", "principal"))),
        ("groups a ; below b,c", Layout("groups", ("a",), ("b", "c"))),
        ("record {a} may {b}; {c}", Layout("record", template="{a} may {b}; {c}")),
    ],
)
def test_a_layout(text: str, layout: Layout) -> None:
    assert layout_problem(text) == "" and read_layout(text) == layout


def test_the_columns_of_a_layout() -> None:
    assert read_layout("groups a, b; below c").columns == ("a", "b", "c")
    assert read_layout("record {a}: {b}, {a}").columns == ("a", "b", "a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tables",
        "groups",
        "groups a b",
        "groups a;",
        "below a",
        "record",
        "record text",
        "record {a",
        "record {a b}",
    ],
)
def test_another_text(text: str) -> None:
    assert layout_problem(text).startswith("layout must be `table`") and read_layout(text) == Layout()


@pytest.mark.parametrize("mark", ["\x1b[2J", "\u202e", "\x07", "\n::error::"])
def test_no_invisible_characters(mark: str) -> None:
    assert layout_problem(f"record {mark} {{a}}") == "layout has an invisible character"
