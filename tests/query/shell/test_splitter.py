"""Whether typed text is complete, and the statement at the cursor."""

from __future__ import annotations

import pytest

from iamsql.query.shell.splitter import is_command, is_complete, statement_at_cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "select 1;",
        "select 1; ",
        "select 1; -- done",
        "select 1; /* so; /* it */ is */",
        "select ';' as a;",
        'select 1 as "a;b";',
        "select 'it''s';",
        r"select e'it\'s';",
        "select $$a;b$$;",
        "select $x$ $$; $x$;",
        "copy (select 1) to 'a.csv'; select 2;",
        ".tables",
        ".run stale_keys days=3",
        "quit",
        r"\q",
        "exit;",
    ],
)
def test_complete_text(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "select 1; select 2",
        "select ';",
        "select 'it''s;",
        r"select e'it\';",
        'select 1 as "a;',
        "select 1 -- ;",
        "/* ; */",
        "/* select 1;",
        "select 1; /* and",
        "select 1; /* and /* so */",
        "select $$a;",
        "select $x$ $$;",
        "quit me",
        "stale_keys",
    ],
)
def test_incomplete_text(text: str) -> None:
    assert not is_complete(text)


def test_the_name_of_a_query_is_complete() -> None:
    assert is_complete(" stale_keys ", {"stale_keys"}) and is_complete("stale_keys;", {"stale_keys"})
    assert not is_complete("stale_key", {"stale_keys"}) and not is_complete("from stale_keys", {"stale_keys"})


def test_a_command_begins_with_a_dot() -> None:
    assert is_command(" .tables") and is_command("quit;")
    assert not is_command("select .5;") and not is_command("quitting")


@pytest.mark.parametrize(
    ("before", "after", "statement"),
    [
        ("select 1; select a", " from t; select 3", " select a from t"),
        ("select 'from x' a", "", "select          a"),
        ("select /* from x */ a", "", "select              a"),
        ("select 1;", "", ""),
    ],
)
def test_the_statement_at_the_cursor(before: str, after: str, statement: str) -> None:
    assert statement_at_cursor(before, after) == statement
