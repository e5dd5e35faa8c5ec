"""Links of the Markdown that GitHub shows, as links of the documentation site.

GitHub resolves links in the repository, and README has addresses of the main branch, because package registries show it too. On
the site, a link to a page of the site is relative, and a link to another file of the repository leads to GitHub.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from pathlib import Path

HOMEPAGE = "https://github.com/iamsql/iamsql"
MAIN = f"{HOMEPAGE}/blob/main/"
RAW = "https://raw.githubusercontent.com/iamsql/iamsql/main/"
SITE = "https://iamsql.github.io/iamsql/"
ROOT = Path(__file__).parent.parent
# Pages of the site that are not in docs/.
ROOT_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
}
# Code blocks, code spans, and the target of a link. A comment of cog has the code that generates a block.
CODE_OR_LINK = re.compile(r"^```.*?^```$|(`+)(?!`).+?(?<!`)\1(?!`)|\]\(([^)\s]+)\)", re.MULTILINE | re.DOTALL)
COG = re.compile(r"^<!-- \[\[\[.*?\]\]\] -->\n", re.MULTILINE | re.DOTALL)


def site_markdown(text: str, page: str, pages: Collection[str], *, is_file: Callable[[str], bool] | None = None) -> str:
    """Return the Markdown of a page of the site, without comments of cog, and with its links rewritten.

    `page` and `pages` are paths on the site, such as `guide/sync.md`. `is_file` says whether the repository has a file; by default,
    the file is looked up.
    """
    source = repository_path(page)
    exists = is_file or (lambda name: (ROOT / name).exists())

    def replace(match: re.Match[str]) -> str:
        link = match.group(2)
        return f"]({_target(link, source, page, pages, exists)})" if link else match.group(0)

    return CODE_OR_LINK.sub(replace, COG.sub("", text))


def repository_path(page: str) -> str:
    """Return the path in the repository of a page of the site."""
    from_root = {site: name for name, site in ROOT_PAGES.items()}
    return from_root.get(page, f"docs/{page}")


def _target(link: str, source: str, page: str, pages: Collection[str], exists: Callable[[str], bool]) -> str:
    """Return the target of a link on the site; a link that leads nowhere is unchanged, and MkDocs reports it."""
    name, mark, anchor = link.partition("#")
    if name.startswith(SITE):
        return _relative(name.removeprefix(SITE) or "index.md", page) + mark + anchor
    if name.startswith((MAIN, RAW)):
        path = name.removeprefix(MAIN).removeprefix(RAW)
    elif not name or "://" in name or name.startswith(("/", "mailto:")):
        return link
    else:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), name))
    on_site = ROOT_PAGES.get(path, path.removeprefix("docs/") if path.startswith("docs/") else "")
    if on_site in pages:
        return _relative(on_site, page) + mark + anchor
    if not exists(path):
        return link
    kind = "blob" if posixpath.splitext(path)[1] or not (ROOT / path).is_dir() else "tree"
    return f"{HOMEPAGE}/{kind}/main/{path}{mark}{anchor}"


def _relative(target: str, page: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page) or ".")
