"""Requests to a server that answers, refuses, asks to wait, breaks off, and answers too much."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from urllib3.util import Timeout

from iamsql.automation.notify.http import (
    MAX_BODY_BYTES,
    MAX_SHOWN_CHARACTERS,
    MAX_TRIES,
    MAX_WAIT_SECONDS,
    Client,
    Response,
    parse_retry_after,
)
from iamsql.automation.notify.model import DeliveryError
from iamsql.automation.notify.secrets import Secret
from tests.automation.notify.web_server import (
    Answer,
    Server,
    answer,
    cut_off,
    drip,
    endless,
    garbage,
    reset,
    serving,
    silent,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATH = "/services/T000/B000/confidential?token=confidential"


class Waits(list[float]):
    """The seconds that a client slept."""


def post(answers: Sequence[Answer], body: bytes = b"{}") -> tuple[Response | DeliveryError, Waits, Server]:
    """Send a request, and return the response or error, the waits, and the server."""
    waits = Waits()
    with serving(answers) as server:
        client = Client(Secret(server.url + PATH), {}, waits.append, lambda: NOW)
        try:
            return client.post(body, lambda: {"X-Wait": str(len(waits))}), waits, server
        except DeliveryError as error:
            return error, waits, server


def test_a_message_is_sent_as_json_to_the_path_of_the_url() -> None:
    response, waits, server = post([answer(200, "ok")], b'{"a": 1}')
    assert response == Response(200, "ok") and not waits
    ((method, path, headers, body),) = server.requests
    assert (method, path, body) == ("POST", PATH, b'{"a": 1}')
    assert headers["Content-Type"] == "application/json; charset=utf-8" and headers["User-Agent"] == "iamsql"


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Mon, 02 Mar 2026 12:00:30 GMT", 30.0), ("86400", MAX_WAIT_SECONDS)]
)
def test_retry_after_is_obeyed_up_to_a_limit(header: str, seconds: float) -> None:
    response, waits, server = post([answer(429, "slow down", Retry_After=header), answer(200, "ok")])
    assert response == Response(200, "ok") and waits == [seconds]
    assert [headers["X-Wait"] for _, _, headers, _ in server.requests] == ["0", "1"]  # headers of each try


@pytest.mark.parametrize("broken", [answer(500), answer(502), answer(503), answer(504), reset, garbage])
def test_a_failure_that_can_pass_is_tried_again_with_exponential_backoff(broken: Answer) -> None:
    response, waits, _ = post([broken, broken, answer(200, "ok")])
    assert response == Response(200, "ok") and waits == [1.0, 2.0]


def test_the_last_try_is_an_error_with_the_answer_of_the_server_and_without_the_url() -> None:
    error, waits, server = post([answer(500, "rollup_error\x1b[31m\n<b>")])
    assert len(server.requests) == MAX_TRIES and waits == [1.0, 2.0, 4.0, 8.0]
    assert str(error) == f"{server.url} answered 500: rollup_error\\x1b[31m\\n<b> (5 tries).\nTry again later."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refused_message_is_not_sent_again(status: int) -> None:
    error, waits, server = post([answer(status, "no_service")])
    assert str(error).startswith(f"{server.url} answered {status}: no_service.\n") and not waits
    assert len(server.requests) == 1 and "confidential" not in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_nothing_is_sent_to_its_location(status: int) -> None:
    with serving([answer(200, "ok")]) as other:
        error, _, server = post([answer(status, Location=f"{other.url}/elsewhere")])
        assert f"answered {status}.\nRedirects are not followed" in str(error)
        assert len(server.requests) == 1 and not other.requests


def test_an_endless_answer_is_read_only_to_a_limit() -> None:
    error, _, server = post([endless])
    assert f"answered 400: {'x' * MAX_SHOWN_CHARACTERS}…" in str(error)
    assert len(error.response.text) == MAX_BODY_BYTES  # type: ignore[union-attr]
    assert len(server.requests) == 1


def test_a_slow_body_is_not_read_to_its_end() -> None:
    with patch("iamsql.automation.notify.http.BODY_TIMEOUT", 0.05):
        response, _, _ = post([drip])
    assert isinstance(response, Response) and 0 < len(response.text) < MAX_BODY_BYTES


def test_a_server_without_an_answer_is_given_up() -> None:
    with patch("iamsql.automation.notify.http.TIMEOUT", Timeout(connect=5, read=0.05)):
        error, waits, server = post([silent])
    assert (
        str(error) == f"{server.url}: no answer within 30 seconds (5 tries).\nTry again later."
        and len(waits) == MAX_TRIES - 1
    )


def test_a_message_is_not_sent_again_after_an_incomplete_response_body() -> None:
    response, waits, server = post([cut_off])
    assert response == Response(200, "ok") and not waits and len(server.requests) == 1


def test_an_answer_that_repeats_the_path_is_shown_without_it() -> None:
    error, _, server = post([answer(404, f"Cannot POST {PATH}")])
    assert str(error).startswith(f"{server.url} answered 404: Cannot POST ….\n")


def test_a_compressed_answer_is_not_unpacked() -> None:
    response, _, _ = post([answer(200, "not gzip", Content_Encoding="gzip")])
    assert response == Response(200, "not gzip")


def test_a_connection_that_is_refused_names_the_reason_and_neither_path_nor_query() -> None:
    with serving([answer(200)]) as server:
        closed = server.url
    waits = Waits()
    reason = r"the connection failed: Connection refused \(5 tries\)\.\nCheck the network"
    with pytest.raises(DeliveryError, match=reason) as caught:
        Client(Secret(closed + PATH), {}, waits.append).post(b"{}")
    assert (
        str(caught.value).startswith(closed) and "confidential" not in str(caught.value) and len(waits) == MAX_TRIES - 1
    )


def test_logs_do_not_contain_the_secret_path(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post([answer(500), answer(302, Location="/confidential")])
    assert "confidential" not in caplog.text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 0.0),
        ("9" * 400, 999999999.0),
        ("Sun, 01 Mar 2026 12:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 13:00:00 +0100", 0.0),
        ("Mon, 99 Mar 2026", None),
    ],
)
def test_the_seconds_of_retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds
