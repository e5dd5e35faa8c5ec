"""Hooks of MkDocs, which mkdocs.yml names: they add the pages that are not in docs/, the demo, and the navigation."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File
from site_links import ROOT, ROOT_PAGES, site_markdown
from site_navigation import indexes, navigation

DEMO = ("report.html", "demo.duckdb")
log = logging.getLogger("mkdocs.hooks.iamsql")


def on_config(config: Any) -> None:
    """Set the navigation."""
    config.nav = navigation(Path(config.docs_dir))


def on_files(files: Any, *, config: Any) -> None:
    """Add README and the other pages at the root, the lists of controls and detections, and the files of the demo."""
    for name, page in ROOT_PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    for page, text in indexes(Path(config.docs_dir)).items():
        files.append(File.generated(config, page, content=text))
    for name in DEMO:
        path = ROOT / config.extra["demo"] / name
        if path.is_file():
            files.append(File.generated(config, f"demo/{name}", abs_src_path=str(path)))
        else:
            log.warning("%s does not exist: run make site", path)


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Return the Markdown of a page with its links rewritten for the site."""
    pages = {file.src_uri for file in files if file.inclusion.is_included()}
    return site_markdown(markdown, page.file.src_uri, pages)
