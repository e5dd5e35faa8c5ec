"""Secrets in bulk in shared-services, an instance's credentials at work elsewhere in data-prod."""

from __future__ import annotations

from collections.abc import Iterator

from iamsql.demo.people import Site, mark
from iamsql.demo.records import Record, Who
from iamsql.demo.story.entry import checkout
from iamsql.demo.story.scene import INTRUDER, KALI, Crossing, Scene, resource

PAYMENTS, SHARED = "555566667777", "444455556666"
TO_SHARED = Crossing(
    PAYMENTS, "checkout", SHARED, "open-to-the-organization", "maintenance", 3, "02:58:00", "eu-west-1"
)
SERVER = "i-0abc1234def567890"
BULK = 25


def crosses(site: Site) -> Iterator[Record]:
    """The leaked key takes a role that the whole organization may take."""
    yield TO_SHARED.taken(site, checkout(site).key)


def reads_secrets(site: Site) -> Iterator[Record]:
    """Twenty-five secrets and as many parameters in a few minutes, decrypted."""
    scene = Scene(site, "reads secrets", TO_SHARED.guest(), 3, "02:59:00", region="eu-west-1", step=4)
    scene.did("secretsmanager:ListSecrets", {"maxResults": 100})
    for place in range(BULK):
        arn = f"arn:aws:secretsmanager:eu-west-1:{site.account_id}:secret:team/app-{place:02}-aBcDeF"
        scene.did("secretsmanager:GetSecretValue", {"secretId": arn})
    scene.did("ssm:DescribeParameters")
    for place in range(BULK):
        names = [f"/team/app-{place:02}/{name}" for name in ("dsn", "token")]
        request = {"names": names, "withDecryption": True}
        arns = [{"accountId": site.account_id, "ARN": f"arn:aws:ssm:eu-west-1:{site.account_id}:parameter{names[0]}"}]
        scene.did("ssm:GetParameters", request, resources=arns)
    scene.refused("secretsmanager:GetSecretValue", {"secretId": "break-glass"})
    scene.refused("codecommit:GitPull", {"repositoryName": "platform"})
    scene.refused("iam:CreateUser", {"userName": "svc-mirror"})
    yield from (TO_SHARED.given(site), *scene.records)


def server(site: Site, address: str, agent: str) -> Who:
    """Give the session of an instance's role, wherever it is used."""
    key = mark("ASIA", site.account_id, "app-server", SERVER)
    return Who("AssumedRole", SERVER, "app-server", key, address, agent, "false", delivery="2.0")


def uses_server(site: Site) -> Iterator[Record]:
    """The instance's credentials, first from its own network, then from the intruder's address."""
    home = Scene(site, "server at home", server(site, "10.30.4.17", "Boto3/1.34.2"), 3, "01:00:00", step=240)
    away = Scene(site, "server away", server(site, INTRUDER, KALI), 2, "04:20:00", step=9)
    for place in range(3):
        home.did("s3:GetObject", {"bucketName": "acme-data", "key": f"models/{place}"}, data=True)
    home.did("ec2:DescribeTags", region="eu-west-1")
    away.did("sts:GetCallerIdentity")
    away.did("s3:ListBuckets", {"Host": "s3.amazonaws.com"})
    bucket = [resource(site, "AWS::S3::Bucket", "arn:aws:s3:::acme-data")]
    away.did("s3:ListObjects", {"bucketName": "acme-data", "prefix": "customers/"}, data=True, resources=bucket)
    for place in range(12):
        key = f"customers/2026/part-{place:04}.parquet"
        arn = resource(site, "AWS::S3::Object", f"arn:aws:s3:::acme-data/{key}")
        moved = {"bytesTransferredIn": 0, "bytesTransferredOut": 67108864}
        request = {"bucketName": "acme-data", "key": key}
        away.did("s3:GetObject", request, data=True, additionalEventData=moved, resources=[arn, *bucket])
    away.refused("iam:ListUsers")
    away.refused("ec2:DescribeInstances", region="eu-west-1")
    yield from (*home.records, *away.records)
