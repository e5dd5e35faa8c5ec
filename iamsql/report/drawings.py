"""The charts of the page as SVG."""

from __future__ import annotations

from iamsql.charts.bars import histogram
from iamsql.charts.data import Bar, Series
from iamsql.charts.stacked import stacked_bar
from iamsql.charts.timeline import timeline
from iamsql.report.contents import Contents, Events, Histogram
from iamsql.report.phrases import Phrases
from iamsql.report.tables import SEVERITIES


def drawings(contents: Contents, say: Phrases) -> dict[str, str]:
    """Return the SVG of each chart by section, '' for a chart without data."""
    outcomes = [Bar(say.word(outcome), number, outcome) for outcome, number in contents.outcomes.items()]
    return {
        "coverage": stacked_bar(say.say("coverage.chart"), outcomes, width=1200),
        "key_age": _histogram(contents.key_age, say, "keys.age"),
        "key_use": _histogram(contents.key_use, say, "keys.use"),
        "escalation": "",
        "events": _events(contents.events, say),
    }


def _histogram(counts: Histogram, say: Phrases, title: str) -> str:
    buckets = [(say.texts.get(f"keys.{label}", label), number) for label, number in counts.buckets]
    return histogram(say.say(title), buckets, counts.unknown, unknown_label=say.say("unknown"))


def _events(events: Events, say: Phrases) -> str:
    """Return the columns of each day: sign-ins, failed sign-ins, root events, and findings by severity."""
    if not events.days:
        return ""
    series = [
        Series(say.say(f"events.{name}"), [getattr(day, name) for day in events.days], css_class)
        for name, css_class in (("sign_ins", "ok"), ("failed_sign_ins", "medium"), ("root_events", "high"))
    ]
    series += [
        Series(say.word(severity), [day.detections.get(severity, 0) for day in events.days], severity)
        for severity in SEVERITIES
        if any(day.detections.get(severity) for day in events.days)
    ]
    return timeline(say.say("events.chart"), [day.day for day in events.days], series, width=1200)
