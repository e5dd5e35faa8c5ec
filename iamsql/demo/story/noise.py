"""Ordinary life, of which nothing is an attack though some of it resembles one: services, recorders, builds, people."""

from __future__ import annotations

from collections.abc import Iterator

from iamsql.demo.papers import MANAGEMENT
from iamsql.demo.people import Site, mark
from iamsql.demo.records import BROWSER, OFFICE, Record, Who
from iamsql.demo.story.harvest import server
from iamsql.demo.story.scene import DONE, Scene, resource

EVERY = 9
OLDEST = 98
WIDE = ("us-east-1", "eu-west-1")


def everyday(site: Site) -> Iterator[Record]:
    """A day of ordinary work every nine days, in both regions."""
    first = 1 + int(site.account_id[-2:]) % EVERY
    for age in range(first, min(OLDEST, site.joined), EVERY):
        yield from _services(site, age)
        yield from _people(site, age)
        if any(role.name == "app-server" for role in site.roles):
            yield from _server(site, age)
        if any(role.name == "github-deploy" for role in site.roles):
            yield from _build(site, age)


def _recorder(site: Site, name: str, service: str, session: str) -> Who:
    by = f"{service}.amazonaws.com"
    key = mark("ASIA", site.account_id, name)
    path = f"/aws-service-role/{by}/"
    return Who("AssumedRole", session, name, key, by, by, "false", by=by, path=path)


def _services(site: Site, age: int) -> Iterator[Record]:
    recorder = _recorder(site, "AWSServiceRoleForConfig", "config", "AWSConfig-Describe")
    scene = Scene(site, f"recorder {age}", recorder, age, "05:00:00", step=3)
    for region in WIDE:
        for call in ("ec2:DescribeInstances", "ec2:DescribeSecurityGroups", "s3:GetBucketAcl", "iam:ListRoles"):
            scene.did(call, region=region if not call.startswith("iam") else "us-east-1")
    guard = _recorder(site, "AWSServiceRoleForAmazonGuardDuty", "guardduty", "GuardDuty")
    scene.did("ec2:DescribeVpcEndpoints", who=guard, region="eu-west-1")
    compute = Who("AWSService", by="ec2.amazonaws.com", address="ec2.amazonaws.com", agent="ec2.amazonaws.com")
    role = site.arn("role", "/", "app-server")
    arns = [{"accountId": site.account_id, "type": "AWS::IAM::Role", "ARN": role}]
    request = {"roleArn": role, "roleSessionName": "i-0abc1234def567890"}
    scene.did("sts:AssumeRole", request, who=compute, resources=arns)
    rotation = Who("", by="kms.amazonaws.com", address="kms.amazonaws.com", agent="kms.amazonaws.com")
    key = f"arn:aws:kms:us-east-1:{site.account_id}:key/1f2e3d4c-0000-4000-8000-000000000007"
    more: Record = {"eventType": "AwsServiceEvent", "resources": [resource(site, "AWS::KMS::Key", key)]}
    scene.did("kms:RotateKey", who=rotation, readOnly=False, **more)
    scaling = _recorder(site, "AWSServiceRoleForAutoScaling", "autoscaling", "AutoScaling")
    images = {"instancesSet": {"items": [{"instanceId": f"i-0{age:016x}"}]}}
    scene.did("ec2:TerminateInstances", images, DONE, who=scaling, region="eu-west-1")
    yield from scene.records


def _people(site: Site, age: int) -> Iterator[Record]:
    key = mark("ASIA", site.account_id, "operations", "marta.platform")
    who = Who("AssumedRole", "marta.platform", "operations", key, OFFICE, BROWSER, "true")
    scene = Scene(site, f"people {age}", who, age, "14:10:00", region="eu-west-1", step=50)
    scene.did("ec2:DescribeInstances")
    scene.did("ssm:StartSession", {"target": "i-0abc1234def567890"}, {"sessionId": "marta-0a1b"}, readOnly=False)
    rule: Record = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "groups": {}, "ipv6Ranges": {}}
    rule["ipRanges"] = {"items": [{"cidrIp": "10.0.0.0/8"}]}
    request = {"groupId": "sg-0a0a0a0a0a0a0a0a0", "ipPermissions": {"items": [rule]}}
    scene.did("ec2:AuthorizeSecurityGroupIngress", request, DONE)
    shared = {"add": {"items": [{"userId": MANAGEMENT}]}}
    request = {"snapshotId": "snap-0d0d0d0d0d0d0d0d0", "createVolumePermission": shared}
    scene.did("ec2:ModifySnapshotAttribute", request | {"attributeType": "CREATE_VOLUME_PERMISSION"}, DONE)
    scene.refused("s3:GetBucketPolicy", {"bucketName": "acme-data"}, "NoSuchBucketPolicy", "There is no bucket policy")
    yield from scene.records


def _server(site: Site, age: int) -> Iterator[Record]:
    scene = Scene(site, f"server {age}", server(site, "10.30.4.17", "Boto3/1.34.2"), age, "16:00:00", step=300)
    secret = f"arn:aws:secretsmanager:us-east-1:{site.account_id}:secret:app/database-aBcDeF"
    scene.did("secretsmanager:GetSecretValue", {"secretId": secret})
    request = {"bucketName": "acme-data", "key": f"in/{age}.csv"}
    scene.did("s3:GetObject", request, data=True)
    scene.did("s3:PutObject", request, data=True, readOnly=False)
    yield from scene.records


def _build(site: Site, age: int) -> Iterator[Record]:
    provider = site.arn("oidc-provider", "/", "token.actions.githubusercontent.com")
    who = Who("WebIdentityUser", "repo:acme/web:ref:refs/heads/main", address="140.82.112.5", agent="node", by=provider)
    scene = Scene(site, f"build {age}", who, age, "17:00:00", step=20)
    role = site.arn("role", "/ci/", "github-deploy")
    arns = [resource(site, "AWS::IAM::Role", role)]
    request = {"roleArn": role, "roleSessionName": "GitHubActions"}
    scene.did("sts:AssumeRoleWithWebIdentity", request, resources=arns)
    key = mark("ASIA", site.account_id, "github-deploy", str(age))
    job = Who(
        "AssumedRole", "GitHubActions", "github-deploy", key, "140.82.112.5", "aws-cli/2.31.0", "false", path="/ci/"
    )
    update = {"functionName": "web-edge", "publish": True}
    scene.did("lambda:UpdateFunctionCode20150331v2", update, {"functionName": "web-edge"}, who=job)
    scene.did("lambda:Invoke", {"functionName": "web-edge"}, who=job, data=True, readOnly=False)
    yield from scene.records


def application(site: Site) -> Iterator[Record]:
    """What the leaked key is for: checkout decrypts, from its own addresses, every few days."""
    user = site.user("checkout")
    who = Who(
        "IAMUser", "checkout", key=site.key_id(user, 0) if user else "", address="52.19.33.8", agent="Boto3/1.34.2"
    )
    for age in range(1, 90, 4):
        scene = Scene(site, f"application {age}", who, age, "11:00:00")
        scene.did("kms:Decrypt", {"encryptionContext": {"app": "checkout"}})
        scene.did("dynamodb:GetItem", {"tableName": "orders"}, data=True)
        yield from scene.records


def portal(site: Site) -> Iterator[Record]:
    """People come through the identity centre: a sign-in of a role has no second factor of its own."""
    for age in (5, 12, 33):
        who = Who("IdentityCenterUser", "9067demo01-0000-4000-8000-00000000000a", address=OFFICE, agent=BROWSER)
        scene = Scene(site, f"portal {age}", who, age, "07:45:00", step=4)
        scene.did(
            "signin:UserAuthentication", eventType="AwsServiceEvent", additionalEventData={"CredentialType": "WEBAUTHN"}
        )
        scene.did("sso:Federate", {"accountId": site.account_id}, eventType="AwsServiceEvent")
        role = "AWSReservedSSO_Auditor_0123456789abcdef"
        session = Who("AssumedRole", "demo@example.com", role, address=OFFICE, agent=BROWSER, mfa="false")
        scene.signed_in(True, "No", who=session)
        yield from scene.records
