"""What else went on: guessed passwords, root at work, machines for hire, sign-ins in regions that nobody looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iamsql.demo.people import Site, mark
from iamsql.demo.records import BROWSER, CLI, Record, Who
from iamsql.demo.story.scene import ADMIN, INTRUDER, STRANGER, Scene, day

SUITE = "198.51.100.23"
HOME_OFFICE = "192.0.2.44"


def guesses(site: Site) -> Iterator[Record]:
    """Six wrong passwords, then the right one, with a second factor."""
    scene = Scene(
        site, "guesses", Who("IAMUser", "ana.torres", address=STRANGER, agent=BROWSER), 2, "06:01:00", step=35
    )
    for _ in range(6):
        scene.signed_in(False, region="us-east-2")
    scene.signed_in(True, "Yes", region="us-east-2")
    yield from scene.records


def tries_names(site: Site) -> Iterator[Record]:
    """Names that do not exist: CloudTrail hides what was typed."""
    who = Who("IAMUser", "HIDDEN_DUE_TO_SECURITY_REASONS", address=STRANGER, agent=BROWSER)
    scene = Scene(site, "tries names", who, 4, "23:57:00", step=5)
    for _ in range(8):
        scene.signed_in(False, words="No username found in supplied account")
    yield from scene.records


def hires(site: Site) -> Iterator[Record]:
    """Large machines where nobody runs any."""
    user = site.user("stub")
    who = Who("IAMUser", "stub", key=site.key_id(user, 1) if user else "", address=INTRUDER, agent="Boto3/1.28.0")
    scene = Scene(site, "hires", who, 2, "05:02:00", step=7)
    for region in ("us-west-2", "ap-northeast-1", "sa-east-1", "eu-west-1"):
        images = {"items": [{"imageId": "ami-0feed0feed0feed00", "minCount": 4, "maxCount": 16}]}
        request = {"instancesSet": images, "instanceType": "g5.48xlarge"}
        if region == "us-west-2":
            started = {"items": [{"instanceId": f"i-0{place:016x}"} for place in range(0xBAD, 0xBAD + 16)]}
            scene.did("ec2:RunInstances", request, {"instancesSet": started}, region=region)
        else:
            code, words = "Client.VcpuLimitExceeded", "You have requested more vCPU capacity than your current limit."
            scene.refused("ec2:RunInstances", request, code, words, region=region)
    yield from scene.records


def sign_ins(*visits: tuple[str, int, str, str]) -> Callable[[Site], Iterator[Record]]:
    """Make a part of ordinary sign-ins: (user, age, region, MFA used)."""

    def tell(site: Site) -> Iterator[Record]:
        for name, age, region, mfa in visits:
            who = Who("IAMUser", name, address=HOME_OFFICE, agent=BROWSER)
            scene = Scene(site, f"sign-in {name} {age}", who, age, "08:30:00", region=region)
            scene.signed_in(True, mfa)
            yield from scene.records

    return tell


def root_keys(site: Site) -> Iterator[Record]:
    """The root user of network makes itself a key, and thinks better of it."""
    who = Who("Root", key=mark("ASIA", site.account_id, "root"), address=SUITE, agent=BROWSER, mfa="false")
    scene = Scene(site, "root keys", who, 40, "12:40:00", step=95)
    _root_key(scene, mark("AKIA", site.account_id, "root", "story"))
    scene.did("iam:GetAccountSummary")
    scene.did("iam:DeleteAccessKey", {"accessKeyId": mark("AKIA", site.account_id, "root", "story")})
    scene.did("billingconsole:GetBillingNotifications", readOnly=True)
    yield from scene.records


def root_key_kept(site: Site) -> Iterator[Record]:
    """The root user of an account whose events cannot be looked up makes itself a second key."""
    who = Who("Root", key=mark("ASIA", site.account_id, "root"), address=STRANGER, agent=BROWSER, mfa="true")
    made = site.at(20, "root/1")
    scene = Scene(site, "root key kept", who, 20, f"{made:%H:%M:%S}", step=0)
    scene.signed_in(True, "Yes")
    _root_key(scene, mark("AKIA", site.account_id, "root", "1"))
    yield from scene.records


def _root_key(scene: Scene, key_id: str) -> None:
    made = {"accessKeyId": key_id, "status": "Active", "userName": None, "createDate": day(scene.when)}
    scene.did("iam:CreateAccessKey", None, {"accessKey": made})


def unseen(site: Site) -> Iterator[Record]:
    """web-test, which no role enters: only a trail tells."""
    root = Scene(site, "root", Who("Root", address=INTRUDER, agent=BROWSER), 4, "01:12:00")
    root.signed_in(True, "No")
    who = Who("Root", key=mark("ASIA", site.account_id, "root"), address=INTRUDER, agent=BROWSER, mfa="false")
    scene = Scene(site, "unseen", who, 4, "01:20:00", step=40)
    name = "mirror"
    scene.did("iam:CreateUser", {"userName": name}, {"user": {"userName": name, "arn": site.arn("user", "/", name)}})
    key_id = mark("AKIA", site.account_id, name)
    made = {"userName": name, "accessKeyId": key_id, "status": "Active", "createDate": day(scene.when)}
    scene.did("iam:CreateAccessKey", {"userName": name}, {"accessKey": made})
    scene.did("iam:AttachUserPolicy", {"userName": name, "policyArn": ADMIN})
    scene.refused("cloudtrail:StopLogging", {"name": "acme-organization"}, "TrailNotFoundException", "Unknown trail")
    scene.did("account:EnableRegion", {"regionName": "ap-east-1"}, readOnly=False)
    user = site.user("nobody-sees")
    key = site.key_id(user, 0) if user else ""
    machine = Scene(
        site, "machine", Who("IAMUser", "nobody-sees", key=key, address="10.9.8.7", agent=CLI), 6, "10:00:00"
    )
    machine.did("s3:PutObject", {"bucketName": "acme-web-test", "key": "build.zip"}, data=True, readOnly=False)
    yield from (*root.records, *scene.records, *machine.records)
