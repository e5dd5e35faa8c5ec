"""Messages to webhooks: an expected payload, the signature, the ID against duplicates, and labels without secrets."""

from __future__ import annotations

import hmac
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify.model import DeliveryError, Notice, TargetContext
from iamsql.automation.notify.secrets import Secret
from iamsql.automation.notify.targets.webhook import (
    MAX_TEXT_CHARACTERS,
    SCHEMA,
    message_id,
    open_target,
    signed_headers,
)
from iamsql.model import IamsqlError
from tests.automation.notify.notices import change, hostile, large, notice, unread, usual
from tests.automation.notify.web_server import answer, serving

EXPECTED = Path(__file__).parent / "expected" / "webhook.json"
GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "notify-targets.md"
KEY = "key of the receiver"
CLOCK = "iamsql.automation.notify.targets.webhook.time"


def context(limit: int = 20, settings: dict[str, Any] | None = None, **environment: str) -> TargetContext:
    """Return a context without AWS."""
    return TargetContext(clients=lambda: None, environment=environment, limit=limit, settings=settings or {})


def body(of: Notice, limit: int = 20) -> dict[str, Any]:
    """Return the payload of the only message."""
    (message,) = open_target("https://hooks.example/x", context(limit)).messages(of)
    assert message.operation == "POST" and list(message.settles) == [item.fingerprint for item in of.changes]
    return dict(message.body)


def test_the_payload_of_a_notice() -> None:
    assert body(usual()) == json.loads(EXPECTED.read_text(encoding="utf-8"))


def test_a_finding_names_its_control() -> None:
    finding: Any = SimpleNamespace(rule=SimpleNamespace(id="root_no_keys"), fingerprint="f" * 64)
    (listed_change,) = body(notice([change(finding=finding)]))["changes"]
    assert (listed_change["control"], listed_change["finding_id"]) == ("root_no_keys", "f" * 64)


def test_a_long_list_has_the_total() -> None:
    payload = body(large(3000), 20)
    assert (len(payload["changes"]), payload["changes_total"]) == (20, 3000)
    assert (len(payload["unread_accounts"]), payload["unread_accounts_total"]) == (20, 3000)
    assert body(large(3000), -1)["changes"] == []


def test_the_first_run_has_no_earlier_run() -> None:
    payload = body(notice(earlier=None))
    assert (
        payload["earlier_run"] is None
        and payload["changes"] == []
        and payload["open_alarms"] == {"critical": 3, "high": 12}
    )


def test_names_are_values_as_aws_has_them_up_to_a_length() -> None:
    payload = body(hostile())
    titles = {listed_change["title"] for listed_change in payload["changes"]}
    assert "<script>alert(1)</script> & &amp; \"quoted\" 'single'" in titles
    assert max(map(len, titles)) == MAX_TEXT_CHARACTERS
    assert json.dumps(payload).isascii()


@settings(max_examples=50)
@given(st.text())
def test_each_name_is_json_that_every_parser_reads(name: str) -> None:
    of = notice([change(title=name, account_name=name)], [unread(account_name=name, reason=name)], notes=[name])
    payload = body(of)
    assert json.loads(json.dumps(payload)) == payload
    assert json.dumps(payload, ensure_ascii=False).encode()  # fails for half of a surrogate pair


def test_the_id_depends_on_the_changes_and_the_run_alone() -> None:
    first = notice([change(1), change(2)])
    assert message_id(first) == message_id(notice([change(2), change(1)], [unread()], link="https://x.example"))
    assert len({message_id(of) for of in (first, notice([change(1)]), notice())}) == 3


def test_a_request_has_a_signature_a_time_and_an_id() -> None:
    with serving([answer(204)]) as server, patch(CLOCK, return_value=1772452800.5):
        target = open_target(f"{server.url}/hook", context(IAMSQL_WEBHOOK_SECRET=KEY))
        (message,) = target.messages(usual())
        assert target.send(message) == "answered 204"
    ((_, _, sent, raw),) = server.requests
    assert sent["X-Iamsql-Timestamp"] == "1772452800" and sent["Idempotency-Key"] == message_id(usual())
    digest = hmac.new(KEY.encode(), b"1772452800." + raw, "sha256").hexdigest()
    assert sent["X-Iamsql-Signature"] == f"sha256={digest}" and json.loads(raw)["schema"] == SCHEMA


def test_each_try_has_a_new_time_and_the_same_id() -> None:
    with serving([answer(503), answer(200)]) as server, patch("time.sleep"), patch(CLOCK, side_effect=[1.0, 9.0]):
        target = open_target(server.url, context(IAMSQL_WEBHOOK_SECRET=KEY))
        target.send(next(target.messages(usual())))
    first, second = (sent for _, _, sent, _ in server.requests)
    assert (first["X-Iamsql-Timestamp"], second["X-Iamsql-Timestamp"]) == ("1", "9")
    assert first["X-Iamsql-Signature"] != second["X-Iamsql-Signature"]
    assert first["Idempotency-Key"] == second["Idempotency-Key"]


def test_requests_without_a_key_are_not_signed() -> None:
    with serving([answer(200)]) as server:
        target = open_target(server.url, context(IAMSQL_WEBHOOK_SECRET=""))
        target.send(next(target.messages(usual())))
    assert "X-Iamsql-Signature" not in server.requests[0][2]


def test_the_key_of_the_settings_has_precedence_and_must_exist() -> None:
    settings = {"webhook_secret": "env:OTHER"}
    with serving([answer(200)]) as server:
        target = open_target(server.url, context(settings=settings, IAMSQL_WEBHOOK_SECRET=KEY))
        message = next(target.messages(usual()))
        with pytest.raises(DeliveryError, match="OTHER is not set"):
            target.send(message)
        assert not server.requests
        open_target(server.url, context(settings=settings, OTHER="other")).send(message)
    _, _, sent, raw = server.requests[0]
    assert sent == sent | headers_of(raw, "other", int(sent["X-Iamsql-Timestamp"]))


def headers_of(raw: bytes, key: str, timestamp: int) -> dict[str, str]:
    """Return the headers of a body."""
    return signed_headers(raw, json.loads(raw)["id"], Secret(key), timestamp)


def test_the_example_of_the_guide_verifies_a_request() -> None:
    example = next(
        block
        for block in re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        if "def is_from_iamsql" in block
    )
    namespace: dict[str, Any] = {}
    exec(example, namespace)
    raw = json.dumps(body(usual())).encode()
    verify = namespace["is_from_iamsql"]
    with patch("time.time", return_value=1000.0):
        assert verify(headers_of(raw, KEY, 1000), raw, KEY) and verify(headers_of(raw, KEY, 701), raw, KEY)
        assert not verify(headers_of(raw, KEY, 699), raw, KEY) and not verify(headers_of(raw, KEY, 1301), raw, KEY)
        assert not verify(headers_of(raw, "other", 1000), raw, KEY)
        assert not verify(headers_of(raw, KEY, 1000), raw + b" ", KEY)
        assert not verify({"X-Iamsql-Timestamp": "1000"}, raw, KEY) and not verify({}, raw, KEY)


def test_a_label_shows_the_host_and_distinguishes_urls() -> None:
    first, second = (
        open_target(f"https://hooks.example:8443/confidential/{part}?t=confidential", context()) for part in "ab"
    )
    assert re.fullmatch(r"webhook:hooks\.example:8443#[0-9a-f]{8}", first.label) and first.label != second.label
    assert open_target("env:HOOK", context()).label == "webhook:env:HOOK" and not first.takes_all


def test_the_url_can_come_from_a_source() -> None:
    with serving([answer(200)]) as server:
        target = open_target("env:HOOK", context(HOOK=f"{server.url}/hook"))
        target.send(next(target.messages(usual())))
    assert server.requests[0][1] == "/hook"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "confidential",
        "hooks.example/confidential",
        "http://hooks.example/confidential",
        "https://a:confidential@b/",
    ],
)
def test_an_invalid_url_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(IamsqlError, match="https://HOST/PATH") as caught:
        open_target(text, context())
    assert "confidential" not in str(caught.value)


def test_a_refused_message_is_an_error_with_the_answer() -> None:
    with serving([answer(422, "unknown schema")]) as server:
        target = open_target(f"{server.url}/confidential", context())
        with pytest.raises(DeliveryError, match="answered 422: unknown schema") as caught:
            target.send(next(target.messages(usual())))
    assert "confidential" not in str(caught.value)


def test_nothing_is_sent_without_a_change() -> None:
    assert not list(open_target("https://hooks.example/x", context()).messages(notice([], [unread()])))
