"""payments-prod, the same night: work done with passed roles, doors left open, data handed out."""

from __future__ import annotations

from collections.abc import Iterator

from iamsql.demo.people import Site
from iamsql.demo.records import BROWSER, Record, Who
from iamsql.demo.story.entry import NEW, backup, ledger
from iamsql.demo.story.scene import DONE, FOREIGN, INTRUDER, Scene, resource, text

INSTANCE, SNAPSHOT, IMAGE = "i-0f1e2d3c4b5a69788", "snap-0a1b2c3d4e5f60718", "ami-0c0ffee0c0ffee0c0"
FUNCTION = "invoice-render"
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::acme-payments-export/*",
        }
    ],
}


def bucket(name: str, **more: object) -> Record:
    """Write the request of a call about a bucket."""
    return {"bucketName": name, "Host": f"{name}.s3.us-east-1.amazonaws.com", **more}


def passes_roles(site: Site) -> Iterator[Record]:
    """Machines and functions that run with a role their maker could not take."""
    scene = Scene(site, "passes roles", ledger(site), 3, "02:44:00", step=33)
    scene.did("ec2:CreateKeyPair", {"keyName": "backup", "keyType": "rsa"}, {"keyName": "backup"})
    profile = {"arn": site.arn("instance-profile", "/", "support-access")}
    images: Record = {"items": [{"imageId": IMAGE, "minCount": 1, "maxCount": 1, "keyName": "backup"}]}
    started: Record = {
        "instancesSet": {"items": [{"instanceId": INSTANCE, "imageId": IMAGE, "instanceType": "t3.medium"}]}
    }
    launch = {"instancesSet": images, "instanceType": "t3.medium", "iamInstanceProfile": profile}
    scene.did("ec2:RunInstances", launch, DONE | started)
    request: Record = {
        "functionName": "nightly-sync",
        "runtime": "python3.12",
        "role": site.arn("role", "/", "left-behind"),
    }
    arn = f"arn:aws:lambda:us-east-1:{site.account_id}:function:nightly-sync"
    scene.did("lambda:CreateFunction20150331", request | {"handler": "index.main"}, {"functionArn": arn})
    scene.did(
        "lambda:UpdateFunctionCode20150331v2", {"functionName": FUNCTION, "publish": False}, {"runtime": "nodejs20.x"}
    )
    open_to_all = {"statementId": "web", "action": "lambda:InvokeFunction", "principal": "*"}
    scene.did(
        "lambda:AddPermission20150331v2", {"functionName": FUNCTION, **open_to_all}, {"statement": text(open_to_all)}
    )
    scene.did("lambda:CreateFunctionUrlConfig", {"functionName": FUNCTION, "authType": "NONE"})
    request = {"functionName": arn, "invocationType": "RequestResponse"}
    scene.did("lambda:Invoke", request, data=True, readOnly=False)
    scene.refused("glue:CreateDevEndpoint", {"roleArn": site.arn("role", "/", "left-behind"), "endpointName": "x"})
    yield from scene.records


def signs_in(site: Site) -> Iterator[Record]:
    """The new user in the console, without a second factor."""
    who = Who("IAMUser", NEW, address=INTRUDER, agent=BROWSER)
    scene = Scene(site, "signs in", who, 3, "03:05:00")
    scene.signed_in(mfa="No")
    yield from scene.records


def takes_machines(site: Site) -> Iterator[Record]:
    """Sessions, commands, consoles and passwords of instances."""
    scene = Scene(site, "takes machines", backup(site), 3, "03:09:00", step=24)
    scene.did(
        "ssm:SendCommand", {"documentName": "AWS-RunShellScript", "instanceIds": [INSTANCE], "parameters": "hidden"}
    )
    scene.did("ssm:StartSession", {"target": INSTANCE}, {"sessionId": f"{NEW}-0a1b2c3d4e5f6a7b8"}, readOnly=False)
    scene.did("ec2:EnableSerialConsoleAccess", {}, DONE | {"serialConsoleAccessEnabled": True})
    key = {"instanceId": INSTANCE, "serialPort": 0, "sSHPublicKey": "ssh-rsa AAAA demo"}
    scene.did("ec2-instance-connect:SendSerialConsoleSSHPublicKey", key, {"success": True})
    key = {"instanceId": INSTANCE, "instanceOSUser": "ec2-user", "sSHPublicKey": "ssh-rsa AAAA demo"}
    scene.did("ec2-instance-connect:SendSSHPublicKey", key, {"success": True})
    scene.did("ec2:GetPasswordData", {"instanceId": "i-0a0a0a0a0a0a0a0a1"}, DONE)
    scene.refused("ec2:GetPasswordData", {"instanceId": "i-0a0a0a0a0a0a0a0a2"})
    scene.refused("ec2:GetPasswordData", {"instanceId": "i-0a0a0a0a0a0a0a0a3"})
    request = {"instanceId": INSTANCE, "userData": "<sensitiveDataRemoved>"}
    scene.did("ec2:ModifyInstanceAttribute", request, DONE)
    ranges = {"items": [{"cidrIp": "0.0.0.0/0"}]}
    rule: Record = {
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "groups": {},
        "ipRanges": ranges,
        "ipv6Ranges": {},
    }
    opened: Record = {"groupId": "sg-0d0d0d0d0d0d0d0d0", "ipPermissions": {"items": [rule]}}
    scene.did("ec2:AuthorizeSecurityGroupIngress", opened, DONE)
    yield from scene.records


def hands_out(site: Site) -> Iterator[Record]:
    """Snapshots, images, databases, buckets and keys made readable from outside."""
    scene = Scene(site, "hands out", backup(site), 3, "03:22:00", step=27)
    scene.did("ec2:CreateSnapshot", {"volumeId": "vol-0b0b0b0b0b0b0b0b0"}, {"snapshotId": SNAPSHOT})
    shared = {"add": {"items": [{"userId": FOREIGN}]}}
    request = {"snapshotId": SNAPSHOT, "createVolumePermission": shared, "attributeType": "CREATE_VOLUME_PERMISSION"}
    scene.did("ec2:ModifySnapshotAttribute", request, DONE)
    public = {"add": {"items": [{"groups": "all"}]}}
    request = {"imageId": IMAGE, "launchPermission": public, "attributeType": "launchPermission"}
    scene.did("ec2:ModifyImageAttribute", request, DONE)
    request = {"dBSnapshotIdentifier": "payments-final", "attributeName": "restore", "valuesToAdd": [FOREIGN]}
    scene.did("rds:CreateDBSnapshot", {"dBSnapshotIdentifier": "payments-final", "dBInstanceIdentifier": "payments"})
    scene.did("rds:ModifyDBSnapshotAttribute", request, {"dBSnapshotIdentifier": "payments-final"})
    name = "acme-payments-export"
    arns = [resource(site, "AWS::S3::Bucket", f"arn:aws:s3:::{name}")]
    scene.did("s3:DeleteBucketPublicAccessBlock", bucket(name, publicAccessBlock=""), resources=arns)
    scene.did("s3:PutBucketPolicy", bucket(name, bucketPolicy=PUBLIC, policy=""), resources=arns)
    grant = {"x-amz-acl": "public-read", "acl": ""}
    scene.refused(
        "s3:PutBucketAcl", bucket(name, **grant), "AccessControlListNotSupported", "The bucket does not allow ACLs"
    )
    policy = {"repositoryName": "payments/api", "policyText": text(PUBLIC), "force": False}
    scene.did("ecr:SetRepositoryPolicy", policy)
    yield from scene.records
