"""What passed in an account, by its age."""

from __future__ import annotations

from iamsql.aws.rates.confirmed_requests import ConfirmedRequests


def test_the_number_of_an_age_is_what_passed_at_that_age_or_earlier() -> None:
    confirmed = ConfirmedRequests()
    assert confirmed.count_at(5.0) == 0
    assert [confirmed.add(age, count) for age, count in ((0.1, 1), (0.2, 2), (0.5, 9))] == [True, True, True]
    assert [confirmed.count_at(age) for age in (0.05, 0.1, 0.3, 0.5, 9)] == [0, 1, 2, 9, 9]


def test_a_younger_account_that_is_further_replaces_what_older_ones_had() -> None:
    confirmed = ConfirmedRequests()
    confirmed.add(2.0, 10)
    confirmed.add(3.0, 20)
    assert not confirmed.add(4.0, 20)
    assert confirmed.add(1.0, 25)
    assert [confirmed.count_at(age) for age in (0.5, 1.0, 3.0)] == [0, 25, 25]


def test_the_others_are_informed_after_every_three_percent_more() -> None:
    confirmed = ConfirmedRequests()
    assert sum(confirmed.add(count / 100, count) for count in range(1, 1001)) < 200
    assert confirmed.counts[-1] == 1000
    assert len(confirmed.ages) < 202
