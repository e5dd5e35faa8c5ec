"""Messages to Slack: an expected payload, the limits of Block Kit, names that are not markup, and the answers of Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify.model import DeliveryError, Notice, TargetContext
from iamsql.automation.notify.targets.slack import (
    MAX_BLOCKS_CHARACTERS,
    MAX_HEADER_CHARACTERS,
    STEPS_BY_CODE,
    open_target,
)
from iamsql.model import IamsqlError
from tests.automation.notify.notices import change, hostile, large, notice, unread, usual
from tests.automation.notify.web_server import answer, serving

EXPECTED = Path(__file__).parent / "expected" / "slack.json"
SHAPES = {"header", "plain_text", "rich_text", "rich_text_section", "rich_text_list", "text", "link"}
LONGEST_TEXT = 3000


def context(limit: int = 20, **environment: str) -> TargetContext:
    """Return a context without AWS."""
    return TargetContext(clients=lambda: None, environment=environment, limit=limit)


def body(of: Notice, limit: int = 20) -> dict[str, Any]:
    """Return the payload of the only message."""
    (message,) = open_target("", context(limit)).messages(of)
    assert message.operation == "POST" and list(message.settles) == [item.fingerprint for item in of.changes]
    return dict(message.body)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield each JSON object of a value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def check_limits(payload: dict[str, Any]) -> None:
    """Check the documented limits, and that no field is one that Slack reads as markup."""
    blocks = payload["blocks"]
    assert len(blocks) <= 50 and len(json.dumps(blocks, ensure_ascii=False)) <= MAX_BLOCKS_CHARACTERS
    assert payload["text"].isascii() and not set("<>") & set(payload["text"])
    for node in nodes(blocks):
        assert node["type"] in SHAPES if "type" in node else node == {"bold": True}
        if node.get("type") in ("text", "plain_text"):
            assert 0 < len(node["text"]) <= (MAX_HEADER_CHARACTERS if node["type"] == "plain_text" else LONGEST_TEXT)
        if node.get("type") == "plain_text":
            assert node["text"].isascii() and node["emoji"] is False


def test_the_payload_of_a_notice() -> None:
    assert body(usual()) == json.loads(EXPECTED.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "of", [usual(), hostile(), large(), notice(earlier=None), notice([], [unread()], earlier=None)]
)
@pytest.mark.parametrize("limit", [0, 20, 3000])
def test_a_message_is_within_the_limits_of_slack(of: Notice, limit: int) -> None:
    check_limits(body(of, limit))


@pytest.mark.slow
def test_a_long_message_says_how_many_changes_are_left_out() -> None:
    texts = [node["text"] for node in nodes(body(large(), 3000)["blocks"]) if node.get("type") == "text"]
    listed_count = sum("user/ci-" in text for text in texts)
    assert 10 < listed_count < 50 and texts.count(f"and {3000 - listed_count:,} more") == 2


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text(max_size=30))
def test_a_name_is_shown_as_text_only(name: str, other: str) -> None:
    changes = [change(title=name, resource=other, reason=name, account_name=other, severity=other)]
    payload = body(
        notice(changes, [unread(account_name=name, reason=other)], notes=[name] * 9, benchmarks=[name] * 9, link=name)
    )
    check_limits(payload)


def test_markup_in_a_name_is_sent_unchanged_in_a_text_element() -> None:
    name = "<!channel> *bold* <https://evil.example|x> :tada: & `code`"
    texts = [node["text"] for node in nodes(body(notice([change(title=name)]))["blocks"]) if node.get("type") == "text"]
    assert any(text.startswith(name + "\n") for text in texts)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///x", "https://x.example/" + "a" * 3000])
def test_a_link_of_another_form_is_left_out(link: str) -> None:
    assert not [node for node in nodes(body(notice([change()], link=link))["blocks"]) if node.get("type") == "link"]


def test_nothing_is_sent_without_a_change() -> None:
    assert not list(open_target("slack", context()).messages(notice([], [unread()])))


def test_a_message_is_sent_to_the_url_of_the_environment() -> None:
    with serving([answer(200, "ok")]) as server:
        target = open_target("", context(IAMSQL_SLACK_WEBHOOK=f"{server.url}/services/T/B/x"))
        (message,) = target.messages(usual())
        assert target.send(message) == "ok"
    ((_, path, _, sent),) = server.requests
    assert path == "/services/T/B/x" and json.loads(sent) == message.body


def test_labels_name_the_source_of_the_url_and_targets_ask_for_it_only_to_send() -> None:
    assert open_target("", context()).label == open_target("slack", context()).label == "slack"
    target = open_target("ssm:/iamsql/slack", context())
    assert target.label == "slack:ssm:/iamsql/slack" and not target.takes_all
    with pytest.raises(DeliveryError, match="IAMSQL_SLACK_WEBHOOK is not set"):
        open_target("", context()).send(next(open_target("", context()).messages(usual())))


def test_a_url_as_a_source_is_refused_and_not_repeated() -> None:
    with pytest.raises(IamsqlError, match="slack:env:MY_WEBHOOK") as caught:
        open_target("https://hooks.slack.com/services/T/B/confidential", context())
    assert "confidential" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code"), [(400, "invalid_blocks"), (404, "no_service"), (410, "channel_is_archived")]
)
def test_the_errors_of_slack_have_a_next_step(status: int, code: str) -> None:
    with serving([answer(status, code)]) as server:
        target = open_target("env:HOOK", context(HOOK=f"{server.url}/services/confidential"))
        with pytest.raises(DeliveryError) as caught:
            target.send(next(target.messages(usual())))
    assert str(caught.value) == f"{server.url} answered {status}: {code}.\n{STEPS_BY_CODE[code]}"


@pytest.mark.parametrize("text", ["<html>sign in</html>", "", '{"ok": true}'])
def test_a_success_that_slack_does_not_send_is_an_error(text: str) -> None:
    with serving([answer(200, text)]) as server:
        target = open_target("env:HOOK", context(HOOK=f"{server.url}/confidential"))
        with pytest.raises(DeliveryError, match="answered 200, but not ok") as caught:
            target.send(next(target.messages(usual())))
    assert "confidential" not in str(caught.value)


def test_a_message_is_sent_again_after_the_seconds_that_slack_asks_for() -> None:
    with (
        serving([answer(429, "rate_limited", Retry_After="30"), answer(200, "ok")]) as server,
        patch("time.sleep") as sleep,
    ):
        target = open_target("env:HOOK", context(HOOK=server.url))
        assert target.send(next(target.messages(usual()))) == "ok"
    sleep.assert_called_once_with(30.0)
