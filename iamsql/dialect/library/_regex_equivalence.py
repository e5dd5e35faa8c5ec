"""Checks that RE2 matches the same text as PostgreSQL, and finds the groups that took part in a match.

Both engines agree whether a pattern matches. Which text it matches differs: PostgreSQL takes the longest match (the shortest
if the first quantifier is lazy), RE2 the first one in the order of branches and quantifiers. Patterns whose matched text can
differ are refused.
"""

from __future__ import annotations

from typing import NamedTuple

from iamsql.dialect.library._pg_regex import Parser
from iamsql.dialect.library._regex_tree import (
    NON_ASCII,
    Alternation,
    Anchor,
    Group,
    Node,
    Quantified,
    alternation_width,
    first_characters,
    sequence_width,
    walk,
    width,
)

_END_ANCHORS = ([Anchor("$")], [Anchor(r"\z")])


def check_equivalence(parser: Parser, tree: Alternation, multiline: bool, ignore_case: bool) -> None:
    """Raise IamsqlError for a pattern with which RE2 may match another text; reorder branches where that is enough."""
    is_anchored = len(tree.branches) == 1 and not multiline and tree.branches[0][-1:] in _END_ANCHORS
    if is_anchored and not parser.group_count:
        return
    varying = [node for node in walk(tree) if isinstance(node, Quantified) and node.minimum != node.maximum]
    if not is_anchored and len({node.lazy for node in varying}) > 1:
        _unify_greediness(parser, varying)
    checker = _BranchChecker(parser, ignore_case, is_anchored, any(node.lazy for node in varying))
    checker.check(tree, [])
    if not is_anchored:
        _check_optional_parts(parser, tree, ignore_case)


def _unify_greediness(parser: Parser, varying: list[Quantified]) -> None:
    """Make all quantifiers as greedy as the first, which decides for PostgreSQL's match as a whole."""
    if parser.group_count:
        raise parser.error(
            "with greedy and lazy quantifiers together PostgreSQL matches another text than RE2.\n"
            "Make all of them greedy or all lazy, or end the pattern with $"
        )
    for node in varying:
        node.lazy = varying[0].lazy


class _BranchChecker:
    """Checks every choice between branches: they begin with different characters, or can be ordered by their length."""

    def __init__(self, parser: Parser, ignore_case: bool, is_anchored: bool, is_lazy: bool) -> None:
        self._parser, self._ignore_case = parser, ignore_case
        self._is_anchored, self._is_lazy = is_anchored, is_lazy

    def check(self, tree: Alternation, following: list[Node]) -> None:
        """Check an alternation that other nodes follow; put the longest of its branches first."""
        final, others = [], tree.branches
        if sequence_width(following) == (0, 0) and not self._is_lazy:
            # A branch that ends at the end of the text matches longest, so it can precede all others.
            final = [branch for branch in others if branch[-1:] in _END_ANCHORS and not _captures(branch)]
            others = [branch for branch in others if not any(branch is each for each in final)]
        if len(others) > 1 and not _begin_differently(others, self._ignore_case):
            self._check_lengths(others, following)
            others.sort(key=lambda branch: -sequence_width(branch).least)
        tree.branches = final + others
        for items in tree.branches:
            for position, item in enumerate(items):
                inner, rest = item, items[position + 1 :] + following
                while isinstance(inner, Quantified):
                    rest = [inner, *rest] if inner.maximum != 1 else rest
                    inner = inner.body
                if isinstance(inner, Group):
                    self.check(inner.body, rest)

    def _check_lengths(self, branches: list[list[Node]], following: list[Node]) -> None:
        widths = [sequence_width(branch) for branch in branches]
        is_fixed = all(each.least == each.greatest for each in widths)
        rest = sequence_width(following)
        ends_alike = rest.least == rest.greatest and not self._is_lazy and not self._is_anchored
        if not is_fixed or not (len(set(widths)) == 1 or ends_alike):
            raise self._parser.error(
                "PostgreSQL takes the longest of its branches, RE2 the first.\n"
                "Let no two branches begin with the same character, or write the common part once"
            )


def _captures(branch: list[Node]) -> bool:
    return any(isinstance(node, Group) and node.number for node in walk(Alternation([branch])))


def _begin_differently(branches: list[list[Node]], ignore_case: bool) -> bool:
    """Report whether no two branches can begin with the same character."""
    seen: set[int] = set()
    for characters, can_be_empty in map(first_characters, branches):
        folded = {_other_case(code) for code in characters} if ignore_case else set()
        if can_be_empty or seen & (characters | folded):
            return False
        seen |= characters | folded
    return True


def _other_case(code: int) -> int:
    return code ^ 32 if code < NON_ASCII and chr(code & ~32).isalpha() else code


def _check_optional_parts(parser: Parser, tree: Alternation, ignore_case: bool) -> None:
    """Refuse an optional part of several characters behind one that can take its first character, as in a*(ab)?."""
    groups = [node for node in walk(tree) if isinstance(node, Group)]
    for items in [*tree.branches, *(branch for group in groups for branch in group.body.branches)]:
        before: list[Node] = []
        for item in items:
            if not isinstance(item, Quantified) or item.minimum == item.maximum:
                before = before if width(item).greatest == 0 else []
                continue
            is_long = width(item.body).greatest > 1
            if is_long and any(not _begin_differently([[part], [item.body]], ignore_case) for part in before):
                raise parser.error(
                    "an optional part follows another that may take its first character: RE2 may match less than PostgreSQL"
                )
            before.append(item.body)


class Capture(NamedTuple):
    """A capturing group of PostgreSQL: its number in RE2, and the number of the group that proves that it took part.

    `proof` is 0 if the group always takes part in a match, and -1 if no group proves it.
    """

    number: int
    proof: int


class CaptureFinder:
    """Finds the number in RE2 of each capturing group, and the group that proves that it took part in the match.

    RE2 returns an empty text for a group that took no part, as for one that matched nothing. So the nearest part around the
    group that matches at least one character is made a group too: if its text is empty, there was no match.
    """

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._proofs: dict[int, Group | None] = {}
        self._unproved: set[int] = set()

    def find(self, tree: Alternation) -> list[Capture]:
        """Return the captures in the order of PostgreSQL's numbers; groups that prove others become capturing ones."""
        self._visit(tree, None, False, False)
        capturing = [node for node in walk(tree) if isinstance(node, Group) and node.number is not None]
        indexes = {id(group): index for index, group in enumerate(capturing, 1)}
        numbered = sorted((group for group in capturing if group.number), key=lambda group: group.number or 0)
        return [Capture(indexes[id(group)], self._proof(group, indexes)) for group in numbered]

    def _proof(self, group: Group, indexes: dict[int, int]) -> int:
        if group.number in self._unproved:
            return -1
        proof = self._proofs[group.number or 0]
        return indexes[id(proof)] if proof else 0

    def _visit(self, tree: Alternation, proof: Group | None, optional: bool, repeated: bool) -> None:
        """Visit the groups of a tree; `optional` and `repeated` hold for a part around it, which `proof` proves."""
        is_choice = len(tree.branches) > 1
        for item in (item for branch in tree.branches for item in branch):
            inner, is_optional, is_repeated = item, is_choice, repeated
            while isinstance(inner, Quantified):
                is_optional = is_optional or inner.minimum == 0
                is_repeated = is_repeated or inner.maximum != 1
                inner = inner.body
            if isinstance(inner, Group):
                self._check_repetition(inner, optional or is_optional, repeated, is_repeated)
                self._visit_group(inner, None if is_optional else proof, optional or is_optional, is_repeated)

    def _check_repetition(self, group: Group, optional: bool, repeated_outside: bool, repeated: bool) -> None:
        is_empty = repeated and alternation_width(group.body).least == 0
        if group.number and (is_empty or (repeated_outside and optional)):
            reason = "a repeated group may match nothing" if is_empty else "a group that may take no part is repeated"
            raise self._parser.error(f"{reason}: RE2 keeps another text of it than PostgreSQL")

    def _visit_group(self, group: Group, proof: Group | None, optional: bool, repeated: bool) -> None:
        if optional and proof is None and alternation_width(group.body).least > 0:
            group.number = 0 if group.number is None else group.number
            proof = group
        if group.number:
            self._proofs[group.number] = proof
            if optional and proof is None:
                self._unproved.add(group.number)
        self._visit(group.body, proof, optional, repeated)
