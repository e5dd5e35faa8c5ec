"""What the AWS targets share: errors end with a next step, texts fit, ARNs are recognized."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from iamsql.automation.notify.aws_requests import Arn, convert_aws_errors, digest, fit_text, parse_arn
from iamsql.automation.notify.model import DeliveryError


def refused(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Publish")


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (refused("AccessDenied"), "Allow sns:Publish on TOPIC in the policies of the credentials and of the resource."),
        (
            refused("AuthorizationError"),
            "Allow sns:Publish on TOPIC in the policies of the credentials and of the resource.",
        ),
        (refused("ExpiredToken"), "Renew the credentials, or choose others with --profile."),
        (NoCredentialsError(), "Set AWS_PROFILE or --profile."),
        (refused("Throttling"), "Repeat the command later: it sends what is missing."),
        (refused("NotFound"), "Create the topic."),
        (refused("InvalidParameter"), "Correct the target, and repeat the command."),
    ],
    ids=lambda value: getattr(value, "args", ("",))[0][:40] if isinstance(value, Exception) else "",
)
def test_an_error_has_two_lines_the_second_of_which_is_the_next_step(error: Exception, step: str) -> None:
    with (
        pytest.raises(DeliveryError) as raised,
        convert_aws_errors("sns:Publish", "TOPIC", {"NotFound": "Create the topic."}),
    ):
        raise error
    assert str(raised.value).splitlines()[1:] == [step]


def test_a_message_of_aws_cannot_control_the_terminal() -> None:
    with pytest.raises(DeliveryError) as raised, convert_aws_errors("sns:Publish", "TOPIC"):
        raise refused("AccessDenied", "no\n\x1b[31m\u202e")
    assert str(raised.value).count("\n") == 1 and "\x1b" not in str(raised.value)


def test_other_exceptions_are_not_changed() -> None:
    with pytest.raises(ZeroDivisionError), convert_aws_errors("sns:Publish", "TOPIC"):
        raise ZeroDivisionError


@given(st.text(alphabet="aé€😀\ud800", max_size=50), st.integers(0, 64), st.integers(4, 400))
def test_a_text_is_the_longest_candidate_that_fits(part: str, limit: int, size: int) -> None:
    written: list[int] = []

    def write(number: int) -> str:
        written.append(number)
        return part * number

    text = fit_text(write, limit, size)
    assert len(text.encode(errors="replace")) <= size and written[0] == limit
    if len(part.encode(errors="replace")) * limit <= size:
        assert text == part * limit and written == [limit]


def test_a_text_that_never_fits_is_cut_visibly() -> None:
    assert fit_text(lambda _: "€" * 100, 20, 50).endswith("€…\n")


def test_the_parts_of_an_arn() -> None:
    assert parse_arn("arn:aws-us-gov:sns:us-gov-west-1:111122223333:a:b") == Arn(
        "aws-us-gov", "sns", "us-gov-west-1", "111122223333", "a:b"
    )
    for text in ("", "arn:aws:sns", "arn:aws:sns:eu-west-1:1:x", "arn:aws:sns:eu-west-1:111122223333:a b", "x" * 5_000):
        assert parse_arn(text) is None


def test_a_digest_depends_on_parts_and_order() -> None:
    assert len({digest("a", "b"), digest("b", "a"), digest("ab"), digest("a", "b", "")}) == 4
    assert len(digest("\ud800")) == 64
