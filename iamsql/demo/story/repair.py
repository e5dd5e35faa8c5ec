"""payments-prod, the morning after: what the intruder made is taken away again, so that IAM stands as it did."""

from __future__ import annotations

from collections.abc import Iterator

from iamsql.demo import papers
from iamsql.demo.people import Site, mark
from iamsql.demo.records import OFFICE, Record, Who
from iamsql.demo.story.entry import NEW, backup
from iamsql.demo.story.misuse import FUNCTION, IMAGE, INSTANCE, SNAPSHOT, bucket
from iamsql.demo.story.scene import ADMIN, DONE, FOREIGN, Scene, text


def cleans_up(site: Site) -> Iterator[Record]:
    """Carla undoes it all; some of it looks like an attack itself."""
    key = mark("ASIA", site.account_id, "operations", "carla.ops")
    who = Who("AssumedRole", "carla.ops", "operations", key, OFFICE, "aws-cli/2.31.0", "true")
    scene = Scene(site, "cleans up", who, 2, "09:00:00", step=42)
    _user(site, scene)
    _roles(site, scene)
    _services(site, scene)
    yield from scene.records


def _user(site: Site, scene: Scene) -> None:
    scene.did("iam:UpdateAccessKey", {"userName": NEW, "accessKeyId": backup(site).key, "status": "Inactive"})
    scene.did("iam:DeleteAccessKey", {"userName": NEW, "accessKeyId": backup(site).key})
    key = mark("AKIA", site.account_id, "ana.torres", "intruder")
    scene.did("iam:DeleteAccessKey", {"userName": "ana.torres", "accessKeyId": key})
    scene.did("iam:DeleteLoginProfile", {"userName": NEW})
    scene.did("iam:DetachUserPolicy", {"userName": NEW, "policyArn": ADMIN})
    scene.did("iam:DeleteUserPolicy", {"userName": NEW, "policyName": "backup"})
    scene.did("iam:RemoveUserFromGroup", {"groupName": "admins", "userName": NEW})
    scene.did("iam:DeleteUser", {"userName": NEW})
    limit = {"userName": "checkout", "permissionsBoundary": site.policy_arn("limits")}
    scene.did("iam:PutUserPermissionsBoundary", limit)


def _roles(site: Site, scene: Scene) -> None:
    policy = site.arn("policy", "/", "bucket-writers")
    scene.did("iam:SetDefaultPolicyVersion", {"policyArn": policy, "versionId": "v2"})
    scene.did("iam:DeletePolicyVersion", {"policyArn": policy, "versionId": "v3"})
    trust = text(papers.service("lambda"))
    scene.did("iam:UpdateAssumeRolePolicy", {"roleName": "left-behind", "policyDocument": trust})
    scene.did("iam:DeleteRolePolicy", {"roleName": "app-server", "policyName": "more"})
    name = "support-access"
    scene.did("iam:RemoveRoleFromInstanceProfile", {"instanceProfileName": name, "roleName": name})
    scene.did("iam:DeleteInstanceProfile", {"instanceProfileName": name})
    scene.did("iam:DetachRolePolicy", {"roleName": name, "policyArn": ADMIN})
    scene.did("iam:DeleteRole", {"roleName": name})
    scene.did("iam:DeleteSAMLProvider", {"sAMLProviderArn": site.arn("saml-provider", "/", "corp-sso")})
    provider = site.arn("oidc-provider", "/", "token.pipelines.invalid")
    scene.did("iam:DeleteOpenIDConnectProvider", {"openIDConnectProviderArn": provider})
    strict = {"minimumPasswordLength": 14, "maxPasswordAge": 90, "passwordReusePrevention": 24}
    scene.did("iam:UpdateAccountPasswordPolicy", strict)


def _services(site: Site, scene: Scene) -> None:
    scene.did("ec2:TerminateInstances", {"instancesSet": {"items": [{"instanceId": INSTANCE}]}}, DONE)
    removed = {"remove": {"items": [{"userId": FOREIGN}]}}
    request = {"snapshotId": SNAPSHOT, "createVolumePermission": removed, "attributeType": "CREATE_VOLUME_PERMISSION"}
    scene.did("ec2:ModifySnapshotAttribute", request, DONE)
    launch = {"remove": {"items": [{"groups": "all"}]}}
    request = {"imageId": IMAGE, "launchPermission": launch, "attributeType": "launchPermission"}
    scene.did("ec2:ModifyImageAttribute", request, DONE)
    scene.did("s3:DeleteBucketPolicy", bucket("acme-payments-export", policy=""))
    scene.did("lambda:RemovePermission20150331v2", {"functionName": FUNCTION, "statementId": "web"})
    for region in ("us-east-1", "eu-west-1"):
        scene.did("guardduty:CreateDetector", {"enable": True}, region=region)
        scene.did("securityhub:EnableSecurityHub", region=region)
    scene.did("config:StartConfigurationRecorder", {"configurationRecorderName": "default"})
    key = f"arn:aws:kms:us-east-1:{site.account_id}:key/1f2e3d4c-0000-4000-8000-000000000007"
    scene.did("kms:CancelKeyDeletion", {"keyId": key})
    scene.did("ec2:DisableSerialConsoleAccess", {}, DONE)
