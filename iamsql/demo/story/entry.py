"""payments-prod, first night: a leaked key looks around, a second one makes itself at home."""

from __future__ import annotations

from collections.abc import Iterator

from iamsql.demo.people import Site, mark
from iamsql.demo.records import Record, Who
from iamsql.demo.story.scene import ADMIN, FOREIGN, INTRUDER, KALI, Scene, day, text

NEW = "svc-backup"
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{FOREIGN}:root"}, "Action": "sts:AssumeRole"}
    ],
}
# What a boundary of S3, DynamoDB and CloudWatch Logs lets through, and what it does not.
SEEN = (
    *(
        "s3:ListBuckets",
        "s3:GetBucketAcl",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "dynamodb:ListTables",
    ),
    *("logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "logs:DescribeMetricFilters"),
)
UNSEEN = (
    *("iam:ListUsers", "iam:ListRoles", "iam:ListGroups", "iam:ListPolicies", "iam:GetAccountAuthorizationDetails"),
    *("iam:GetAccountSummary", "iam:ListAccountAliases", "iam:ListAttachedUserPolicies", "iam:ListMFADevices"),
    *("ec2:DescribeInstances", "ec2:DescribeRegions", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"),
    *("ec2:DescribeSnapshots", "ec2:DescribeImages", "ec2:DescribeVolumes", "ec2:DescribeKeyPairs"),
    *("lambda:ListFunctions20150331", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots"),
    *("secretsmanager:ListSecrets", "ssm:DescribeParameters", "ssm:DescribeInstanceInformation", "kms:ListKeys"),
    *("kms:ListAliases", "cloudtrail:DescribeTrails", "guardduty:ListDetectors", "organizations:ListAccounts"),
    *("ecr:DescribeRepositories", "eks:ListClusters", "ses:GetSendQuota", "bedrock:ListFoundationModels"),
)


def checkout(site: Site) -> Who:
    """Give the leaked key in the intruder's hands."""
    user = site.user("checkout")
    return Who("IAMUser", "checkout", key=site.key_id(user, 0) if user else "", address=INTRUDER, agent=KALI)


def ledger(site: Site) -> Who:
    """Give the key that was found in a bucket; its user may do everything."""
    user = site.user("ledger")
    return Who("IAMUser", "ledger", key=site.key_id(user, 0) if user else "", address=INTRUDER, agent=KALI)


def backup(site: Site) -> Who:
    """Give the user that the intruder made."""
    return Who("IAMUser", NEW, key=mark("AKIA", site.account_id, NEW), address=INTRUDER, agent=KALI)


def looks_around(site: Site) -> Iterator[Record]:
    """Forty different reads in nine minutes, most of them refused; then an object that should not have been there."""
    scene = Scene(site, "looks around", checkout(site), 3, "02:11:00", step=13)
    scene.did("sts:GetCallerIdentity")
    for call in UNSEEN[:11]:
        scene.refused(call)
    for call in SEEN:
        scene.did(call, {"bucketName": "acme-data", "Host": "acme-data.s3.amazonaws.com"} if "Bucket" in call else None)
    for call in UNSEEN[11:]:
        scene.refused(call)
    for key in ("jobs/ledger/.env", "jobs/ledger/run.sh"):
        request = {"bucketName": "acme-data", "key": key, "Host": "acme-data.s3.amazonaws.com"}
        scene.did("s3:GetObject", request, data=True, additionalEventData={"bytesTransferredOut": 912})
    yield from scene.records


def settles_in(site: Site) -> Iterator[Record]:
    """A user, keys, policies, trusts and providers of the intruder's own."""
    scene = Scene(site, "settles in", ledger(site), 3, "02:31:00", step=21)
    scene.did("sts:GetCallerIdentity")
    arn = site.arn("user", "/", NEW)
    made = {"userName": NEW, "arn": arn, "path": "/", "userId": mark("AIDA", site.account_id, NEW, size=17)}
    scene.did("iam:CreateUser", {"userName": NEW}, {"user": made | {"createDate": day(scene.when)}})
    scene.did("iam:AttachUserPolicy", {"userName": NEW, "policyArn": ADMIN})
    _keys(scene, NEW, backup(site).key)
    profile = {"userName": NEW, "passwordResetRequired": False}
    scene.did("iam:CreateLoginProfile", profile, {"loginProfile": profile | {"createDate": day(scene.when)}})
    scene.did("iam:PutUserPolicy", {"userName": NEW, "policyName": "backup", "policyDocument": text(OPEN)})
    scene.did("iam:AddUserToGroup", {"groupName": "admins", "userName": NEW})
    _keys(scene, "ana.torres", mark("AKIA", site.account_id, "ana.torres", "intruder"))
    _policies(site, scene)
    _people(site, scene)
    _providers(site, scene)
    yield from scene.records


def _keys(scene: Scene, user: str, key_id: str) -> None:
    made = {"userName": user, "accessKeyId": key_id, "status": "Active", "createDate": day(scene.when)}
    scene.did("iam:CreateAccessKey", {"userName": user}, {"accessKey": made})


def _policies(site: Site, scene: Scene) -> None:
    policy = site.arn("policy", "/", "bucket-writers")
    version = {"versionId": "v3", "isDefaultVersion": True, "createDate": day(scene.when)}
    scene.did(
        "iam:CreatePolicyVersion",
        {"policyArn": policy, "policyDocument": text(OPEN), "setAsDefault": True},
        {"policyVersion": version},
    )
    scene.did("iam:UpdateAssumeRolePolicy", {"roleName": "left-behind", "policyDocument": text(TRUST)})
    role = {"roleName": "support-access", "path": "/", "arn": site.arn("role", "/", "support-access")}
    scene.did(
        "iam:CreateRole",
        {"roleName": "support-access", "assumeRolePolicyDocument": text(TRUST), "maxSessionDuration": 43200},
        {"role": role | {"roleId": mark("AROA", site.account_id, "support-access", size=17)}},
    )
    scene.did("iam:AttachRolePolicy", {"roleName": "support-access", "policyArn": ADMIN})
    scene.did("iam:PutRolePolicy", {"roleName": "app-server", "policyName": "more", "policyDocument": text(OPEN)})
    scene.did("iam:CreateInstanceProfile", {"instanceProfileName": "support-access"})
    pair = {"instanceProfileName": "support-access", "roleName": "support-access"}
    scene.did("iam:AddRoleToInstanceProfile", pair)


def _people(site: Site, scene: Scene) -> None:
    serial = site.arn("mfa", "/", "bruno")
    scene.did("iam:DeactivateMFADevice", {"userName": "bruno", "serialNumber": serial})
    scene.did("iam:DeleteVirtualMFADevice", {"serialNumber": serial})
    scene.did("iam:UpdateLoginProfile", {"userName": "bruno", "passwordResetRequired": False})
    scene.did("iam:DeleteUserPermissionsBoundary", {"userName": "checkout"})
    scene.did("iam:UpdateAccountPasswordPolicy", {"minimumPasswordLength": 6, "hardExpiry": False})


def _providers(site: Site, scene: Scene) -> None:
    saml = site.arn("saml-provider", "/", "corp-sso")
    document = {"name": "corp-sso", "sAMLMetadataDocument": "<EntityDescriptor entityID='https://idp.invalid'/>"}
    scene.did("iam:CreateSAMLProvider", document, {"sAMLProviderArn": saml})
    web = site.arn("oidc-provider", "/", "token.pipelines.invalid")
    request = {"url": "https://token.pipelines.invalid", "clientIDList": ["sts.amazonaws.com"]}
    scene.did("iam:CreateOpenIDConnectProvider", request, {"openIDConnectProviderArn": web})
    anchor = {"name": "backup-anchor", "enabled": True, "source": {"sourceType": "CERTIFICATE_BUNDLE"}}
    scene.did("rolesanywhere:CreateTrustAnchor", anchor)
    roles = [site.arn("role", "/", "support-access")]
    scene.did("rolesanywhere:CreateProfile", {"name": "backup", "roleArns": roles, "enabled": True})
