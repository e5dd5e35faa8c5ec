"""The options that a run file stores. A resumed run takes its scope from the file.

The user gives identity (profile, roles) and source (demo, trail) again, because the file may have been edited. Notes show
which options come from the file.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args, get_origin

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.option import CALLER, SCOPE, SOURCE, options_of
from iamsql.escaping import printable
from iamsql.model import IamsqlError
from iamsql.runs.directory import runs_folder
from iamsql.runs.store.metadata import RunMetadata
from iamsql.sync.cloudtrail.trail import AUTO
from iamsql.sync.options import Options

MAX_SHOWN = 6  # values of an option that a note shows
WIDTH = 200  # characters of a value that a note shows, and of an error about a value
MAX_ERROR_CHARACTERS = 8000  # characters of an error that shows stored options
PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # botocore.session.Session.SESSION_VARIABLES
OPTIONS = {option.name: option for option in options_of(Options)}
STORED = {name: option for name, option in OPTIONS.items() if option.declared.stored}
TABLES_OF_FOR = "query_tables"  # the tables of --for, which have no option of their own
Values = Mapping[str, Any]


def resumed_options(options: Options, metadata: RunMetadata) -> tuple[Options, list[str]]:
    """Return the options of a resumed run, and lines that show which options come from its file.

    Raise IamsqlError if the command line would refuse a stored value, if the user gives another scope or source, and if the
    file stores a source or an identity that the user does not give.
    """
    stored = _read_stored_options(metadata)
    for name, option in STORED.items():
        is_fixed = name != TABLES_OF_FOR and _is_fixed(name, options)
        if is_fixed and _checked_value(name, getattr(options, name)) != stored.get(name, option.default):
            raise IamsqlError(
                f"{metadata.run_id} was started with other options: {option.label} cannot be changed now.\n"
                "Omit it, or start a new run without --resume and --retry-gaps."
            )
    if missing_options := {name: stored[name] for name in STORED if _is_missing(name, options, stored)}:
        raise _missing_options_error(options, metadata, missing_options)
    stored_types = {name: _use_of_option(name, stored) for name in STORED}
    scope = [name for name, stored_type in stored_types.items() if stored_type == SCOPE]
    stored_scope = {name: stored[name] for name in scope if not options.is_given(name)}
    unused = {name: stored[name] for name, stored_type in stored_types.items() if stored_type == CALLER}
    unused = {name: value for name, value in unused.items() if value != getattr(options, name)}
    return replace(options, **stored_scope), list(_option_notes(metadata, stored_scope, unused))


def command(options: Options, added_values: Values | None = None) -> str:
    """Return the command that resumes a run, with the options that the user gave and `added_values`, which maps names to values.

    The command omits the scope, which comes from the file, but not the shard; and the external ID, which is secret.
    """
    resumes = {name: True for name in ("resume", "retry_gaps") if getattr(options, name)}
    others = [name for name, option in OPTIONS.items() if option.declared.stored != SCOPE]
    # One of several shards in the folder is selected by its number.
    shard = {"shard": options.shard} if options.shard else {}
    given_options = {name: getattr(options, name) for name in others if options.is_given(name)} | dict(
        added_values or {}
    )
    values = {
        name: value for name, value in (resumes | shard | given_options).items() if not OPTIONS[name].declared.only_file
    }
    arguments = [text for name, value in values.items() for text in _option_arguments(name, value)]
    if options.selection is not None:
        arguments += [shlex.quote(printable(word)) for word in options.selection]
    elif options.runs != runs_folder():
        arguments += _command_arguments("--runs", str(options.runs))
    return " ".join(["iamsql sync", *arguments])


def _read_stored_options(metadata: RunMetadata) -> dict[str, Any]:
    """Return the stored options by name. Raise IamsqlError for a type or scope that the command line refuses."""
    stored: dict[str, Any] = {}
    try:
        for name in [name for name in STORED if name in metadata.options]:
            value = metadata.options[name]
            value = tuple(value) if isinstance(value, list) else value
            if not _has_type(value, STORED[name].type):
                raise IamsqlError(f"the value of {STORED[name].label} has another type.")
            stored[name] = _checked_value(name, value) if value and STORED[name].declared.stored == SCOPE else value
        option_types.require_valid_window(*(stored.get(name) for name in ("days", "start_date", "end_date")))
    except IamsqlError as error:
        raise _unusable_options_error(metadata, error) from error
    return stored


def _has_type(value: object, expected_type: Any) -> bool:
    if get_origin(expected_type) is tuple:
        return isinstance(value, tuple) and all(isinstance(text, str) for text in value)
    # bool is a subclass of int, but true is not a number of days.
    return isinstance(value, expected_type) and (
        bool in (expected_type, *get_args(expected_type)) or not isinstance(value, bool)
    )


def _checked_value(name: str, value: Any) -> Any:
    return STORED[name].checked(STORED[name].label, value)


def _use_of_option(name: str, stored: Values) -> str:
    """Return how a stored option is used (SCOPE, SOURCE, CALLER), or '' for a default value; `--trail auto` is a SCOPE."""
    if not stored.get(name) or stored[name] == STORED[name].default:
        return ""
    return SCOPE if (name, stored[name]) == ("trail", AUTO) else STORED[name].declared.stored


def _is_missing(name: str, options: Options, stored: Values) -> bool:
    """Return whether the file stores an identity or a source that the user has to give again."""
    # A profile in the environment is a choice of the user, not of the file.
    if name == "profile" and any(map(os.environ.get, PROFILE_VARIABLES)):
        return False
    return _use_of_option(name, stored) in (SOURCE, CALLER) and not options.has_value(name)


def _is_fixed(name: str, options: Options) -> bool:
    """Return whether the user gave an option that must equal the option of the run. A configured scope is for new runs only."""
    stored_type = STORED[name].declared.stored
    return options.is_given(name) if stored_type == SCOPE else stored_type == SOURCE and options.has_value(name)


def _missing_options_error(options: Options, metadata: RunMetadata, missing: Values) -> IamsqlError:
    """Return the error that lists the options to give again, and the command with them."""
    try:
        for name, value in missing.items():
            _checked_value(name, value)
    except IamsqlError as error:
        return _unusable_options_error(metadata, error)
    secret = " with the same external ID" if options.external_id else ""
    by_caller = any(STORED[name].declared.stored == CALLER for name in missing)
    own_values = "give your own values ('' for none), or " if by_caller else ""
    keys = [text for name, value in missing.items() if _is_file_only(name) for text in _option_arguments(name, value)]
    configured = f" and, in the section [sync] of iamsql.toml, {', '.join(keys)}" if keys else ""
    lines = [
        f"{metadata.run_id} was started with options that are not taken from its file, which others may have edited:",
        *(f"  {' '.join(_option_arguments(name, value))}" for name, value in missing.items()),
        f"If they are right, give them again{secret}: {command(options, missing)}{configured}",
        f"If not, {own_values}start a new run: iamsql sync",
    ]
    message = "\n".join(lines)
    return (
        IamsqlError(message)
        if len(message) < MAX_ERROR_CHARACTERS
        else _unusable_options_error(metadata, IamsqlError("they are too long."))
    )


def _option_notes(metadata: RunMetadata, taken: Values, unused: Values) -> Iterator[str]:
    """Yield a line for each option that is taken from the run, and for each stored identity or source that is not used."""
    if metadata.window_start and metadata.window_end:
        yield f"Taken from the run: events from {metadata.window_start:%Y-%m-%d} to {metadata.window_end:%Y-%m-%d}"
    for heading, values in (("Taken from the run", taken), ("Not taken from the run", unused)):
        for name, value in values.items():
            if name != TABLES_OF_FOR:
                texts = _option_arguments(name, value, WIDTH)
                omitted_text = f" and {len(texts) - MAX_SHOWN} more" if len(texts) > MAX_SHOWN else ""
                yield f"{heading}: {' '.join(texts[:MAX_SHOWN])}{omitted_text}"


def _is_file_only(name: str) -> bool:
    return OPTIONS[name].declared.only_file


def _option_arguments(name: str, value: Any, width: int = MAX_ERROR_CHARACTERS) -> list[str]:
    """Return an option as typed in a shell, once per value, escaped for shell and terminal; or its key in iamsql.toml."""
    option = OPTIONS[name]
    if not _is_file_only(name):
        return _command_arguments(option.label, value, width)
    if isinstance(value, bool):
        return [f"{option.key} = true"]
    quoted = [json.dumps(printable(text[:width])) for text in (value if isinstance(value, tuple) else (str(value),))]
    return [f"{option.key} = {quoted[0]}", *quoted[1:]]


def _command_arguments(flag: str, value: Any, width: int = MAX_ERROR_CHARACTERS) -> list[str]:
    if isinstance(value, bool):
        return [flag]
    texts = value if isinstance(value, tuple) else (value,)
    return [f"{flag} {shlex.quote(printable(str(text)[:width]))}" for text in texts]


def _unusable_options_error(metadata: RunMetadata, error: IamsqlError) -> IamsqlError:
    why = str(error).splitlines()[0][:WIDTH]
    return IamsqlError(f"The options that {metadata.run_id} stores cannot be used: {why}\nStart a new run: iamsql sync")
