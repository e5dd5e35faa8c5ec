"""The state of a shell: the open run, the settings, and the functions that print."""

from __future__ import annotations

import io
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iamsql import catalog, render
from iamsql.catalog.lexer import code_end, has_no_code
from iamsql.escaping import printable_lines
from iamsql.model import Query, Result
from iamsql.model.layout import ALL_COLUMNS, DisplayOptions
from iamsql.query import execute
from iamsql.query.answer import Answer
from iamsql.query.run_query import find_query
from iamsql.query.shell.interrupt import interruptible
from iamsql.render.terminal.rows import write_rows
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width
from iamsql.runs.store.reader import Reader

Write = Callable[[str], None]
RECORD_MODES = ("on", "off", "auto")  # whether a table is written as records; auto writes one row as a record
COLOR_CODE = re.compile(r"\x1b\[[0-9;]*m")
SHOW_ALL_HINT = r".wide or \x"  # the commands that show all columns


@dataclass
class State:
    """A shell's state. `reader` is the open run. With `is_trusted`, COPY in a query file replaces files.

    `show` prints text, `page` prints text that is longer than the terminal, `say` prints messages.
    `style` returns the style of the terminal, which changes with the size of its window. Without a style, tables look as in
    a pipe.
    """

    reader: Reader
    show: Write
    page: Write
    say: Write
    query_dirs: Sequence[str] = ()
    output: str = "table"
    dialect: str = "duckdb"
    paged: bool = True
    quiet: bool = False
    leaving: bool = False
    style: Callable[[], Style | None] = lambda: None
    wide: bool = False
    records: str = "auto"
    timed: bool = False
    is_trusted: bool = False

    def ready(self) -> Reader:
        """Return the reader, which opens the file again after a statement that could only be ended with its process."""
        return self.reader.ready_for()

    def run(self, query: Query, args: Mapping[str, str] | None = None) -> None:
        """Run a query and print the answer; Ctrl-C stops the statement and raises KeyboardInterrupt."""
        values = catalog.bind(query, args or {})
        options: dict[str, Any] = {
            "is_trusted": self.is_trusted,
            "protected": catalog.configured_query_folders(self.query_dirs),
        }
        self._print_answer(
            query, lambda: execute.execute(execute.reopening(self.reader), self.reader.path, query, values, **options)
        )

    def explain(self, query: Query) -> None:
        """Print the tables and calls that the result of a query depends on."""
        self._print_answer(
            query, lambda: execute.explain(execute.reopening(self.reader), self.reader.path, query), ALL_COLUMNS
        )

    def _print_answer(self, query: Query, work: Callable[[], Answer], display: DisplayOptions | None = None) -> None:
        """Print an answer and its notes. `display` has the columns and the layout of a table on a terminal."""
        start_seconds = time.perf_counter()
        answer = interruptible(work, self.reader.interrupt)
        seconds = time.perf_counter() - start_seconds
        if answer.columns:
            self.rows(answer.result, display=replace(display or answer.display, path=query.path))
        if self.timed:
            self.say(f"Time: {seconds:.3f} seconds.")
        origin_notes = catalog.query_notes([query], catalog.Config())
        for note in () if self.quiet else (*origin_notes, *answer.caveats):
            self.say(printable_lines(note))

    def rows(self, result: Result, heading: str = "", display: DisplayOptions = ALL_COLUMNS) -> None:
        """Print rows in the selected format; `heading` is printed above a table."""
        style, output = self.style(), self.output
        if output == "table" and self.records == "on":
            output = "line"
        # In memory, because only the complete text shows whether the pager is needed.
        text = io.StringIO(newline="")
        text.write(printable_lines(heading) if self.output == "table" else "")
        if style and output == "line":
            render.write_records(result, text, replace(style, wide=self.wide))
        elif style and output == "table":
            fitted_style, is_record = replace(style, wide=self.wide), self.records == "auto"
            write_rows(result, text, fitted_style, display, wide=SHOW_ALL_HINT, one_row_as_record=is_record)
        else:
            plain_text = io.StringIO(newline="")
            render.write(result, output, plain_text, visible=True)
            text.write(printable_lines(plain_text.getvalue().replace("\r\n", "\n")))
        self._show_or_page(text.getvalue())

    def text(self, text: str) -> None:
        """Print text, through the pager if it is longer than the terminal."""
        self._show_or_page(printable_lines(text.replace("\r\n", "\n")))

    def _show_or_page(self, printable: str) -> None:
        lines = printable.rstrip("\n") + "\n"
        (self.page if self.paged and exceeds_screen(lines) else self.show)(lines)

    def query_for(self, text: str) -> Query:
        """Return the query for a line of input: the name of a query, or SQL in the selected dialect."""
        # A name may have a semicolon and a comment after it, because the prompt ends every statement with a semicolon.
        end = code_end(text)
        name = text[:end].strip()
        if catalog.is_name(name) and has_no_code(text[end:]):
            return find_query(name, self.query_dirs)
        return replace(catalog.query_from_sql(text, "SQL"), dialect=self.dialect)


def exceeds_screen(lines: str) -> bool:
    """Return whether lines fill the terminal, with long lines wrapped."""
    columns, rows = shutil.get_terminal_size()
    widths = map(display_width, COLOR_CODE.sub("", lines).rstrip("\n").split("\n"))
    return sum(max(1, -(-width // columns)) for width in widths) >= rows
