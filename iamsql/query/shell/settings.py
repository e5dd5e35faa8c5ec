"""The settings of the shell. Without a value, a command prints the setting, but `\\x` and `.wide` change it, as in psql."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql import render
from iamsql.catalog.frontmatter import CHOICES_BY_KEY
from iamsql.model import IamsqlError
from iamsql.query.shell.state import RECORD_MODES, State

ON_OFF = ("on", "off")


def set_output(state: State, arguments: str) -> None:
    """Set the output format."""
    if arguments:
        state.output = render.format_named(arguments)
    state.say(f"The output format is {state.output}.")


def set_records(state: State, arguments: str) -> None:
    """Set whether a table is written as records; without a value, change between on and off."""
    state.records = _check_choice(
        "The record mode", arguments or ("off" if state.records == "on" else "on"), RECORD_MODES
    )
    meaning = {"on": "on", "off": "off", "auto": "auto: one row is a record"}
    state.say(f"The record mode is {meaning[state.records]}.")


def set_wide(state: State, arguments: str) -> None:
    """Set whether tables may be wider than the terminal; without a value, change between on and off."""
    state.wide = _check_choice("Wide mode", arguments or ("off" if state.wide else "on"), ON_OFF) == "on"
    state.say(f"Wide mode is {_on_or_off(state.wide)}.")


def set_dialect(state: State, arguments: str) -> None:
    """Set the SQL dialect."""
    if arguments:
        state.dialect = _check_choice("A dialect", arguments, CHOICES_BY_KEY["dialect"])
    state.say(f"The SQL dialect is {state.dialect}.")


def set_pager(state: State, arguments: str) -> None:
    """Set whether a pager shows long results."""
    if arguments:
        state.paged = _check_choice("The pager", arguments, ON_OFF) == "on"
    state.say(f"The pager is {_on_or_off(state.paged)}.")


def set_timer(state: State, arguments: str) -> None:
    """Set whether the seconds of a statement are printed."""
    if arguments:
        state.timed = _check_choice("The timer", arguments, ON_OFF) == "on"
    state.say(f"The timer is {_on_or_off(state.timed)}.")


def _on_or_off(is_on: bool) -> str:
    return "on" if is_on else "off"


def _check_choice(subject: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise IamsqlError(f"{subject} is {' or '.join(choices)}, not {value!r}.")
    return value
