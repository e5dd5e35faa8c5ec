"""Open DuckDB. No other module connects or attaches, so every connection is in a sandbox.

A connection loads no extension and no Python object, and has no network access. It reads and writes only the files that
`Access` lists, and temporary files in the folder that its caller sets. Its configuration is locked before it reads a table.

DuckDB opens a database file once in a process, with one configuration. Files are therefore attached to an empty database, which
each connection has for itself, so several connections with different sandboxes can read one file at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamsql.runs.store.driver import duckdb
from iamsql.sqltext import identifier, literal

SANDBOX = {
    # By default, SQL loads extensions by the names of functions and files, and downloads those that are not installed.
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",  # the secrets in ~/.duckdb
    "python_enable_replacements": "false",  # FROM would otherwise read Python variables by name
    "temp_directory": "",  # DuckDB's default for a database in memory is ./.tmp
}
SMALL = ("set memory_limit = '256MB'", "set threads = 1")  # enough to inspect a file, not to query it
HAS_PROGRESS_BAR = "select system.main.current_setting('enable_progress_bar')"
# Names of DuckDB's own databases, and of schemas of a run: `iamsql.run` would be ambiguous in a database named iamsql.
RESERVED = ("main", "memory", "system", "temp", "iamsql")
IN_MEMORY = Path(":memory:")


@dataclass(frozen=True)
class Attachment:
    """A database file, its name in SQL, and the options of ATTACH."""

    path: Path
    alias: str
    options: str = "read_only"


@dataclass(frozen=True)
class Access:
    """Files and folders that SQL may access in addition to the attached databases; `unrestricted` is --allow-files.

    SQL may read and write `files` and the files in `folders`, and read the files in `read`. DuckDB does not distinguish
    reading from writing: `LimitedConnection` refuses COPY to the files in `read`. No other class may execute SQL of users
    over them.
    """

    files: Sequence[Path | str] = ()
    folders: Sequence[Path | str] = ()
    unrestricted: bool = False
    read: Sequence[Path] = ()

    def is_writable(self, path: str) -> bool:
        """Return whether COPY may write a file; `path` is the text in the statement."""
        if path in map(str, self.files):
            return True
        target = Path(path)
        return ".." not in target.parts and any(target.is_relative_to(folder) for folder in self.folders)

    def settings(self) -> Iterator[str]:
        """Yield the statements that restrict a connection, in the order that DuckDB accepts them.

        COPY writes `tmp_NAME` next to a file and renames it (DuckDB's use_tmp_file), so this path is allowed as well.
        """
        if not self.unrestricted:
            temporary = [Path(file).with_name(f"tmp_{Path(file).name}") for file in self.files]
            yield f"set allowed_paths = [{', '.join(map(literal, (*self.files, *temporary, *self.read)))}]"
            yield f"set allowed_directories = [{', '.join(map(literal, self.folders))}]"
            yield "set enable_external_access = false"
        yield "set lock_configuration = true"


class AttachError(Exception):
    """The database file `path` cannot be attached; `error` is DuckDB's error."""

    def __init__(self, path: Path, error: duckdb.Error) -> None:
        """Store the path and the error."""
        super().__init__(str(error))
        self.path, self.error = path, error


def connect(
    database: Path | None = None,
    *,
    attach: Sequence[Attachment] = (),
    settings: Sequence[str] = SMALL,
    access: Access | None = None,
    disabled: Collection[str] = (),
    enabled: Collection[str] | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a database read-only, or an empty one in memory, attach files, apply the settings and lock them.

    `disabled` are optimizers that must not run; if `enabled` is given, only these run. Raise duckdb.Error if the database cannot
    be opened, and AttachError for a file that cannot be attached.
    """
    connection = duckdb.connect(str(IN_MEMORY), config=dict(SANDBOX))
    try:
        if database is not None:
            # The file becomes the only database, with the name that DuckDB gives a file that it opens.
            name = database.name.partition(".")[0] or "run"
            name = identifier(f"{name}_db" if name.lower() in RESERVED else name)
            connection.execute(f"attach {literal(database.absolute())} as {name} (read_only)")
            connection.execute(f"use {name}.main; detach memory")
        # Without a time zone, casts of timestamps to text and dates would depend on the machine.
        connection.execute("set TimeZone = 'UTC'")
        # In Jupyter without ipywidgets, the bar is off, and DuckDB refuses the setting.
        if connection.execute(HAS_PROGRESS_BAR).fetchall() == [(True,)]:
            connection.execute("set enable_progress_bar = false")
        optimizers = connection.execute("select name from system.main.duckdb_optimizers()").fetchall()
        # DuckDB refuses to disable an optimizer that its version does not have.
        is_off = [name in disabled or (enabled is not None and name not in enabled) for (name,) in optimizers]
        names = ",".join(name for (name,), off in zip(optimizers, is_off, strict=True) if off)
        for setting in (f"set disabled_optimizers = {literal(names)}", *settings):
            connection.execute(setting)
        for attachment in attach:  # before the settings below, after which no file can be attached
            attach_to(connection, attachment)
        for setting in (access or Access()).settings():
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


def attach_to(connection: duckdb.DuckDBPyConnection, attachment: Attachment) -> None:
    """Attach a database file. Raise AttachError."""
    # In a relative path, DuckDB reads `word:` as the name of an extension.
    path = attachment.path if attachment.path == IN_MEMORY else attachment.path.absolute()
    try:
        connection.execute(f"attach {literal(path)} as {attachment.alias} ({attachment.options})")
    except duckdb.Error as error:
        raise AttachError(attachment.path, error) from error
