"""Whether RE2 finds the text that PostgreSQL would, and which group proves that another took part in a match.

PostgreSQL takes the longest match (the shortest, if its first quantifier is lazy), RE2 the first that it comes to; a pattern
on which the two may differ is refused.
"""

from __future__ import annotations

from iamsql.dialect.library._pg_regex import Alt, Edge, Group, Node, Reader, Repeat
from iamsql.dialect.library._re2_writer import alt_width, first, sequence_width, walk, width
from iamsql.dialect.library._regex_characters import OTHERS


def settle(reader: Reader, tree: Alt, edges: bool, fold: bool) -> None:
    """Refuse a pattern of which RE2 may find another match; branches are sorted where that is enough."""
    nodes = walk(tree)
    ended = len(tree.branches) == 1 and not edges and tree.branches[0][-1:] in ([Edge("$")], [Edge(r"\z")])
    varied = [node for node in nodes if isinstance(node, Repeat) and node.least != node.most]
    if ended and not reader.groups:
        return
    if not ended and len({node.lazy for node in varied}) > 1:
        _even(reader, varied)
    lazy = any(node.lazy for node in varied)
    _branches(reader, tree, [], fold, ended, lazy)
    if not ended:
        _overlaps(reader, tree, fold)


def _even(reader: Reader, varied: list[Repeat]) -> None:
    """Make all quantifiers as greedy as the first: that is how PostgreSQL finds the whole match."""
    if reader.groups:
        raise reader.wrong(
            "greedy and lazy quantifiers together give PostgreSQL another text than RE2.\n"
            "Make all of them greedy or all lazy, or end the pattern with $"
        )
    for node in varied:
        node.lazy = varied[0].lazy


def _branches(reader: Reader, tree: Alt, after: list[Node], fold: bool, ended: bool, lazy: bool) -> None:
    """Check every choice between branches: they begin differently, or are put in order of their length."""
    ends, others = _ending(tree) if sequence_width(after) == (0, 0) and not lazy else ([], tree.branches)
    if len(others) > 1 and not _apart(others, fold):
        widths = [sequence_width(branch) for branch in others]
        fixed = all(low == high for low, high in widths)
        same = len(set(widths)) == 1
        rest = sequence_width(after)
        if not fixed or not (same or (rest[0] == rest[1] and not lazy and not ended)):
            raise reader.wrong(
                "PostgreSQL takes the longest of its branches, RE2 the first.\n"
                "Let no two branches begin with the same character, or write the common part once"
            )
        others.sort(key=lambda branch: -sequence_width(branch)[0])
    tree.branches = ends + others
    for items in tree.branches:
        for place, item in enumerate(items):
            inner, rest_of = item, items[place + 1 :] + after
            while isinstance(inner, Repeat):
                rest_of = [inner, *rest_of] if inner.most != 1 else rest_of
                inner = inner.body
            if isinstance(inner, Group):
                _branches(reader, inner.body, rest_of, fold, ended, lazy)


def _ending(tree: Alt) -> tuple[list[list[Node]], list[list[Node]]]:
    """Part the branches that end with the text from others: as the first ones they give the longest match there is."""
    ends = [
        branch for branch in tree.branches if branch[-1:] in ([Edge("$")], [Edge(r"\z")]) and not _holds_groups(branch)
    ]
    return ends, [branch for branch in tree.branches if all(branch is not end for end in ends)]


def _holds_groups(branch: list[Node]) -> bool:
    return any(isinstance(node, Group) and node.number for node in walk(Alt([branch])))


def _apart(branches: list[list[Node]], fold: bool) -> bool:
    """Tell whether no two branches can begin with the same character."""
    seen: set[int] = set()
    for chars, empty in map(first, branches):
        folded = (
            {code ^ 32 if chr(code & ~32).isalpha() and code < OTHERS else code for code in chars} if fold else set()
        )
        if empty or seen & (chars | folded):
            return False
        seen |= chars | folded
    return True


def _overlaps(reader: Reader, tree: Alt, fold: bool) -> None:
    """Refuse optional parts of several characters behind others that may take their first one: a*(ab)? and the like."""
    for items in [
        *tree.branches,
        *(branch for node in walk(tree) if isinstance(node, Group) for branch in node.body.branches),
    ]:
        taken: list[list[Node]] = []
        for item in items:
            if not isinstance(item, Repeat) or item.least == item.most:
                taken = taken if width(item)[1] == 0 else []
                continue
            if width(item.body)[1] > 1 and any(not _apart([before, [item.body]], fold) for before in taken):
                raise reader.wrong(
                    "an optional part follows another that may take its first character: RE2 may match less than PostgreSQL"
                )
            taken.append([item.body])


class Slots:
    """Where the groups of a pattern stand in what is written for RE2.

    A group that may take no part has an empty text in RE2, as one that matched nothing; so the nearest part around it
    that matches at least one character is made a group too, whose empty text proves that there was no match.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._proofs: dict[int, Group | None] = {}
        self._unknown: set[int] = set()

    def of(self, tree: Alt) -> list[tuple[int, int]]:
        """List for each group its place and the place of its proof: 0 if it always takes part, -1 if nothing proves it."""
        self._prove(tree, None, False, False)
        kept = [node for node in walk(tree) if isinstance(node, Group) and node.number is not None]
        place = {id(group): at for at, group in enumerate(kept, 1)}
        numbered = sorted((group for group in kept if group.number), key=lambda group: group.number or 0)
        return [(place[id(group)], self._proof(group, place)) for group in numbered]

    def _proof(self, group: Group, place: dict[int, int]) -> int:
        if group.number in self._unknown:
            return -1
        proof = self._proofs[group.number or 0]
        return place[id(proof)] if proof else 0

    def _prove(self, tree: Alt, proof: Group | None, maybe: bool, again: bool) -> None:
        choice = len(tree.branches) > 1
        for item in (item for branch in tree.branches for item in branch):
            inner, optional, loops = item, choice, again
            while isinstance(inner, Repeat):
                optional, loops = optional or inner.least == 0, loops or inner.most != 1
                inner = inner.body
            if isinstance(inner, Group):
                self._group(inner, None if optional else proof, maybe or optional, again, loops)

    def _group(self, group: Group, proof: Group | None, maybe: bool, again: bool, loops: bool) -> None:
        if maybe and proof is None and alt_width(group.body)[0] > 0:
            group.number = 0 if group.number is None else group.number
            proof = group
        if group.number:
            if loops and alt_width(group.body)[0] == 0:
                raise self._reader.wrong(
                    "a repeated group may match nothing: RE2 keeps another text of it than PostgreSQL"
                )
            if again and maybe:
                raise self._reader.wrong(
                    "a group that may take no part is repeated: RE2 keeps another text of it than PostgreSQL"
                )
            self._proofs[group.number] = proof
            if maybe and proof is None:
                self._unknown.add(group.number)
        self._prove(group.body, proof, maybe, loops)
