"""Checks that RE2 matches the same text as PostgreSQL, in a match and in its groups.

Both engines agree whether a pattern matches. The text that it matches can differ: PostgreSQL takes the longest match (the
shortest if the first quantifier is lazy), RE2 the first match in the order of branches and quantifiers. A pattern for which the
matched text can differ is refused.
"""

from __future__ import annotations

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
    # A pattern that must match up to the end of the text has a single possible end, which leaves only groups to differ.
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
    """Make all quantifiers as greedy as the first, which determines PostgreSQL's entire match."""
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
            # After a* has taken the a, (ab)? cannot match: RE2 keeps that choice, PostgreSQL prefers the longer match.
            is_long = width(item.body).greatest > 1
            if is_long and any(not _begin_differently([[part], [item.body]], ignore_case) for part in before):
                raise parser.error(
                    "an optional part follows another that may take its first character: RE2 may match less than PostgreSQL"
                )
            before.append(item.body)


def uncertain_groups(parser: Parser, tree: Alternation) -> frozenset[int]:
    """Return the numbers of the groups that take part in a match in one engine and not in the other.

    These are optional groups that may be empty. A group inside an optional part that matches at least one character is certain.
    Raise IamsqlError for a repeated group that has another text in RE2.
    """
    found: set[int] = set()
    _visit_groups(parser, tree, found, optional=False, certain=True, repeated=False)
    return frozenset(found)


def _visit_groups(
    parser: Parser, tree: Alternation, found: set[int], optional: bool, certain: bool, repeated: bool
) -> None:
    """Visit the groups of a tree; `optional`, `certain` and `repeated` hold for the parts around it."""
    for item in (item for branch in tree.branches for item in branch):
        inner, is_optional, is_repeated = item, len(tree.branches) > 1, repeated
        while isinstance(inner, Quantified):
            is_optional = is_optional or inner.minimum == 0
            is_repeated = is_repeated or inner.maximum != 1
            inner = inner.body
        if not isinstance(inner, Group):
            continue
        may_be_empty = alternation_width(inner.body).least == 0
        if inner.number and is_repeated and (may_be_empty or (repeated and (optional or is_optional))):
            reason = (
                "a repeated group may match nothing" if may_be_empty else "a group that may take no part is repeated"
            )
            raise parser.error(f"{reason}: RE2 keeps another text of it than PostgreSQL")
        is_certain = (certain and not is_optional) or not may_be_empty
        if inner.number and not is_certain:
            found.add(inner.number)
        _visit_groups(parser, inner.body, found, optional or is_optional, is_certain, is_repeated)
