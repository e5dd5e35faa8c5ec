"""The prompt of `iamsql query`: lines in, rows out, over one run that stays open; only the command line opens it."""

from __future__ import annotations

from functools import cache
from typing import Any

from iamsql import catalog
from iamsql.model import IamsqlError
from iamsql.query.session import facts_line
from iamsql.shell.commands import COMMANDS, command
from iamsql.shell.completion import Known
from iamsql.shell.prompt import history, history_file, prompter
from iamsql.shell.splitter import is_command
from iamsql.shell.state import State, visible

__all__ = ["State", "handle", "known", "talk"]


def talk(state: State, **terminal: Any) -> None:
    """Ask for lines and answer them until the user leaves; `terminal` gives another input and output in tests."""
    words = cache(lambda: known(state))
    session = prompter(words, history(history_file()), **terminal)
    if not state.quiet:
        state.say(visible(facts_line(state.session)) + " SQL ends with ; and .help lists the commands.")
    while not state.leaving:
        try:
            handle(state, session.prompt("iamsql> " if state.dialect == "duckdb" else f"iamsql {state.dialect}> "))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def handle(state: State, text: str) -> None:
    """Answer one line or statement; what the user can act on is said, and the shell goes on."""
    try:
        if is_command(text):
            command(state, text)
        elif text.strip(" \t\n;"):
            state.run(state.meant(text))
    except KeyboardInterrupt:
        state.say("Stopped.")
    except (IamsqlError, OSError) as error:
        state.say(visible(f"Error: {error}"))
    except Exception as error:  # what nobody foresaw costs an answer, not the shell
        state.say(visible(f"Error: {type(error).__name__}: {str(error).partition(chr(10))[0]}"))


def known(state: State) -> Known:
    """Gather the names that completion offers; queries that cannot be read are told when they are run."""
    try:
        shelf = catalog.survey(catalog.folders(state.query_dirs)).queries
    except IamsqlError:
        shelf = {}
    queries = {name: [param.name for param in versions[-1].params] for name, versions in shelf.items()}
    commands = {name: one.follows for name, one in COMMANDS.items()}
    return Known(state.session.columns(), state.session.macros(), queries, commands)
