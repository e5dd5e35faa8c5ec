"""A notification as HTML for mail programs: styles within the elements, and no scripts, images or other remote content."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from iamsql.automation.notify.message.text import Group, Item, group_changes
from iamsql.automation.notify.model import Notice

PAGE_STYLE = (
    "margin:0;padding:24px;background:#f6f7f9;color:#1c2530;font:15px/1.5 -apple-system,'Segoe UI',Arial,sans-serif"
)
CARD_STYLE = "max-width:720px;margin:0 auto;padding:24px;background:#fff;border:1px solid #d9dee5;border-radius:6px"
HEADING_STYLE = "margin:24px 0 8px;font-size:16px"
LIST_STYLE = "margin:0;padding:0;list-style:none"
ITEM_STYLE = "margin:0 0 10px;padding:0 0 0 10px;border-left:3px solid #c3cad4;overflow-wrap:anywhere"
DETAIL_STYLE = "color:#55606e;font-size:13px"
LABEL_STYLE = (
    "display:inline-block;margin-right:6px;padding:0 6px;border-radius:3px;color:#fff;font-size:12px;background:"
)
LABEL_COLORS = {"critical": "#8e1b1b", "high": "#b4420a", "medium": "#7a5b00"}
OTHER_LABEL_COLOR = "#55606e"
BUTTON_STYLE = "display:inline-block;margin:20px 0 4px;padding:8px 16px;background:#14539a;color:#fff;border-radius:4px"


def html_mail(notice: Notice, limit: int) -> str:
    """Return a notice as an HTML page, with at most `limit` changes and as many accounts that were not read."""
    return "".join(_page_parts(notice, limit))


def _page_parts(notice: Notice, limit: int) -> Iterator[str]:
    content = group_changes(notice, limit)
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(content.subject)}</title></head>'
    yield f'<body style="{PAGE_STYLE}"><div style="{CARD_STYLE}">'
    yield f'<h1 style="margin:0 0 12px;font-size:20px">{escape(content.subject)}</h1>'
    yield from (_element_html("p", "margin:0 0 4px", text) for text in content.numbers)
    if is_web_address(content.link):
        yield f'<p style="margin:0"><a style="{BUTTON_STYLE}" href="{escape(content.link)}">Open the report</a></p>'
    for group in content.groups:
        yield from _group_html(group)
    yield '<hr style="margin:24px 0 12px;border:0;border-top:1px solid #d9dee5">'
    yield from (_element_html("p", f"margin:0 0 4px;{DETAIL_STYLE}", text) for text in content.closing)
    yield "</div></body></html>\n"


def is_web_address(link: str) -> bool:
    """Return whether a link opens a page; one of another scheme could run a script."""
    return link.startswith(("https://", "http://"))


def _group_html(group: Group) -> Iterator[str]:
    yield _element_html("h2", HEADING_STYLE, group.title)
    if group.items or group.rest:
        yield f'<ul style="{LIST_STYLE}">'
        yield from map(_item_html, group.items)
        yield _element_html("li", ITEM_STYLE, group.rest) if group.rest else ""
        yield "</ul>"


def _item_html(item: Item) -> str:
    color = LABEL_COLORS.get(item.label, OTHER_LABEL_COLOR)
    label = _element_html("span", LABEL_STYLE + color, item.label) if item.label else ""
    details = "".join(f"<br>{_element_html('span', DETAIL_STYLE, detail)}" for detail in item.details)
    return f'<li style="{ITEM_STYLE}">{label}{escape(item.title)}{details}</li>'


def _element_html(name: str, style: str, text: str) -> str:
    return f'<{name} style="{style}">{escape(text)}</{name}>'
