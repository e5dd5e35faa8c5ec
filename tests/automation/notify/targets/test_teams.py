"""Messages to Teams: an expected payload, the size of a card, names that are not Markdown, and the answers of workflows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify.model import DeliveryError, Notice, TargetContext
from iamsql.automation.notify.targets.teams import MAX_BODY_BYTES, STEPS_BY_CODE, open_target
from iamsql.model import IamsqlError
from tests.automation.notify.notices import change, hostile, large, notice, unread, usual
from tests.automation.notify.targets.test_slack import nodes
from tests.automation.notify.web_server import answer, serving

EXPECTED = Path(__file__).parent / "expected" / "teams.json"
SHAPES = {"message", "AdaptiveCard", "RichTextBlock", "TextRun", "Action.OpenUrl"}


def context(limit: int = 20, **environment: str) -> TargetContext:
    """Return a context without AWS."""
    return TargetContext(clients=lambda: None, environment=environment, limit=limit)


def body(of: Notice, limit: int = 20) -> dict[str, Any]:
    """Return the payload of the only message."""
    (message,) = open_target("", context(limit)).messages(of)
    assert message.operation == "POST" and list(message.settles) == [item.fingerprint for item in of.changes]
    return dict(message.body)


def texts(payload: dict[str, Any]) -> list[str]:
    """Return the texts of a card."""
    return [node["text"] for node in nodes(payload) if node.get("type") == "TextRun"]


def check_limits(payload: dict[str, Any]) -> None:
    """Check the size, and that no field is one that Teams reads as Markdown."""
    assert len(json.dumps(payload, ensure_ascii=False).encode()) <= MAX_BODY_BYTES < 28 * 1024
    assert {node["type"] for node in nodes(payload) if "type" in node} <= SHAPES
    assert all(texts(payload)) and payload["attachments"][0]["content"]["fallbackText"].isascii()


def test_the_payload_of_a_notice() -> None:
    assert body(usual()) == json.loads(EXPECTED.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "of", [usual(), hostile(), large(), notice(earlier=None), notice([], [unread()], earlier=None)]
)
@pytest.mark.parametrize("limit", [0, 20, 3000])
def test_a_message_is_within_the_limit_of_teams(of: Notice, limit: int) -> None:
    check_limits(body(of, limit))


def test_a_long_message_says_how_many_changes_are_left_out() -> None:
    card_texts = texts(body(large(), 3000))
    listed_count = sum("user/ci-" in text for text in card_texts)
    assert 20 < listed_count < 60 and card_texts.count(f"and {3000 - listed_count:,} more") == 2


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text(max_size=30))
def test_a_name_is_shown_as_text_only(name: str, other: str) -> None:
    changes = [change(title=name, resource=other, reason=name, account_name=other, severity=other)]
    check_limits(
        body(
            notice(
                changes, [unread(account_name=name, reason=other)], notes=[name] * 9, benchmarks=[name] * 9, link=name
            )
        )
    )


def test_notes_of_wide_characters_stay_within_the_limit() -> None:
    check_limits(body(notice([change(title="😀" * 999)], notes=["😀" * 999] * 9, benchmarks=["😀" * 999])))


def test_markdown_in_a_name_is_sent_unchanged_in_a_text_run() -> None:
    name = "[click](https://evil.example) **bold** <at>all</at>"
    assert name in texts(body(notice([change(title=name)])))


@pytest.mark.parametrize(("link", "actions"), [("https://reports.example/x", 1), ("javascript:alert(1)", 0), ("", 0)])
def test_the_report_is_a_button(link: str, actions: int) -> None:
    card = body(notice([change()], link=link))["attachments"][0]["content"]
    assert len(card.get("actions", [])) == actions


@pytest.mark.parametrize("status", [200, 202])
def test_a_message_is_accepted_by_a_workflow(status: int) -> None:
    with serving([answer(status)]) as server:
        target = open_target("", context(IAMSQL_TEAMS_WEBHOOK=f"{server.url}/workflows/x?sig=y"))
        (message,) = target.messages(usual())
        assert target.send(message) == f"accepted ({status})"
    ((_, path, _, sent),) = server.requests
    assert path == "/workflows/x?sig=y" and json.loads(sent) == message.body
    assert target.label == "teams" and not target.takes_all


@pytest.mark.parametrize("code", STEPS_BY_CODE)
def test_the_errors_of_workflows_have_a_next_step(code: str) -> None:
    with serving([answer(401, json.dumps({"error": {"code": code, "message": "no"}}))]) as server:
        target = open_target("env:HOOK", context(HOOK=f"{server.url}/confidential"))
        with pytest.raises(DeliveryError) as caught:
            target.send(next(target.messages(usual())))
    assert str(caught.value).splitlines()[1] == STEPS_BY_CODE[code] and "confidential" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"error": "x"}', "{" * 9000, "<html>"])
def test_another_error_is_shown_as_it_is(text: str) -> None:
    with serving([answer(400, text)]) as server:
        target = open_target("env:HOOK", context(HOOK=server.url))
        with pytest.raises(DeliveryError, match=r"answered 400.*\nCheck the URL of the webhook"):
            target.send(next(target.messages(usual())))


@pytest.mark.parametrize(
    "url",
    ["https://contoso.webhook.office.com/webhookb2/confidential", "https://OUTLOOK.office.com/webhook/confidential"],
)
def test_a_connector_of_microsoft_365_is_refused(url: str) -> None:
    target = open_target("env:HOOK", context(HOOK=url))
    with pytest.raises(DeliveryError, match=r"no longer supports\.\nCreate a webhook in the Workflows app") as caught:
        target.send(next(target.messages(usual())))
    assert "confidential" not in str(caught.value)


def test_a_url_as_a_source_is_refused_and_not_repeated() -> None:
    with pytest.raises(IamsqlError, match="teams:env:MY_WEBHOOK") as caught:
        open_target("https://prod-1.westeurope.logic.azure.com/confidential", context())
    assert "confidential" not in str(caught.value)


def test_nothing_is_sent_without_a_change() -> None:
    assert not list(open_target("teams", context()).messages(notice([], [unread()])))
