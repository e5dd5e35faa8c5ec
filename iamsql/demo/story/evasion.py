"""Watchers are switched off: services in payments-prod, the trail in network, the log bucket in log-archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from iamsql.demo.papers import LOG_ARCHIVE, MANAGEMENT, NETWORK
from iamsql.demo.people import Site
from iamsql.demo.records import Record, Who
from iamsql.demo.story.entry import backup
from iamsql.demo.story.misuse import bucket
from iamsql.demo.story.scene import DONE, FOREIGN, INTRUDER, KALI, Crossing, Scene, clock, resource

STOPPED = timedelta(days=-2) + clock("03:41:12")  # from the room's midnight
ORG_ARN = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/acme-organization"
OWN_ARN = f"arn:aws:cloudtrail:us-east-1:{NETWORK}:trail/network-trail"
TO_NETWORK = Crossing(MANAGEMENT, "terraform", NETWORK, "operations", "terraform", 2, "03:38:00")
TO_LOGS = Crossing(MANAGEMENT, "terraform", LOG_ARCHIVE, "operations", "terraform", 2, "03:50:00")
LOG_BUCKET = "arn:aws:s3:::acme-trail"


def terraform(site: Site) -> Who:
    """Give the machine user of the management account, in the intruder's hands."""
    user = site.user("terraform")
    return Who("IAMUser", "terraform", key=site.key_id(user, 1) if user else "", address=INTRUDER, agent=KALI)


def blinds_services(site: Site) -> Iterator[Record]:
    """What watches payments-prod is switched off, or nearly."""
    scene = Scene(site, "blinds services", backup(site), 3, "03:40:00", step=18)
    scene.did("cloudtrail:DescribeTrails")
    words = f"Unknown trail: acme-organization for the user: {site.account_id}"
    scene.refused("cloudtrail:StopLogging", {"name": "acme-organization"}, "TrailNotFoundException", words)
    code, words = "NotOrganizationMasterAccountException", "Only the management account may change the trail."
    scene.refused("cloudtrail:DeleteTrail", {"name": ORG_ARN}, code, words)
    for region, detector in (
        ("us-east-1", "12abc34d567e8fa901bc2d34e56789f0"),
        ("eu-west-1", "98fedc7b6a543210fedcba9876543210"),
    ):
        scene.did("guardduty:UpdateDetector", {"detectorId": detector, "enable": False}, region=region)
        scene.did("guardduty:DeleteDetector", {"detectorId": detector}, region=region)
        scene.did("securityhub:DisableSecurityHub", region=region)
    scene.did("config:StopConfigurationRecorder", {"configurationRecorderName": "default"})
    scene.did("config:DeleteConfigurationRecorder", {"configurationRecorderName": "default"})
    scene.refused("config:DeleteDeliveryChannel", {"deliveryChannelName": "default"})
    scene.did("access-analyzer:DeleteAnalyzer", {"analyzerName": "organization"})
    scene.did("macie2:DisableMacie")
    logs = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0e0e0e0e0e0e0e0e0"}}}
    scene.did("ec2:DeleteFlowLogs", logs)
    scene.did("monitoring:DeleteAlarms", {"alarmNames": ["root-sign-in", "trail-changes"]})
    scene.did("logs:DeleteLogGroup", {"logGroupName": "/payments/audit"})
    scene.did("events:DisableRule", {"name": "guardduty-to-chat"})
    scene.refused("organizations:LeaveOrganization")
    _locks_data(site, scene)
    yield from scene.records


def _locks_data(site: Site, scene: Scene) -> None:
    key = f"arn:aws:kms:us-east-1:{site.account_id}:key/1f2e3d4c-0000-4000-8000-000000000007"
    arns = [resource(site, "AWS::KMS::Key", key)]
    scene.did("kms:DisableKey", {"keyId": key}, resources=arns)
    scene.did("kms:ScheduleKeyDeletion", {"keyId": key, "pendingWindowInDays": 7}, {"keyId": key}, resources=arns)
    scene.did(
        "backup:DeleteRecoveryPoint", {"backupVaultName": "payments", "recoveryPointArn": "arn:aws:backup:hidden"}
    )
    scene.did("s3:PutBucketVersioning", bucket("acme-payments-export", VersioningConfiguration={"Status": "Suspended"}))


def goes_on(site: Site) -> Iterator[Record]:
    """From the management account into others, and a way back in through the identity centre."""
    scene = Scene(site, "goes on", terraform(site), 2, "03:30:00", step=25)
    scene.did("sts:GetCallerIdentity")
    scene.did("organizations:ListAccounts")
    instance = "arn:aws:sso:::instance/ssoins-7223demo0000001"
    permission = "arn:aws:sso:::permissionSet/ssoins-7223demo0000001/ps-demo000000000001"
    scene.did("sso-directory:CreateUser", {"identityStoreId": "d-9067demo01", "userName": "it.support"})
    scene.did("sso:CreatePermissionSet", {"instanceArn": instance, "name": "Support", "sessionDuration": "PT12H"})
    policy = {"managedPolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    request = {"instanceArn": instance, "permissionSetArn": permission}
    scene.did("sso:AttachManagedPolicyToPermissionSet", request | policy)
    person = {"principalType": "USER", "principalId": "9067demo01-0000-4000-8000-000000000001"}
    target = {"targetId": "555566667777", "targetType": "AWS_ACCOUNT"}
    scene.did("sso:CreateAccountAssignment", request | person | target)
    scene.refused("organizations:DetachPolicy", {"policyId": "p-demo0001", "targetId": "555566667777"})
    words = {"accountId": "333344445555", "servicePrincipal": "guardduty.amazonaws.com"}
    scene.refused("organizations:DeregisterDelegatedAdministrator", words)
    key = terraform(site).key
    yield from (*scene.records, TO_NETWORK.taken(site, key), TO_LOGS.taken(site, key))


def stops_trail(site: Site) -> Iterator[Record]:
    """The network account's own trail, stopped."""
    scene = Scene(site, "stops trail", TO_NETWORK.guest(), 2, "03:40:00", step=24)
    scene.did("cloudtrail:DescribeTrails")
    scene.did("cloudtrail:GetTrailStatus", {"name": OWN_ARN})
    scene.did("cloudtrail:StopLogging", {"name": OWN_ARN})
    selector = {"readWriteType": "WriteOnly", "includeManagementEvents": True}
    selector |= {"excludeManagementEventSources": ["kms.amazonaws.com"]}
    scene.did("cloudtrail:PutEventSelectors", {"trailName": OWN_ARN, "eventSelectors": [selector]})
    scene.refused("cloudtrail:DeleteTrail", {"name": OWN_ARN}, "AccessDenied")
    request = {
        "routeTableId": "rtb-0c0c0c0c0c0c0c0c0",
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": "igw-0a0a0a0a",
    }
    scene.did("ec2:ReplaceRoute", request, DONE, region="eu-west-1")
    mirror = {"CreateTrafficMirrorSessionRequest": {"NetworkInterfaceId": "eni-0f0f0f0f0f0f0f0f0", "SessionNumber": 1}}
    scene.did("ec2:CreateTrafficMirrorSession", mirror, region="eu-west-1")
    yield from (TO_NETWORK.given(site), *scene.records)


def empties_archive(site: Site) -> Iterator[Record]:
    """The log bucket: expire all, let a stranger in, delete it if possible."""
    scene = Scene(site, "empties archive", TO_LOGS.guest(), 2, "03:52:00", region="eu-west-1", step=26)
    arns = [resource(site, "AWS::S3::Bucket", LOG_BUCKET)]
    scene.did("s3:GetBucketLifecycle", bucket("acme-trail", lifecycle=""), resources=arns)
    rule = {"ID": "tidy", "Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"Prefix": "acme/"}}
    request = bucket("acme-trail", lifecycle="", LifecycleConfiguration={"Rule": rule})
    scene.did("s3:PutBucketLifecycle", request, resources=arns)
    grant = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{FOREIGN}:root"}}
    grant |= {"Action": "s3:*", "Resource": [LOG_BUCKET, f"{LOG_BUCKET}/*"]}
    policy = {"Version": "2012-10-17", "Statement": [grant]}
    scene.did("s3:PutBucketPolicy", bucket("acme-trail", policy="", bucketPolicy=policy), resources=arns)
    words = "The bucket you tried to delete is not empty"
    scene.refused("s3:DeleteBucket", bucket("acme-trail"), "BucketNotEmpty", words, resources=arns)
    for key in ("acme/AWSLogs/first", "acme/AWSLogs/second"):
        scene.refused("s3:DeleteObject", bucket("acme-trail", key=key), data=True)
    yield from (TO_LOGS.given(site), *scene.records)
