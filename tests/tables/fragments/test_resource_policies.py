"""aws_resource_policy after a sync: each resource with its policy, or with the reason why it has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamsql.tables.registry import find_calls
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import DATA, PAYMENTS, SHARED, WEB, SyncedRun, run_sync

POLICIES, DOCUMENTS, STATEMENTS = "aws_resource_policy", "aws_iam_document", "aws_iam_statement"
REGIONS = ("us-east-1", "eu-west-1")
OUTSIDE = "arn:aws:iam::210987654321"


def synced(runs: Path, *accounts: str, **faults: object) -> SyncedRun:
    """Sync the policies of resources of some accounts."""
    aws = FakeAws(DAY, faults=Faults(**faults))  # type: ignore[arg-type]
    tables = (
        POLICIES,
        "aws_s3_multi_region_access_point",
        "aws_s3_bucket",
        "aws_ecr_repository",
        "aws_lambda_function",
    )
    return run_sync(runs, aws=aws, typed=True, tables=tables, regions=REGIONS, events=("none",), accounts=accounts)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return a run of four accounts in two regions."""
    return synced(tmp_path_factory.mktemp("runs"), PAYMENTS, WEB, DATA, SHARED)


@pytest.mark.slow
def test_each_resource_has_its_status(run: SyncedRun) -> None:
    sql = (
        f"select resource_type, list_sort(list(name || ' ' || policy_status)) from {POLICIES} group by all order by all"
    )
    assert dict(run.rows(f"{sql}")) | {"ecr_registry": [], "glue_catalog": []} == {
        "ecr_registry": [],
        "backup_vault": ["Default none", "offsite read"],
        "dynamodb_table": ["customers read", "events read", "sessions none"],
        "ecr_repository": ["data/base none", "data/etl read", "data/notebooks read"],
        "efs_file_system": [
            "fs-0a1b2c3d4e5f60001 default",
            "fs-0a1b2c3d4e5f60002 read",
            "fs-0a1b2c3d4e5f60003 read",
        ],
        "event_bus": ["central read", "default none"],
        "glacier_vault": ["archive read", "legal-hold none", "logs-2019 none"],
        "glue_catalog": [],
        "kms_key": [f"1a2b3c4d-0000-4000-8000-00000000000{number} read" for number in (2, 3)],
        "lambda_function": ["web-api read", "web-hook read", "web-worker none"],
        "lambda_layer_version": ["web-tools none", "web-tools read"],
        "log_group": ["audit read", "route53-query-logging read"],
        "opensearch_domain": ["search read"],
        "rest_api": ["internal read", "status none"],
        "s3_access_point": ["downloads read", "internal none"],
        "s3_multi_region_access_point": ["media read", "mirror read", "spare none"],
        "s3_bucket": [
            "payments-exports read",
            "payments-ledger read",
            "payments-scratch none",
            "shared-downloads read",
            "web-assets unread",
            "web-logs unread",
        ],
        "schema_registry": ["discovered-schemas none", "orders read"],
        "secret": ["payments/api none", "payments/database read", "payments/database read"],
        "ses_identity": ["alerts@example.org none", "example.com read", "reports@example.org none"],
        "sns_topic": ["payments-alerts read", "payments-partner read"],
        "sqs_queue": ["payments-events read", "payments-open read", "payments-own none"],
        "vpc_endpoint": ["vpce-0123456789abcdef0 read"],
    }
    for kind in ("ecr_registry", "glue_catalog"):  # in each region of each account, and one of them has a policy
        statuses = run.rows(
            f"select policy_status, count(*) from {POLICIES} where resource_type = ? group by all", kind
        )
        assert dict(statuses) == {"none": 7, "read": 1}


@pytest.mark.slow
def test_buckets_have_the_blocks_of_bucket_and_account(run: SyncedRun) -> None:
    columns = "region, block_public_policy, restrict_public_buckets, object_ownership"
    buckets = {
        name: tuple(row)
        for name, *row in run.rows(f"select name, {columns} from {POLICIES} where resource_type = 's3_bucket'")
    }
    assert buckets == {
        "payments-exports": ("us-east-1", False, False, "BucketOwnerEnforced"),
        "payments-ledger": ("eu-west-1", True, True, "BucketOwnerEnforced"),
        "payments-scratch": ("us-east-1", False, False, "ObjectWriter"),
        "shared-downloads": ("us-east-1", False, True, "BucketOwnerEnforced"),  # of the account
        "web-assets": ("us-east-1", False, False, "BucketOwnerPreferred"),
        "web-logs": ("us-east-1", True, True, "BucketOwnerEnforced"),
    }
    bucket_rows = run.rows(
        "select restrict_public_buckets, region, policy is not null from aws_s3_bucket where name = 'shared-downloads'"
    )
    assert bucket_rows == [(False, "us-east-1", True)]
    acl = run.rows("select acl ->> '$.Grants[1].Grantee.URI' from aws_s3_bucket where name = 'payments-scratch'")
    assert acl == [("http://acs.amazonaws.com/groups/global/AllUsers",)]


def test_access_points_have_their_own_blocks_and_the_blocks_of_bucket_and_account(run: SyncedRun) -> None:
    columns = "name, vpc_id, block_public_policy, restrict_public_buckets"
    rows = run.rows(f"select {columns} from {POLICIES} where resource_type = 's3_access_point' order by all")
    assert rows == [
        ("downloads", None, False, True),
        ("internal", "vpc-0a1b2c3d4e5f60718", True, True),
    ]  # of the account
    others = "vpc_id is not null or block_public_policy is not null"
    kinds = run.rows(f"select distinct resource_type from {POLICIES} where {others} order by all")
    assert kinds == [("s3_access_point",), ("s3_bucket",), ("s3_multi_region_access_point",)]


def test_multi_region_access_points_have_the_blocks_of_themselves_their_account_and_all_buckets(run: SyncedRun) -> None:
    columns = "name, block_public_policy, restrict_public_buckets"
    rows = run.rows(
        f"select {columns} from {POLICIES} where resource_type = 's3_multi_region_access_point' order by all"
    )
    assert rows == [("media", True, True), ("mirror", False, True), ("spare", True, True)]  # of the account of mirror
    access_points = run.rows(
        "select name, alias, restrict_public_buckets, policy is not null from aws_s3_multi_region_access_point"
    )
    assert sorted(access_points) == [
        ("media", "m1a2b3c4d5e6f.mrap", True, True),
        ("mirror", "m6f5e4d3c2b1a.mrap", False, True),
        ("spare", "m0a0b0c0d0e0f.mrap", True, False),
    ]
    [(policy,)] = run.rows(f"select policy ->> '$.Statement[0].Sid' from {POLICIES} where name = 'media'")
    assert policy == "partner"  # not the proposed policy, which S3 does not apply yet


def test_only_one_region_answers_requests_for_multi_region_access_points(run: SyncedRun) -> None:
    regions = {call.region for call in run.aws.calls if "MultiRegion" in call.operation}
    assert regions == {"us-west-2"}


def test_requests_for_a_bucket_go_to_its_region(run: SyncedRun) -> None:
    requests = {
        (dict(call.params)["Bucket"], call.region) for call in run.aws.calls if call.operation == "GetBucketPolicy"
    }
    assert {region for bucket, region in requests if bucket == "payments-ledger"} == {"eu-west-1"}
    assert {region for bucket, region in requests if bucket != "payments-ledger"} == {"us-east-1"}


def test_a_key_has_its_grants_and_an_empty_list_without(run: SyncedRun) -> None:
    grants = run.rows(f"select grants::varchar from {POLICIES} where resource_type = 'kms_key' order by name")
    [first, second] = [json.loads(text) for (text,) in grants]
    assert [grant["GranteePrincipal"] for grant in first] == [f"{OUTSIDE}:role/settlement"] and second == []


def test_all_policies_are_asked_in_one_statement(run: SyncedRun) -> None:
    sql = f"""
        select d.owner_type, d.owner_arn from {DOCUMENTS} d join {STATEMENTS} s using (document_id)
        where d.source = 'resource' and list_contains(s.principals, {{'type': 'AWS', 'value': '*'}})
          and s.effect = 'Allow' and len(s.conditions) = 0 order by all"""
    assert [(kind, arn.rpartition(":")[2]) for kind, arn in run.rows(sql)] == [
        ("efs_file_system", "file-system/fs-0a1b2c3d4e5f60003"),
        ("lambda_function", "web-hook"),
        ("lambda_layer_version", "1"),
        ("s3_bucket", "shared-downloads"),
        ("s3_multi_region_access_point", "accesspoint/m6f5e4d3c2b1a.mrap"),
        ("sqs_queue", "payments-open"),
        ("vpc_endpoint", "vpc-endpoint/vpce-0123456789abcdef0"),
    ]
    sql = (
        f"select count(*) from {POLICIES} p join {DOCUMENTS} d on d.owner_arn = p.arn and d.document_id = p.document_id"
    )
    assert run.rows(sql) == run.rows(f"select count(*) from {POLICIES} where policy_status in ('read', 'default')")
    [(policy,)] = run.rows(
        f"select policy ->> '$.Statement[0].Action' from {POLICIES} where name = 'internal' and policy is not null"
    )
    assert policy == "execute-api:Invoke"  # the document of an API has escaped quotation marks


def test_the_policies_of_an_identity_are_one_document(run: SyncedRun) -> None:
    sql = f"""
        select s.sid, s.actions, s.number from {POLICIES} p join {STATEMENTS} s using (document_id)
        where p.resource_type = 'ses_identity' order by s.number"""
    assert run.rows(sql) == [("agency", ["ses:sendemail"], 1), (None, ["ses:sendemail", "ses:sendrawemail"], 2)]


def test_a_file_system_without_a_policy_has_the_default_policy_of_efs(run: SyncedRun) -> None:
    sql = f"select policy ->> '$.Statement[0].Condition' from {POLICIES} where policy_status = 'default'"
    assert run.rows(sql) == [('{"Bool":{"elasticfilesystem:AccessedViaMountTarget":"true"}}',)]


@pytest.mark.parametrize(
    ("operation", "token"),
    [
        ("ListTables", "ExclusiveStartTableName"),
        ("DescribeFileSystems", "Marker"),
        ("ListVaults", "marker"),
        ("ListEmailIdentities", "NextToken"),
        ("ListRegistries", "NextToken"),
    ],
)
def test_lists_have_all_pages(run: SyncedRun, operation: str, token: str) -> None:
    calls = [call for call in run.aws.calls if call.operation == operation and call.account_id == DATA]
    assert [token in dict(call.params) for call in calls if call.region == "us-east-1"] == [False, True]


def test_the_policy_of_a_table_is_requested_by_its_arn(run: SyncedRun) -> None:
    arns = {dict(call.params)["ResourceArn"] for call in run.aws.calls if "ResourceArn" in dict(call.params)}
    assert arns == {f"arn:aws:dynamodb:us-east-1:{DATA}:table/{name}" for name in ("customers", "events", "sessions")}


def test_environment_variables_are_not_stored(run: SyncedRun) -> None:
    assert run.rows("select count(*) from aws_lambda_function") == [(3,)]
    assert run.rows("select distinct json_exists(item, '$.Environment') from raw.lambda_list_functions") == [(False,)]


def test_repositories_have_their_policies(run: SyncedRun) -> None:
    sql = "select repository_name, account_id, policy is not null from aws_ecr_repository order by all"
    assert run.rows(sql) == [("data/base", DATA, False), ("data/etl", DATA, True), ("data/notebooks", DATA, True)]


@pytest.mark.slow
def test_a_policy_that_is_denied_is_unread_and_has_a_gap(tmp_path: Path) -> None:
    denied = (
        (PAYMENTS, "kms:GetKeyPolicy"),
        (PAYMENTS, "kms:ListGrants"),
        (PAYMENTS, "s3control:GetPublicAccessBlock"),
    )
    run = synced(tmp_path, PAYMENTS, deny=denied)
    rows = run.rows(f"select distinct policy_status, grants is null from {POLICIES} where resource_type = 'kms_key'")
    assert rows == [("unread", True)]
    # The block of the account is unknown, so only what is on for the bucket is known.
    blocks = run.rows(
        f"select name, block_public_policy from {POLICIES} where resource_type = 's3_bucket' order by all"
    )
    assert blocks == [("payments-exports", None), ("payments-ledger", True), ("payments-scratch", None)]
    assert run.status("GetKeyPolicy", PAYMENTS) == {
        ("denied", "AccessDeniedException"),
        ("ok", None),
    }  # ok without keys


@pytest.mark.slow
def test_the_first_denials_do_not_end_the_requests_for_other_resources(tmp_path: Path) -> None:
    run = synced(tmp_path, PAYMENTS, errors=((PAYMENTS, "s3:GetBucketPolicy", "AccessDenied", 1),))
    assert run.status("GetBucketPolicy", PAYMENTS) == {("partial", "AccessDenied")}
    sql = f"select list_sort(list(policy_status)) from {POLICIES} where resource_type = 's3_bucket'"
    [(statuses,)] = run.rows(sql)
    assert statuses.count("unread") == 1


def test_another_partition_has_no_multi_region_access_points(tmp_path: Path) -> None:
    tables = (f"{POLICIES}:s3_multi_region_access_point",)
    aws = FakeAws(DAY, partition="aws-cn")
    run = run_sync(tmp_path, aws=aws, tables=tables, accounts=(SHARED,), events=("none",))
    assert run.status("ListMultiRegionAccessPoints", SHARED) == {("not_applicable", "not_in_partition")}
    assert run.result.gaps == 0 and not [call for call in aws.calls if "MultiRegion" in call.operation]


@pytest.mark.slow
def test_a_default_sync_makes_none_of_these_calls(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS, SHARED), events=("none",))
    operations = {call.operation for call in find_calls(POLICIES)}
    assert not operations & {call.operation for call in run.aws.calls} and run.result.gaps == 0
