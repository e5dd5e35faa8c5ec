"""Lists have pages, and a token is valid for its request only."""

from __future__ import annotations

from tests.demo.clients import PAYMENTS, client, fake_aws, pages, refusal


def test_page_size_and_a_token_that_is_valid_for_its_request_only() -> None:
    iam = client(fake_aws(page_size=1), "iam", PAYMENTS)
    assert [len(page) for page in pages(iam, "list_users", "Users")] == [1] * 9
    marker = iam.list_users()["Marker"]
    with refusal("ValidationError"):
        iam.list_roles(Marker=marker)
    trail = client(fake_aws(page_size=1), "cloudtrail", PAYMENTS)
    by_root = [{"AttributeKey": "Username", "AttributeValue": "root"}]
    token = trail.lookup_events(LookupAttributes=by_root)["NextToken"]
    with refusal("InvalidNextTokenException"):
        trail.lookup_events(NextToken=token)
