"""The interactive prompt of `iamsql query`, which reads statements and commands and keeps one run open."""

from __future__ import annotations

from functools import cache
from typing import Any

from iamsql import catalog
from iamsql.escaping import printable_lines
from iamsql.model import IamsqlError
from iamsql.query.shell.commands import ALIASES, COMMANDS, command
from iamsql.query.shell.completion import Names
from iamsql.query.shell.prompt import create_prompt, history_path, open_history
from iamsql.query.shell.schema import table_macros
from iamsql.query.shell.splitter import is_command
from iamsql.query.shell.state import State
from iamsql.render.cells import pluralize
from iamsql.runs.store.reader import Reader

INCOMPLETE_ACCOUNTS_SQL = "select count(*) filter (outcome <> 'complete'), count(*) from iamsql.accounts where selected"
__all__ = ["State", "completion_names", "handle", "opened_run", "run_shell"]


def run_shell(state: State, **terminal: Any) -> None:
    """Read and execute lines until the user leaves; `terminal` replaces input and output in tests."""
    # Computed when the user first asks for completion, because reading all query files would delay the first prompt.
    words = cache(lambda: completion_names(state))
    session = create_prompt(words, open_history(history_path()), **terminal)
    run_line = opened_run(state.reader)  # also with --quiet, because a file that cannot be read is an error
    if not state.quiet:
        state.say(printable_lines(run_line) + " SQL ends with ; and .help lists the commands.")
    while not state.leaving:
        try:
            handle(state, session.prompt("iamsql> " if state.dialect == "duckdb" else f"iamsql {state.dialect}> "))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def handle(state: State, text: str) -> None:
    """Execute one statement or command. Print errors and continue."""
    try:
        if is_command(text):
            command(state, text)
        elif text.strip(" \t\n;"):
            state.run(state.query_for(text))
    except KeyboardInterrupt:
        state.say("Stopped.")
    except (IamsqlError, OSError) as error:
        state.say(printable_lines(f"Error: {error}"))
    except Exception as error:  # an unexpected error must not end the session
        state.say(printable_lines(f"Error: {type(error).__name__}: {str(error).partition(chr(10))[0]}"))


def completion_names(state: State) -> Names:
    """Return the names that completion offers."""
    try:
        queries_by_name = catalog.read_catalog(catalog.folders(state.query_dirs)).queries
    except IamsqlError:  # reported when the user runs a query
        queries_by_name = {}
    queries = {name: [param.name for param in versions[-1].params] for name, versions in queries_by_name.items()}
    commands = {name: command.follows for name, command in COMMANDS.items()}
    commands |= {alias: COMMANDS[name].follows for alias, name in ALIASES.items()}
    reader = state.ready()
    return Names(reader.columns(), table_macros(reader), queries, commands)


def opened_run(reader: Reader) -> str:
    """Return a line with the open run and its status. Raise OpenError for an altered file."""
    reader.require_checked()
    metadata = reader.metadata
    if not metadata.run_id:
        return f"{reader.path}, a DuckDB file that is not a run of iamsql."
    run_text = f"Run {metadata.run_id} of {metadata.started_at:%Y-%m-%d %H:%M} UTC"
    if metadata.status == "incomplete" and (counts := reader.run(INCOMPLETE_ACCOUNTS_SQL).rows[0])[0]:
        return f"{run_text}, {counts[0]} of {pluralize(counts[1], 'account')} incomplete."
    return f"{run_text}, {metadata.status}."
