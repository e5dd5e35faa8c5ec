"""The prompt: prompt_toolkit with a pipe as keyboard."""

from __future__ import annotations

import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from iamsql.escaping import printable
from iamsql.query.shell import State, run_shell
from iamsql.query.shell.completion import Names
from iamsql.query.shell.prompt import NameCompleter, create_prompt, open_history
from iamsql.runs.store.reader import open_run
from tests.minimal_run import make_run

KNOWN = Names(
    tables={"aws_iam_user": {"name": "VARCHAR"}}, queries={"stale_keys": ()}, commands={".tables": (), ".run": ()}
)
CTRL_C, CTRL_D, ENTER, TAB, UP = "\x03", "\x04", "\r", "\t", "\x1b[A"


def typed(*keys: str) -> str:
    """Return the line that the keys enter."""
    with create_pipe_input() as keyboard:
        keyboard.send_text("".join(keys))
        return create_prompt(lambda: KNOWN, InMemoryHistory(), input=keyboard, output=DummyOutput()).prompt("> ")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("select 1;", ENTER), "select 1;"),
        (("select", ENTER, "1", ENTER, ";", ENTER), "select\n1\n;"),
        (("select ';", ENTER, "';", ENTER), "select ';\n';"),
        ((".tables", ENTER), ".tables"),
        (("stale_keys", ENTER), "stale_keys"),
        (("stale_key", ENTER, ";", ENTER), "stale_key\n;"),
        (("\x1b[200~select 1;\nselect 2;\n\x1b[201~", ENTER), "select 1;\nselect 2;\n"),
    ],
)
def test_enter_runs_a_complete_statement(keys: tuple[str, ...], line: str) -> None:
    assert typed(*keys) == line


def test_tab_completes() -> None:
    requested = threading.Event()

    def known() -> Names:
        requested.set()
        return KNOWN

    with create_pipe_input() as keyboard:

        def hands() -> None:
            keyboard.send_text("from aws_iam_u" + TAB)
            requested.wait(20)
            time.sleep(0.3)  # a later task inserts the completion
            keyboard.send_text(";" + ENTER)

        threading.Thread(target=hands).start()
        line = create_prompt(known, InMemoryHistory(), input=keyboard, output=DummyOutput()).prompt("> ")
    assert line == "from aws_iam_user;"


def test_completion_has_no_name_that_controls_the_terminal() -> None:
    tables = {"aws_iam_user": {"name\x1b[2J": "VARCHAR", "name": "ENUM('\u202e')"}, "aws_\x1b[2J": {}}
    completer = NameCompleter(lambda: Names(tables=tables))
    for text in ("from aws_", "select aws_iam_user.na"):
        before = text if text.startswith("from") else text + " from aws_iam_user"
        document = Document(before, len(text))
        (completion,) = completer.get_completions(document, CompleteEvent())
        assert completion.text in ("aws_iam_user", "name")
        assert printable(completion.display_meta_text) == completion.display_meta_text


def test_ctrl_c_clears_the_line_and_ctrl_d_ends_the_shell() -> None:
    with pytest.raises(KeyboardInterrupt):
        typed("select 1", CTRL_C)
    with pytest.raises(EOFError):
        typed(CTRL_D)


def conversation(path: Path, *keys: str) -> tuple[str, list[str]]:
    """Send keys to a shell over a run until it ends; return its output and its messages."""
    output: list[str] = []
    messages: list[str] = []
    with closing(open_run(path)) as reader, create_pipe_input() as keyboard:
        keyboard.send_text("".join(keys))
        state = State(reader, show=output.append, page=output.append, say=messages.append)
        run_shell(state, input=keyboard, output=DummyOutput())
    return "".join(output), messages


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("iamsql.query.shell.history_path", lambda: tmp_path / "state" / "history")
    return tmp_path


@pytest.mark.slow
def test_statements_and_commands_are_answered(home: Path) -> None:
    path = make_run(home / "x.duckdb")
    keys = (
        "select 1 as",
        CTRL_C,
        "select name",
        ENTER,
        "from aws_iam_user order by all;",
        ENTER,
        ".nope",
        ENTER,
        CTRL_D,
    )
    output, messages = conversation(path, *keys)
    assert output.split() == ["name", "------", "ana", "bo"]
    assert messages[0].startswith("Run ") and messages[1].startswith("Error: There is no command .nope")


def test_the_history_is_private(home: Path) -> None:
    path = make_run(home / "x.duckdb")
    conversation(path, "select 41 + 1 as found;", ENTER, ".quit", ENTER)
    open_history = home / "state" / "history"
    assert (
        stat.S_IMODE(open_history.stat().st_mode) == 0o600 and stat.S_IMODE(open_history.parent.stat().st_mode) == 0o700
    )
    output, _ = conversation(path, UP, UP, ENTER, CTRL_D)
    assert "42" in output


def test_a_history_that_others_can_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.touch(mode=0o644)
    open_history(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_folder_the_history_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    past = open_history(tmp_path / "file" / "history")
    past.append_string("select 1;")
    assert past.get_strings() == ["select 1;"]
