"""Checks that RE2 matches the same text as PostgreSQL, in a match and in its groups.

Both engines agree whether a pattern matches. The text that it matches can differ: PostgreSQL takes the longest match (the
shortest if the first quantifier is lazy), RE2 the first match in the order of branches and quantifiers. A pattern for which the
matched text can differ is refused.
"""

from __future__ import annotations

from iamsql.dialect.library._pg_regex import Parser
from iamsql.dialect.library._regex_tree import (
    NON_ASCII,
    Anchor,
    Branches,
    Group,
    Node,
    Quantified,
    first_characters,
    sequence_width,
    walk,
    width,
)

_END_ANCHORS = ([Anchor("$")], [Anchor(r"\z")])


class Equivalence:
    """The checks of one pattern. They raise IamsqlError, and reorder branches where that is enough."""

    def __init__(self, parser: Parser, tree: Branches, multiline: bool, ignore_case: bool) -> None:
        self._parser, self._tree, self._ignore_case = parser, tree, ignore_case
        self._varying = [node for node in walk(tree) if isinstance(node, Quantified) and node.minimum != node.maximum]
        self._is_lazy = any(node.lazy for node in self._varying)
        # A pattern that must match up to the end of the text has a single possible end, which leaves only groups to differ.
        self._is_anchored = len(tree) == 1 and not multiline and tree[0][-1:] in _END_ANCHORS

    def check(self) -> None:
        """Raise IamsqlError for a pattern with which RE2 may match another text."""
        if self._is_anchored:
            if self._parser.group_count:
                self._check_branches(self._tree, [])
            return
        if len({node.lazy for node in self._varying}) > 1:
            self._unify_greediness()
        self._check_branches(self._tree, [])
        groups = [node.branches for node in walk(self._tree) if isinstance(node, Group)]
        for items in (branch for branches in [self._tree, *groups] for branch in branches):
            self._check_optional_parts(items)

    def _unify_greediness(self) -> None:
        """Make all quantifiers as greedy as the first, which determines PostgreSQL's entire match."""
        if self._parser.group_count:
            raise self._parser.error(
                "with greedy and lazy quantifiers together PostgreSQL matches another text than RE2.\n"
                "Make all of them greedy or all lazy, or end the pattern with $"
            )
        self._is_lazy = self._varying[0].lazy
        for node in self._varying:
            node.lazy = self._is_lazy

    def _check_branches(self, branches: Branches, following: list[Node]) -> None:
        """Check that branches begin with different characters, or order them by their length, the longest first."""
        final, others = [], branches[:]
        if sequence_width(following) == (0, 0) and not self._is_lazy:
            # A branch that ends at the end of the text matches longest, so it can precede all others.
            final = [branch for branch in others if branch[-1:] in _END_ANCHORS and not _captures(branch)]
            others = [branch for branch in others if not any(branch is each for each in final)]
        if len(others) > 1 and not self._begin_differently(others):
            self._check_lengths(others, following)
            others.sort(key=lambda branch: -sequence_width(branch).least)
        branches[:] = final + others
        for items in branches:
            for position, item in enumerate(items):
                inner, rest = item, items[position + 1 :] + following
                while isinstance(inner, Quantified):
                    rest = [inner, *rest] if inner.maximum != 1 else rest
                    inner = inner.body
                if isinstance(inner, Group):
                    self._check_branches(inner.branches, rest)

    def _check_lengths(self, branches: Branches, following: list[Node]) -> None:
        widths = {sequence_width(branch) for branch in branches}
        rest = sequence_width(following)
        ends_alike = rest.least == rest.greatest and not self._is_lazy and not self._is_anchored
        if any(each.least < each.greatest for each in widths) or not (len(widths) == 1 or ends_alike):
            raise self._parser.error(
                "PostgreSQL takes the longest of its branches, RE2 the first.\n"
                "Let no two branches begin with the same character, or write the common part once"
            )

    def _begin_differently(self, branches: Branches) -> bool:
        """Report whether no two branches can begin with the same character."""
        seen: set[int] = set()
        for branch in branches:
            characters = {*first_characters(branch)}
            if self._ignore_case:
                characters |= {_other_case(code) for code in characters}
            if not sequence_width(branch).least or seen & characters:
                return False
            seen |= characters
        return True

    def _check_optional_parts(self, items: list[Node]) -> None:
        """Refuse an optional part of several characters behind one that can take its first character, as in a*(ab)?."""
        before: list[Node] = []
        for item in items:
            if not isinstance(item, Quantified) or item.minimum == item.maximum:
                before = before if width(item).greatest == 0 else []
                continue
            # After a* has taken the a, (ab)? cannot match: RE2 keeps that choice, PostgreSQL prefers the longer match.
            is_long = width(item.body).greatest > 1
            if is_long and any(not self._begin_differently([[part], [item.body]]) for part in before):
                raise self._parser.error(
                    "an optional part follows another that may take its first character: RE2 may match less than PostgreSQL"
                )
            before.append(item.body)


def _captures(branch: list[Node]) -> bool:
    return any(isinstance(node, Group) and node.number for node in walk([branch]))


def _other_case(code: int) -> int:
    return code ^ 32 if code < NON_ASCII and chr(code & ~32).isalpha() else code


def uncertain_groups(
    parser: Parser, tree: Branches, optional: bool = False, certain: bool = True, repeated: bool = False
) -> set[int]:
    """Return the numbers of the groups that take part in a match in one engine and not in the other.

    These are optional groups that may be empty. A group inside an optional part that matches at least one character is certain.
    Raise IamsqlError for a repeated group that has another text in RE2. `optional`, `certain` and `repeated` hold for the parts
    around the tree.
    """
    found: set[int] = set()
    for item in (item for branch in tree for item in branch):
        inner, is_optional, is_repeated = item, len(tree) > 1, repeated
        while isinstance(inner, Quantified):
            is_optional = is_optional or inner.minimum == 0
            is_repeated = is_repeated or inner.maximum != 1
            inner = inner.body
        if not isinstance(inner, Group):
            continue
        may_be_empty = width(inner).least == 0
        if inner.number and is_repeated and (may_be_empty or (repeated and (optional or is_optional))):
            reason = (
                "a repeated group may match nothing" if may_be_empty else "a group that may take no part is repeated"
            )
            raise parser.error(f"{reason}: RE2 keeps another text of it than PostgreSQL")
        is_certain = (certain and not is_optional) or not may_be_empty
        if inner.number and not is_certain:
            found.add(inner.number)
        found |= uncertain_groups(parser, inner.branches, optional or is_optional, is_certain, is_repeated)
    return found
