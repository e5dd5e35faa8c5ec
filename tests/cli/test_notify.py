"""`iamsql notify` as a user runs it: output, notes, exit codes and the messages of --dry-run."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql.automation import notify as notifying
from iamsql.automation.notify.model import TargetContext
from iamsql.cli import main
from tests.automation.notify.recording import RecordingTarget
from tests.check.diff.run_pairs import GREEN, copy

ARGUMENTS = ("--benchmark", "user_mfa", "--on", "opened,unknown")


def iamsql(runs: Path, *arguments: str) -> Result:
    """Run `iamsql notify` over a folder of runs."""
    return CliRunner().invoke(main, ["notify", "--runs", str(runs), *arguments])


@pytest.fixture(scope="module")
def runs(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two runs; a finding opened in the second."""
    folder = tmp_path_factory.mktemp("runs")
    copy(demo_run, folder, 0, [f"update aws_iam_user set mfa_enabled = true where account_id = '{GREEN}'"])
    copy(demo_run, folder, 1)
    return folder


@pytest.mark.slow
def test_a_dry_run_prints_messages_as_json_and_sends_nothing(runs: Path) -> None:
    result = iamsql(
        runs, "--to", "webhook:http://127.0.0.1:9/hook/SECRET", *ARGUMENTS, "--dry-run", "--link", "https://r.example"
    )
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, "Nothing was sent: --dry-run prints the messages.")
    (message,) = map(json.loads, result.stdout.splitlines())
    assert message["operation"] == "POST" and message["target"].startswith("webhook:127.0.0.1:9")
    assert message["body"]["counts"] == {"opened": 1} and message["body"]["link"] == "https://r.example"
    assert message["body"]["unread_accounts"] and "SECRET" not in result.stdout + result.stderr


@pytest.mark.slow
def test_a_target_that_answers_and_one_that_does_not(runs: Path) -> None:
    received: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(410 if self.path == "/gone" else 204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"webhook:http://127.0.0.1:{server.server_port}"
    both = ("--to", f"{url}/ok", "--to", f"{url}/gone", *ARGUMENTS, "-o", "json")
    first, second = iamsql(runs, *both), iamsql(runs, *both, "--quiet")
    server.shutdown()
    server.server_close()
    assert first.exit_code == second.exit_code == 2 and len(received) == 3
    assert [row["status"] for row in json.loads(first.stdout)] == ["sent", "failed"]
    assert [row["status"] for row in json.loads(second.stdout)] == ["nothing new", "failed"]
    assert (
        "410" in second.stderr and second.stderr.startswith("Error: webhook:127.0.0.1") and "/gone" not in second.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "slak"], "Error: unknown target 'slak'; did you mean slack? (targets are eventbridge, "),
        (["--to", "slack", "--on", "opend"], "Error: unknown kind of change 'opend'; did you mean opened? ("),
        (["--to", "webhook:ftp://x"], "Error: "),
        (["--to", "s3://Bad_Bucket"], "Error: "),
        ([], "Error: No target is given."),
        (["--to", "slack", "--link", "javascript:x"], "Error: The link of a report must begin with https://."),
    ],
)
def test_an_error_comes_before_anything_is_read(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = iamsql(tmp_path, *arguments)
    assert result.exit_code == 2 and result.stderr.startswith(message) and "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_settings_of_targets_reach_them(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[Any] = []

    def open_target(text: str, context: TargetContext) -> RecordingTarget:
        received.append(dict(context.settings))
        return RecordingTarget(text)

    monkeypatch.setattr(notifying, "open_target", open_target)
    file = tmp_path / "own.toml"
    file.write_text(
        "[notify]\nsecurityhub_role = 'hub'\nsecurityhub_account = 'administrator'\nexternal_id = 'secret-id'\n"
    )
    file.chmod(0o600)
    result = iamsql(runs, "--to", "securityhub", "--config", str(file), *ARGUMENTS, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "secret-id" not in result.output
    expected = {"securityhub_role": "hub", "securityhub_account": "administrator", "external_id": "secret-id"}
    assert received and all(settings == expected for settings in received)
