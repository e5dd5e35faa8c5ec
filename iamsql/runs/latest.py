"""Which run `latest` and `previous` are: the newest that can answer, and why it is not the newest of all.

A run that was limited to some tables or accounts, that was cut off, or that read no account does not take the place of
one that was not. Only runs of the organization of the newest run are considered, and imported ones apart from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.directory import RunFile, exposed
from iamsql.runs.run_names import BY_AGE, resolve
from iamsql.runs.status import Glance, finished

SHOWN = 3  # tables that a sentence names
Seen = tuple[RunFile, Glance]


@dataclass(frozen=True)
class Needs:
    """What a question needs of a run: the tables that it stands on in a run file, and accounts, () for all.

    `named` is called where a run was limited, and only once. Without it, it is not known what will be asked; a question
    that stands on no table is about the run itself.
    """

    named: Callable[[Path], Collection[str]] | None = None
    accounts: tuple[str, ...] = ()
    _known: list[frozenset[str]] = field(default_factory=list)

    def tables(self, path: Path) -> frozenset[str] | None:
        """Return the tables, None where they are not known; none where the question cannot be read, which its run tells."""
        if self.named and not self._known:
            try:
                self._known.append(frozenset(self.named(path)))
            except IamsqlError:
                self._known.append(frozenset())
        return self._known[0] if self.named else None


@dataclass(frozen=True)
class Choice:
    """A run file, and sentences on why it was chosen where it is not the newest, or not of every account."""

    path: Path
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Passed:
    run: RunFile
    told: Glance
    why: str


def choose(folder: Path, name: str = "latest", needs: Needs | None = None) -> Choice:
    """Find the run that a --run option means; raise IamsqlError for a name that means none.

    `latest` is the newest run that holds what is needed, and where none does, the newest that was limited the least;
    `previous` is the newest run before it that can be compared with it. Any other name means its run, whatever its scope.
    A note says where everybody can write the folder.
    """
    choice = _choose(folder, name, needs)
    return replace(choice, notes=[*exposed(folder, choice.path), *choice.notes])


def _choose(folder: Path, name: str, needs: Needs | None) -> Choice:
    if name not in BY_AGE:
        return Choice(resolve(folder, name))
    mine = _of_one_organization(folder)
    first = next(mine, None)
    if first is None or first[1].scope is None:
        return Choice(resolve(folder, name))
    rest = list(mine) if name == "previous" else mine
    latest, passed = _best([first, *rest] if isinstance(rest, list) else _chained(first, rest), needs or Needs())
    if name == "latest":
        return Choice(latest.run.path, _notes(latest, passed))
    return _previous([first, *rest], latest, needs or Needs())


def holding(folder: Path, tables: Collection[str]) -> Choice | None:
    """Find the newest run that collected all the tables in every account, for a question that `latest` cannot answer."""
    for run, told in _of_one_organization(folder):
        if told.scope and told.read and told.scope.holds(()) and not set(tables) & set(told.scope.lacks):
            return Choice(run.path, [f"Using run {run.run_id}: newer runs did not collect {_listed(tables)}."])
    return None


def _chained(first: Seen, rest: Iterator[Seen]) -> Iterator[Seen]:
    yield first
    yield from rest


def _of_one_organization(folder: Path) -> Iterator[Seen]:
    """Yield the finished runs of the newest run's organization, newest first; the newest itself whatever it is."""
    newest: Seen | None = None
    for run, told in finished(folder):
        if newest is None or (told.scope and _is_of(newest, (run, told))):
            newest = newest or (run, told)
            yield run, told


def _is_of(newest: Seen, other: Seen) -> bool:
    """Tell whether two runs are of one organization or, where one could not read it, of one caller's account."""
    (run, mine), (file, theirs) = newest, other
    if bool(mine.scope and mine.scope.imported) != bool(theirs.scope and theirs.scope.imported):
        return False
    if mine.organization and theirs.organization:
        return mine.organization == theirs.organization
    same_caller = bool(mine.caller) and mine.caller == theirs.caller
    return same_caller or run.run_id.partition("-")[2] == file.run_id.partition("-")[2]


def _best(runs: Iterator[Seen] | list[Seen], needs: Needs) -> tuple[_Passed, list[_Passed]]:
    """Return the newest run that holds what is needed, else the one that comes nearest; and those that were passed over."""
    passed: list[_Passed] = []
    for run, told in runs:
        one = _Passed(run, told, _why_not(run, told, needs))
        if not one.why:
            return one, passed
        passed.append(one)
    nearest = min(
        passed, key=lambda one: (not one.told.read, bool(_lacking(one.run, one.told, needs)), passed.index(one))
    )
    return nearest, passed[: passed.index(nearest)]


def _why_not(run: RunFile, told: Glance, needs: Needs) -> str:
    """Say why a run does not hold what is needed; '' where it does. A question about the run itself is for the newest."""
    scope = told.scope
    if scope is None:
        return "cannot be read"
    if needs.named and (not scope.is_full or not told.read) and not needs.tables(run.path):
        return ""
    if not told.read:
        return "read no account"
    if scope.max_calls:
        return f"was cut off by --max-calls {scope.max_calls}"
    if not scope.holds(needs.accounts):
        return f"was limited by {scope.flags()}"
    if scope.tables and (lacking := _lacking(run, told, needs)):
        return f"was limited by {scope.flags()}" + (f" and lacks {_listed(lacking)}" if needs.named else "")
    return f"could not list the organization's accounts ({scope.unlisted})" if scope.unlisted else ""


def _lacking(run: RunFile, told: Glance, needs: Needs) -> Collection[str]:
    """Return the tables that are needed and that the run did not collect; where they are not known, all that it lacks."""
    lacks, needed = set(told.scope.lacks) if told.scope else set(), needs.tables(run.path)
    return sorted(lacks if needed is None else lacks & needed)


def _notes(chosen: _Passed, passed: list[_Passed]) -> list[str]:
    """Say which run was taken and why, where a newer one was passed over or none holds everything."""
    said = []
    if passed:
        more = {1: "", 2: "; 1 more was passed over"}.get(len(passed), f"; {len(passed) - 1} more were passed over")
        said.append(f"Using run {chosen.run.run_id}: the newer run {passed[0].run.run_id} {passed[0].why}{more}.")
    if chosen.why and not (chosen.told.scope and chosen.why.startswith("could not list")):
        said.append(f"Run {chosen.run.run_id} {chosen.why}, and there is no full run to use instead.")
    return said


def _previous(runs: list[Seen], latest: _Passed, needs: Needs) -> Choice:
    """Return the newest run before `latest` that can be compared with it; raise IamsqlError where there is none."""
    ids = [run.path for run, _ in runs]
    older = runs[ids.index(latest.run.path) + 1 :]
    if not older:
        raise IamsqlError(_none_before(latest, len(runs)))
    passed: list[_Passed] = []
    for run, told in older:
        one = _Passed(run, told, _why_not(run, told, needs))
        alike = told.scope and latest.told.scope and told.scope.limits == latest.told.scope.limits
        if alike if latest.why else not one.why:
            return Choice(run.path, _notes(_Passed(run, told, ""), passed))
        passed.append(one)
    run, why = passed[0].run, passed[0].why or "has another scope"
    raise IamsqlError(
        f"There is no run before {latest.run.run_id} that can be compared with it: {run.run_id} {why}."
        "\nSee the scope of each with: iamsql runs; name a run by its ID to use it all the same."
    )


def _none_before(latest: _Passed, number: int) -> str:
    folder, run_id = latest.run.path.parent, latest.run.run_id
    if number == 1:
        return f"There is one run only in {folder}, and none before it: {run_id}."
    return (
        f"There is no run before {run_id} in {folder}; newer runs were limited and are passed over."
        "\nSee the scope of each with: iamsql runs; name a run by its ID to use it all the same."
    )


def _listed(names: Collection[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:SHOWN]) + (f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else "")
