"""The charts of the page."""

from __future__ import annotations

from markupsafe import Markup

from iamsql.report.contents import Contents
from iamsql.report.phrases import Phrases


def drawings(contents: Contents, say: Phrases) -> dict[str, Markup]:
    """Return the SVG of each chart by section."""
    return dict.fromkeys(("coverage", "key_age", "key_use", "escalation", "events"), Markup(""))
