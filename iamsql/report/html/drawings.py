"""The charts of the page as SVG."""

from __future__ import annotations

from iamsql.report.charts.data import Bar, Series
from iamsql.report.charts.escalation import VERDICTS, Principal, Step
from iamsql.report.charts.graph import escalation_graph
from iamsql.report.charts.histogram import histogram
from iamsql.report.charts.strip import strip_chart
from iamsql.report.charts.timeline import timeline
from iamsql.report.contents import Contents, Events, Histogram
from iamsql.report.html.links import principal_link
from iamsql.report.html.phrases import Phrases
from iamsql.report.html.tables import SEVERITIES


def drawings(contents: Contents, say: Phrases) -> dict[str, str]:
    """Return the SVG of each chart by section, '' for a chart without data."""
    outcomes = [Bar(say.word(outcome), number, outcome) for outcome, number in contents.outcomes.items()]
    return {
        "coverage": strip_chart(say.phrase("coverage.chart"), outcomes),
        "key_age": _draw_histogram(contents.key_age, say, "keys.age"),
        "key_use": _draw_histogram(contents.key_use, say, "keys.use"),
        "escalation": _draw_escalation(contents, say),
        "events": _draw_events(contents.events, say),
    }


def _draw_histogram(counts: Histogram, say: Phrases, title: str) -> str:
    if not counts.buckets:
        return ""
    buckets = [(say.texts.get(f"keys.{label}", label), number) for label, number in counts.buckets]
    return histogram(say.phrase(title), buckets, counts.unknown, unknown_label=say.phrase("unknown"))


def _draw_escalation(contents: Contents, say: Phrases) -> str:
    """Return the graph of the worst paths; '' if there are none."""
    if not contents.escalation:
        return ""
    names = {row.account_id: row.account_name for row in contents.account_map}

    def principal(arn: str) -> Principal:
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return Principal(arn)
        return Principal(parts[5].rpartition("/")[2], names.get(parts[4]) or parts[4], principal_link(arn))

    paths = [
        [
            Step(
                principal(step.source),
                step.method.replace("_", " "),
                principal(step.target) if step.target else None,
                path.verdict,
            )
            for step in path.steps
        ]
        for path in contents.escalation
    ]
    labels = {verdict: say.word(verdict) for verdict in VERDICTS}
    administrator = say.phrase("escalation.administrator")
    return escalation_graph(say.phrase("escalation.title"), paths, administrator=administrator, verdicts=labels)


def _draw_events(events: Events, say: Phrases) -> str:
    """Return the columns of each day: sign-ins, failed sign-ins, root events, and findings by severity."""
    if not events.days:
        return ""
    series = [
        Series(say.phrase(f"events.{name}"), [getattr(day, name) for day in events.days], css_class)
        for name, css_class in (("sign_ins", "series-1"), ("failed_sign_ins", "series-3"), ("root_events", "series-4"))
    ]
    series += [
        Series(say.word(severity), [day.detections.get(severity, 0) for day in events.days], severity)
        for severity in SEVERITIES
        if any(day.detections.get(severity) for day in events.days)
    ]
    return timeline(say.phrase("events.chart"), [day.day for day in events.days], series, width=1200)
