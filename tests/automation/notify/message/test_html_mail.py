"""HTML mail: the elements are as in the template for any name."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify.message.html_mail import html_mail
from tests.automation.notify.notices import change, hostile, large, notice, unread, usual

ELEMENTS = {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "a", "ul", "li", "span", "br", "hr"}
ATTRIBUTES = {"lang", "charset", "style", "href"}


class Parsed(HTMLParser):
    """The elements, attributes, links and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


def test_a_mail_says_what_the_plain_text_says() -> None:
    page = Parsed(html_mail(usual(), 20))
    for text in (
        "deployer became an administrator",
        "payments (222222222222)",
        "region eu-west-1",
        "Unknown results: 7",
    ):
        assert text in page.text
    assert "Two controls were not compared." in page.text and "AssumeRole failed: AccessDenied" in page.text
    assert page.links == ["https://reports.example/run/report.html?X-Amz-Signature=abc"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "", "file:///etc/passwd"])
def test_only_a_web_address_is_a_link(link: str) -> None:
    assert Parsed(html_mail(notice([change()], link=link), 5)).links == []


def test_hostile_names_add_no_element_attribute_or_link() -> None:
    page = Parsed(html_mail(hostile(), 20))
    assert set(page.elements) <= ELEMENTS and page.attributes <= ATTRIBUTES and page.links == []
    assert "<script>alert(1)</script>" in page.text


@given(st.text(), st.text())
@settings(max_examples=100, deadline=None)
def test_any_name_is_text(name: str, other: str) -> None:
    about = notice(
        [change(title=name, severity=other, reason=name)], [unread(account_name=other, reason=name)], link=name
    )
    page = Parsed(html_mail(about, 20))
    assert page.elements == Parsed(html_mail(about, 20)).elements
    assert set(page.elements) <= ELEMENTS and page.attributes <= ATTRIBUTES
    html_mail(about, 20).encode()


def test_nothing_is_loaded_from_elsewhere() -> None:
    page = html_mail(usual(), 20)
    assert not {"src", "background", "srcset"} & Parsed(page).attributes
    assert "url(" not in page and "@import" not in page


def test_changes_that_are_left_out_are_counted() -> None:
    assert "and 2,980 more" in html_mail(large(), 20)
