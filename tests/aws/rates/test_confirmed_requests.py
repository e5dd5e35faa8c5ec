"""What passed in an account, by its age."""

from __future__ import annotations

from iamsql.aws.rates.confirmed_requests import ProvenRequests


def test_the_number_of_an_age_is_what_passed_at_that_age_or_earlier() -> None:
    proven = ProvenRequests()
    assert proven.at(5.0) == 0
    assert [proven.add(age, count) for age, count in ((0.1, 1), (0.2, 2), (0.5, 9))] == [True, True, True]
    assert [proven.at(age) for age in (0.05, 0.1, 0.3, 0.5, 9)] == [0, 1, 2, 9, 9]


def test_a_younger_account_that_is_further_replaces_what_older_ones_had() -> None:
    proven = ProvenRequests()
    proven.add(2.0, 10)
    proven.add(3.0, 20)
    assert not proven.add(4.0, 20)
    assert proven.add(1.0, 25)
    assert [proven.at(age) for age in (0.5, 1.0, 3.0)] == [0, 25, 25]


def test_the_others_are_informed_after_every_three_percent_more() -> None:
    proven = ProvenRequests()
    assert sum(proven.add(count / 100, count) for count in range(1, 1001)) < 200
    assert proven.counts[-1] == 1000
    assert len(proven.ages) < 202
