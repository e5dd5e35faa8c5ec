"""The options that a run file stores. A file may have been edited, so a resumed run takes from it what is read, never who reads it.

The user gives the identity again (profile, roles) and the source (demo, trail). What the file takes part in is shown.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, replace
from typing import Any, get_origin, get_type_hints

from iamsql import forms
from iamsql.model import IamsqlError
from iamsql.render import seen
from iamsql.runs import runs_folder
from iamsql.store.read import Facts
from iamsql.sync import AUTO, CALLER, SCOPE, SOURCE, Options

SHOWN = 6  # values of an option that a line shows
WIDTH = 200  # characters of a value, or of an error about a value, that a line shows
PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # botocore.session.Session.SESSION_VARIABLES
FIELDS = [one for one in fields(Options) if one.metadata.get("kind")]
TYPES = get_type_hints(Options)
Values = Mapping[str, Any]


def resumed_options(options: Options, facts: Facts) -> tuple[Options, list[str]]:
    """Return the options of a run that is resumed, with lines that show what was taken from its file.

    Raise IamsqlError where the file stores values that the command line refuses, where the user gives another scope or source,
    and where the file stores a source or an identity that the user did not give.
    """
    stored = _read(facts)
    for option in FIELDS:
        given, flag = getattr(options, option.name), option.metadata["flag"]
        is_fixed = flag and option.metadata["kind"] != CALLER and options.gives(option.name)
        if is_fixed and option.metadata["check"](flag, given) != stored.get(option.name, option.default):
            raise IamsqlError(
                f"{facts.run_id} was begun with other options: {flag} cannot be changed now.\n"
                "Leave it out, or begin anew without --resume and --retry-gaps."
            )
    if missing := {one.name: stored[one.name] for one in FIELDS if _is_missing(one, options, stored)}:
        raise IamsqlError(_refusal(options, facts, missing))
    kinds = {one.name: _kind(one, stored) for one in FIELDS}
    taken = {name: stored[name] for name, kind in kinds.items() if kind == SCOPE and not options.gives(name)}
    unused = {name: stored[name] for name, kind in kinds.items() if kind == CALLER}
    unused = {name: value for name, value in unused.items() if value != getattr(options, name)}
    return replace(options, **taken), list(_notes(facts, taken, unused))


def command(options: Options, more: Values | None = None) -> str:
    """Return the command that resumes a run as this user types it: the options given, and `more` by their names.

    The scope is left out, as it comes from the file, and the external id, as it is a secret.
    """
    flags = {one.name: one.metadata["flag"] for one in fields(Options) if one.metadata.get("kind", SCOPE) != SCOPE}
    resumes = {name: True for name in ("resume", "retry_gaps") if getattr(options, name)}
    given = {name: getattr(options, name) for name in flags if options.gives(name)}
    values = resumes | given | dict(more or {})
    words = [text for name, value in values.items() for text in _typed(flags[name], value)]
    if options.runs != runs_folder():
        words += _typed("--runs", str(options.runs))
    return " ".join(["iamsql sync", *words])


def _read(facts: Facts) -> dict[str, Any]:
    """Return the stored options by name; raise IamsqlError where the command line would refuse a value."""
    found: dict[str, Any] = {}
    try:
        for option in FIELDS:
            name, flag = option.name, option.metadata["flag"] or "--for"
            if name not in facts.options:
                continue
            value = facts.options[name]
            value = tuple(value) if isinstance(value, list) else value
            if not _has_type(value, TYPES[name]):
                raise IamsqlError(f"the value of {flag} has another type.")
            is_scope = option.metadata["kind"] == SCOPE and value
            found[name] = option.metadata["check"](flag, value) if is_scope else value
        forms.window(*(found.get(name) for name in ("days", "start_date", "end_date")))
    except IamsqlError as error:
        raise _unusable(facts, error) from error
    return found


def _has_type(value: object, wanted: Any) -> bool:
    if get_origin(wanted) is tuple:
        return isinstance(value, tuple) and all(isinstance(text, str) for text in value)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _kind(option: Field[Any], stored: Values) -> str:
    """Return the kind of a stored option, or '' where nothing is stored; the organization's own trail is scope."""
    if not stored.get(option.name) or stored[option.name] == option.default:
        return ""
    return SCOPE if option.name == "trail" and stored["trail"] == AUTO else str(option.metadata["kind"])


def _is_missing(option: Field[Any], options: Options, stored: Values) -> bool:
    """Tell whether the file stores an identity or a source that the user has to give again."""
    if option.name == "profile" and any(map(os.environ.get, PROFILE_VARIABLES)):
        return False
    return _kind(option, stored) in (SOURCE, CALLER) and not options.gives(option.name)


def _refusal(options: Options, facts: Facts, missing: Values) -> str:
    """Return the error that shows the options that are to be given again, and the command that has them."""
    flags = {one.name: one.metadata["flag"] for one in FIELDS}
    try:
        for option in FIELDS:
            if option.name in missing:
                option.metadata["check"](flags[option.name], missing[option.name])
    except IamsqlError as error:
        return str(_unusable(facts, error))
    secret = " with the same --external-id" if options.external_id else ""
    own = "give your own values ('' for none), or " if any(_by_caller(name) for name in missing) else ""
    return "\n".join(
        [
            f"{facts.run_id} was begun with options that are not taken from its file, which others may have edited:",
            *(f"  {' '.join(_typed(flags[name], value))}" for name, value in missing.items()),
            f"If they are right, give them again{secret}: {command(options, missing)}",
            f"If not, {own}begin anew: iamsql sync",
        ]
    )


def _by_caller(name: str) -> bool:
    return any(option.name == name and option.metadata["kind"] == CALLER for option in FIELDS)


def _notes(facts: Facts, taken: Values, unused: Values) -> Iterator[str]:
    """Yield the lines that show what a resumed run takes from its file, and which stored identity it does not use."""
    if facts.window_start and facts.window_end:
        yield f"Taken from the run: events from {facts.window_start:%Y-%m-%d} to {facts.window_end:%Y-%m-%d}"
    for option in FIELDS:
        for said, values in (("Taken from the run", taken), ("Not taken from the run", unused)):
            if option.name in values and option.metadata["flag"]:
                words = _typed(option.metadata["flag"], values[option.name])
                more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
                yield f"{said}: {' '.join(words[:SHOWN])}{more}"


def _typed(flag: str, value: Any) -> list[str]:
    """Return an option as it is typed in a shell, once for each value; no value can steer the terminal or the shell."""
    if isinstance(value, bool):
        return [flag]
    return [
        f"{flag} {shlex.quote(seen(str(text)[:WIDTH]))}" for text in (value if isinstance(value, tuple) else [value])
    ]


def _unusable(facts: Facts, error: IamsqlError) -> IamsqlError:
    why = str(error).splitlines()[0][:WIDTH]
    return IamsqlError(f"The options that {facts.run_id} stores cannot be used: {why}\nBegin anew: iamsql sync")
