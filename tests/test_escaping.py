"""Hostile text in each output format: only visible characters, no active markup on GitHub, no formula in a cell.

GitHub's own renderer (cmark-gfm) shows what Markdown becomes; DuckDB shows that both spellings of CSV are the same.
"""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser

import cmarkgfm
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.escaping import (
    FORMULA_PATTERN,
    FORMULA_REPLACEMENT,
    NUMBER_PATTERN,
    escape_formulas,
    escape_json,
    escape_markdown,
    printable,
)

IGNORABLE = [
    0xAD, 0x34F, 0x61C, *range(0x115F, 0x1161), 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010),
    *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xE0000, 0xE0200),
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("plain", "plain"),
        ("ünïcode 漢字 ✓", "ünïcode 漢字 ✓"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2J\x00\x7f\x9b\x85", r"\x1b[2J\x00\x7f\x9b\x85"),
        ("\u202egnp.exe\u2066\u200e\u061c", r"\u202egnp.exe\u2066\u200e\u061c"),
        ("ad\u200bmin\ufeff\xad\u2060", r"ad\u200bmin\ufeff\xad\u2060"),
        ("a\U000e0041\U000e0100\ufe0f", r"a\U000e0041\U000e0100\ufe0f"),
        ("\u3164\uffa0\u115f\u034f\u2800", r"\u3164\uffa0\u115f\u034f\u2800"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("a\xa0b\u3000c", r"a\xa0b\u3000c"),
        ("\ud800\ue000\U0010ffff", r"\ud800\ue000\U0010ffff"),
        ("👩\u200d💻", "👩\\u200d💻"),
    ],
)
def test_invisible_characters_are_escaped(text: str, spelled: str) -> None:
    assert printable(text) == spelled


@pytest.mark.slow
def test_no_control_format_or_ignorable_character_remains() -> None:
    categories = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    codes = [*range(0x30000), *range(0x30000, 0x110000, 0x100)]  # beyond 0x30000, most of a plane is of one category
    chars = [chr(c) for c in {*codes, *IGNORABLE} if c in IGNORABLE or unicodedata.category(chr(c)) in categories]
    escaped = printable("".join(f"z{char}" for char in chars))
    assert escaped.isascii()
    escapes = escaped.split("z")[1:]
    assert len(escapes) == len(chars) and all(len(escape) > 1 for escape in escapes)


def test_names_that_look_alike_are_different() -> None:
    names = ["admin", *(f"ad{chr(code)}min" for code in IGNORABLE), "ad\xa0min", "ad min"]
    assert len({printable(name) for name in names}) == len(names)


@settings(deadline=None)
@given(st.text())
def test_json_keeps_its_values(text: str) -> None:
    line = escape_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(line) == {text: text} and printable(line) == line


# -- Markdown --------------------------------------------------------------------------------------------------------------

LIVE = [
    "http://evil.example", "https://evil.example/?a=1", "HTTPS://EVIL.EXAMPLE", "www.evil.example", "ftp://evil.example",
    "mail@evil.example", "mailto:mail@evil.example", "xmpp:mail@evil.example", "@user", "hi @org/team", "#1", "see GH-12",
    "org/repo#1", "user@a5c3785ed8d6a35868bc169f07e40e889087fd2e", "a5c3785ed8d6a35868bc169f07e40e889087fd2e", "a5c3785",
    "1234567890123456789012345678901234567890", "$x^2$", "$$x$$", "$`x`$", ":heart:", "x:+1:", ":100:", "GHSA-jfh8-c2jp-5v3q",
    "CVE-2021-44228", "arn:aws:iam::1:user/@team", "arn:aws:heart:us-east-1:1:x",
]  # fmt: skip
MARKUP = [
    "**b**", "*i*", "_i_", "__b__", "~s~", "~~s~~", "`c`", "``c", "[l](http://x)", "[l]: http://x", "![i](http://x)", "<b>x</b>",
    "<!-- c -->", "<script>alert(1)</script>", "<http://x>", "<a@b.c>", "&lt;b&gt;", "&#64;user", "&amp;", "[^1]", "[^1]: n",
    "| a | b |", r"\| a", r"\\| a", "a\\", "`|`", "``|\\``", "\\`@user\\`", "`@user", "@user`", "``` @user ```", "[[wiki]]",
    "- [ ] task", "# head", "> quote", "> [!NOTE]", "1. one", "---", "a\nb", "a\r\n\r\nb", " @user ", "`", "\\", "|", "||", "\\|",
    "a  b", "<details><summary>", "\u200b@user", "@\u200buser", "<img src=x onerror=alert(1)>", "'; drop table x; --",
]  # fmt: skip
PLAIN = [
    "ann", "", "''", "snake_case", "arn:aws:iam::123456789012:user/path/ann", "arn:aws:s3:::bucket/key", "123456789012",
    "2026-03-01 10:11:12+00:00", "2026-03-01T10:11:12+00:00", "10:11:12", "1e+20", "us-east-1", "iam:GetUser", "-7", "a.b-c",
    "arn:aws:kms:us-east-1:123456789012:key/x", "arn:aws-us-gov:iam::123456789012:role/r",
    "Unknown: AssumeRole failed (AccessDenied).",
]  # fmt: skip
REFERENCE = re.compile(
    r"(?<![\w/])@[a-z0-9] | \#\d | \bGH-\d | \bCVE-\d | \bGHSA- | \b(?=\d*[a-f])[0-9a-f]{7,40}\b | \b\d{40}\b | \$.*\$"
    r" | :(?:heart|x|[+-]1|100):",
    re.IGNORECASE | re.VERBOSE,
)


class Page(HTMLParser):
    """A page as GitHub processes it: its tags, its cells, and the text outside of code, where GitHub looks for references."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self.outside = ""
        self._in_code = False
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._in_code = self._in_code or tag == "code"
        self.cells += [""] if tag in ("td", "th") else []

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self.cells and data.strip():
            self.cells[-1] += data
        self.outside += "" if self._in_code else data


def page(text: str) -> Page:
    """Render a table of two cells, with the text in one of them."""
    return Page(f"| a | b |\n| --- | --- |\n| {escape_markdown(text)} | end |\n")


def check_harmless(text: str) -> None:
    parsed = page(text)
    assert parsed.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}, (text, parsed.tags)
    assert len(parsed.cells) == 4 and parsed.cells[3] == "end", (text, parsed.cells)
    assert parsed.cells[2].strip() == printable(text).strip(), (text, parsed.cells)
    assert not REFERENCE.search(parsed.outside), (text, parsed.outside)


@pytest.mark.parametrize("text", [*LIVE, *MARKUP, *PLAIN])
def test_no_text_of_a_cell_is_active_markup(text: str) -> None:
    check_harmless(text)


@pytest.mark.parametrize("text", LIVE)
def test_text_that_github_would_link_is_in_a_code_span(text: str) -> None:
    assert "code" in page(text).tags


@pytest.mark.parametrize("text", PLAIN)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert escape_markdown(text) == text


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*LIVE, *MARKUP, *"`|\\$@#:_*~[]()<>&! x1"]), max_size=6).map("".join))
def test_no_combination_of_texts_is_active_markup(text: str) -> None:
    check_harmless(text)


def test_the_test_page_detects_active_markup() -> None:
    assert "a" in Page("| a |\n| --- |\n| http://evil.example |\n").tags
    assert REFERENCE.search(Page("| a |\n| --- |\n| &#64;user |\n").outside)


# -- CSV -------------------------------------------------------------------------------------------------------------------

FORMULAS = [
    ("=1+1", "'=1+1"), ("+1+1", "'+1+1"), ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"), ("@SUM(1)", "'@SUM(1)"),
    ("\tx", "'\tx"), ("\rx", "'\rx"), ("\nx", "'\nx"), ("\x00x", "'\x00x"), ("\n=1+1", "\n'=1+1"), ("\r\n=1", "'\r\n'=1"),
    ("＝1+1", "'＝1+1"), ("＋1", "'＋1"), ("－1", "'－1"), ("＠x", "'＠x"), (" =1+1", "' =1+1"), ('"=1+1', "'\"=1+1"),
    ("'=1+1", "''=1+1"), ("\u200b=1+1", "'\u200b=1+1"), ("\ufeff\xa0=1", "'\ufeff\xa0=1"), ("x;=HYPERLINK(1)", "x;'=HYPERLINK(1)"),
    ('x; "=1', "x;' \"=1"), ("x\t=1", "x\t'=1"), ("x,@y", "x,'@y"), ("a\n=1\n+b", "a\n'=1\n'+b"), ("=;=;=", "'=;'=;'="),
    ("-1;-2", "'-1;'-2"), ("--", "'--"), ("-rf", "'-rf"), ('["a", "=x"]', "[\"a\",' \"=x\"]"),
]  # fmt: skip
UNTOUCHED = [
    "", "a", "a=1", "a-b", "a+b@c", "x; y", "-5", "+3.2", "1e-5", "-1.5E+10", "-.5", "+5.", "0", "ann, bo", "arn:aws:iam::1:user/x",
    "'", " ", '{"a": "=x"}', '["=x"]', "a;b,c", "1-2", "2026-03-01 10:11:12+00:00", "x = 1", "漢字",
]  # fmt: skip


@pytest.mark.parametrize(("text", "escaped"), [*FORMULAS, *((text, text) for text in UNTOUCHED)])
def test_no_part_of_a_cell_is_a_formula_and_numbers_are_unchanged(text: str, escaped: str) -> None:
    assert escape_formulas(text) == escaped


def in_duckdb(texts: list[str]) -> list[str]:
    """Escape with DuckDB's RE2, as `iamsql export` does."""
    sql = (
        "select case when regexp_full_match(t, $number) then t else regexp_replace(t, $formula, $escaped, 'g') end"
        " from unnest($texts) as u(t)"
    )
    values = {"texts": texts, "number": NUMBER_PATTERN, "formula": FORMULA_PATTERN, "escaped": FORMULA_REPLACEMENT}
    return [text for (text,) in duckdb.execute(sql, values).fetchall()]


def test_duckdb_escapes_formulas_in_the_same_way() -> None:
    texts = [*(text for text, _ in FORMULAS), *UNTOUCHED]
    assert in_duckdb(texts) == [escape_formulas(text) for text in texts]


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.one_of(TEXT, st.text("=+-@＝;,\t\r\n \"'\u200b\x001e.x")), min_size=1))
def test_duckdb_escapes_any_text_in_the_same_way(texts: list[str]) -> None:
    assert in_duckdb(texts) == [escape_formulas(text) for text in texts]


@settings(deadline=None)
@given(st.text("=+-@＝＠;,\t\r\n \"'\u200b\ufeff\xa01e.x"))
def test_no_part_begins_with_a_formula_character(text: str) -> None:
    escaped = escape_formulas(text)
    if not re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text):
        for part in re.split("[;,\t\r\n]", escaped):
            assert not part.lstrip(' "\u200b\ufeff\xa0').startswith(tuple("=+-@＝＠"))
    assert escaped.replace("'", "") == text.replace("'", "")
