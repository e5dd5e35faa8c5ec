"""Count the functions of iamsql between a command and the terminal: `python -m tests.answer_path query stale_keys`.

A function counts once, from its first use. A function is a `def` or a `lambda`, in the thread of the command. What runs once
in a process does not count: module bodies, the decorators and classes in them, and cached functions without parameters.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import iamsql
from iamsql.__main__ import main

PACKAGE = str(Path(iamsql.__file__).parent) + "/"
COMPREHENSIONS = (
    "<listcomp>",
    "<setcomp>",
    "<dictcomp>",
    "<genexpr>",
)  # Python 3.12 has no functions for most of these


class Counter:
    """The functions of a command, from its callback on, as (module, function) in the order of their first use."""

    def __init__(self, command: str) -> None:
        """Count from the function of this name in `iamsql/cli`."""
        self.functions: dict[tuple[str, str], None] = {}
        self._start, self._is_started = (f"cli/{command}.py", command), False
        self._once: dict[CodeType, bool] = {}

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Receive an event of `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PACKAGE) or code.co_name in COMPREHENSIONS:
            return
        function = (code.co_filename.removeprefix(PACKAGE), code.co_qualname)
        self._is_started = self._is_started or function == self._start
        if self._is_started and function not in self.functions and not self._runs_once(frame):
            self.functions[function] = None

    def _runs_once(self, frame: FrameType | None) -> bool:
        while frame is not None and frame.f_code.co_filename != __file__:
            code = frame.f_code
            if code not in self._once:
                self._once[code] = code.co_filename.startswith(PACKAGE) and (
                    code.co_name == "<module>" or _is_cached(frame)
                )
            if self._once[code]:
                return True
            frame = frame.f_back
        return False


def _is_cached(frame: FrameType) -> bool:
    """Return whether a function of a module has no parameters and is cached."""
    code = frame.f_code
    has_parameters = code.co_argcount + code.co_kwonlyargcount > 0 or bool(code.co_flags & 0x0C)
    return not has_parameters and hasattr(frame.f_globals.get(code.co_name), "cache_info")


if __name__ == "__main__":
    counter = Counter(sys.argv[1])
    sys.setprofile(counter)
    try:
        main()
    finally:
        sys.setprofile(None)
        modules = {module for module, _ in counter.functions}
        print(*(f"{module} {name}" for module, name in counter.functions), sep="\n", file=sys.stderr)
        print(f"{len(counter.functions)} functions in {len(modules)} modules", file=sys.stderr)
