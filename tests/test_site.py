"""The documentation site has every page, its links work, and neither building nor reading it needs a network."""

from __future__ import annotations

import http.server
import importlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.tables.registry import all_tables
from tests.fixtures import built_once
from tests.report.html.browser import REQUIRED, browser, needs_browser, new_page

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
MKDOCS = ROOT / "build" / "site-venv" / "bin" / "mkdocs"
sys.path.insert(0, str(DOCS))  # the generators are not part of the package
links, navigation = map(importlib.import_module, ("site_links", "site_navigation"))
PAGES = {"index.md", "guide/sync.md", "guide/query.md", "queries/stale_keys.md", "contributing.md", "images/report.png"}
needs_tools = pytest.mark.skipif(not MKDOCS.exists() and not REQUIRED, reason="run make site-tools")


@pytest.mark.parametrize(
    ("page", "markdown", "expected"),
    [
        ("guide/sync.md", "[x](query.md#notes)", "[x](query.md#notes)"),
        ("guide/sync.md", "[x](../../CONTRIBUTING.md#rules)", "[x](../contributing.md#rules)"),
        ("index.md", f"[x]({links.MAIN}docs/guide/sync.md#events)", "[x](guide/sync.md#events)"),
        ("contributing.md", "[x](docs/guide/sync.md)", "[x](guide/sync.md)"),
        (
            "queries/stale_keys.md",
            "[x](../../queries/keys/stale_keys.sql)",
            f"[x]({links.MAIN}queries/keys/stale_keys.sql)",
        ),
        ("contributing.md", "[x](tests/report)", f"[x]({links.HOMEPAGE}/tree/main/tests/report)"),
        ("guide/sync.md", f"[x]({links.SITE}demo/report.html)", "[x](../demo/report.html)"),
        ("index.md", f"![x]({links.RAW}docs/images/report.png)", "![x](images/report.png)"),
        ("guide/sync.md", "[x](nothing.md)", "[x](nothing.md)"),  # MkDocs reports it
        ("guide/sync.md", "[x](https://aws.amazon.com/s3/) [y](#here)", "[x](https://aws.amazon.com/s3/) [y](#here)"),
        ("guide/sync.md", "`[x](../../README.md)` [`y`](../../README.md)", "`[x](../../README.md)` [`y`](../index.md)"),
        ("guide/sync.md", "```\n[x](../../README.md)\n```\n", "```\n[x](../../README.md)\n```\n"),
        ("guide/sync.md", "a\n<!-- [[[cog\nx\n]]] -->\nb\n<!-- [[[end]]] -->\nc\n", "a\nb\nc\n"),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(page: str, markdown: str, expected: str) -> None:
    assert links.site_markdown(markdown, page, PAGES) == expected


def test_the_navigation_lists_each_page_once() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if "examples" not in path.parts}
    every = pages | set(links.ROOT_PAGES.values()) | set(navigation.indexes(DOCS))
    assert every == navigation.listed_pages(DOCS), "add the page to docs/site_navigation.py"


def test_each_query_is_under_the_tab_of_its_kind() -> None:
    tabs = {name: str(entries) for tab in navigation.navigation(DOCS) for name, entries in tab.items()}
    kinds = {"report": "Queries", "control": "Controls", "detection": "Detections"}
    newest = [versions[-1] for versions in catalog.load([catalog.shipped_folder()]).values()]
    assert not [query.name for query in newest if f"'queries/{query.name}.md'" not in tabs[kinds[query.kind]]]
    assert all(f"'tables/{name}.md'" in tabs["Tables"] for name in all_tables())
    for kind, tab in list(kinds.items())[1:]:
        text = navigation.indexes(DOCS)[f"{tab.lower()}.md"]
        assert text.count("](queries/") == sum(query.kind == kind for query in newest)


def test_a_page_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    for name in ("queries.md", "tables.md"):
        (tmp_path / name).write_text("# Empty\n")
    pages = navigation.listed_pages(tmp_path)
    assert "index.md" in pages and "guide/sync.md" not in pages


def test_the_tools_are_pinned_by_hash_and_come_from_no_named_host() -> None:
    text = (DOCS / "site-requirements.txt").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.match(r"[\w.-]+==[\w.]+ +(--hash=sha256:[0-9a-f]{64} *)+$", line) for line in lines)
    assert {"mkdocs==1.6.1"} <= {line.split()[0] for line in lines} and "://" not in text


def build(target: Path, docs: Path = DOCS) -> subprocess.CompletedProcess[str]:
    """Build the site from a folder of Markdown, with placeholders of the demo."""
    demo = target.with_name(f"{target.name}-demo")
    demo.mkdir(parents=True)
    for name in ("report.html", "demo.duckdb"):
        (demo / name).write_text("<!doctype html><title>Report</title>")
    config = ROOT / "mkdocs.yml"
    if docs != DOCS:
        config = docs.with_name("mkdocs.yml")
        text = (
            (ROOT / "mkdocs.yml").read_text(encoding="utf-8").replace("docs/site_hooks.py", str(DOCS / "site_hooks.py"))
        )
        config.write_text(text)
    environment = {**os.environ, "IAMSQL_SITE_DEMO": str(demo), "NO_MKDOCS_2_WARNING": "1"}
    offline = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    command = [str(MKDOCS), "build", "--strict", "--config-file", str(config), "--site-dir", str(target)]
    return subprocess.run(command, cwd=ROOT, env=environment | offline, capture_output=True, text=True, timeout=600)


def _build_shared(folder: Path) -> None:
    result = build(folder / "site")
    assert result.returncode == 0 and "WARNING" not in result.stderr, result.stderr


@pytest.fixture(scope="module")
def site() -> Path:
    """Return the folder of the site, which one process builds for all tests."""
    return built_once("site", _build_shared) / "site"


class Sources(HTMLParser):
    """The addresses that a browser loads with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the address of an element that is loaded: not of a link to click, and not of the page itself."""
        values = dict(attrs)
        self.found += [value for name in ("src", "srcset", "data", "poster") if (value := values.get(name))]
        if tag == "link" and values.get("rel") != "canonical":
            self.found.append(values.get("href") or "")


@pytest.mark.slow
@needs_tools
def test_the_site_has_every_page_and_loads_nothing_from_another_host(site: Path) -> None:
    for page in navigation.listed_pages(DOCS):
        path = site / page.removesuffix("index.md").removesuffix(".md") / "index.html"
        parser = Sources()
        text = path.read_text(encoding="utf-8")
        parser.feed(text)
        assert parser.found and not [address for address in parser.found if re.match(r"(?:\w+:)?//", address)], page
        assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", text), page
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert styles and not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", styles)
    assert (site / "demo" / "report.html").exists() and (site / "demo" / "demo.duckdb").exists()
    assert not list(site.rglob("*.py")) and not list(site.rglob("*.toml"))


@pytest.mark.slow
@needs_tools
def test_a_broken_link_a_missing_heading_and_an_unlisted_page_stop_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(DOCS, docs, ignore=shutil.ignore_patterns("queries", "tables", "__pycache__", "*.py"))
    (docs / "guide" / "new.md").write_text("# New\n\n[a](nothing.md) [b](sync.md#nothing)\n")
    result = build(tmp_path / "site", docs)
    assert result.returncode == 1
    for part in ("guide/new.md", "'nothing.md'", "'sync.md#nothing'", 'not included in the "nav"'):
        assert part in result.stderr


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP on this machine, and return its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
@needs_tools
@needs_browser
def test_a_reader_searches_the_site_without_another_host(site: Path) -> None:
    with served(site) as address, browser() as chromium:
        for width in (1400, 390):
            opened = new_page(chromium, viewport={"width": width, "height": 900})
            opened.page.goto(f"{address}/?q=stale_keys")
            opened.page.wait_for_selector("a.md-search-result__link[href*='queries/stale_keys']", state="attached")
            opened.page.goto(f"{address}/queries/stale_keys/")
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
            assert not [request for request in opened.requests if not request.startswith(address)]
            assert not opened.messages
