"""A synthetic organization of any size. A user is generated on access, so a million users need no memory."""

from __future__ import annotations

import json
from base64 import b32encode
from collections.abc import Callable, Sequence
from typing import Any, overload

from iamsql.demo.data import Account, DataFiles, Item
from iamsql.demo.organizations import Organization
from tests.fake_aws.records import at, created_user, group, policy, record, role, session, time_text, user

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)
NO_KEY = "false,N/A,N/A,N/A,N/A"
LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
OWNER = "111122223333"  # of the sample organization's trail
ROOT = "r-demo"
# Organizational units with their parents: a tree of a usual size. The accounts are spread over those from UNITS_ABOVE on.
UNITS = {
    "Workloads": "",
    "Platform": "",
    "Sandbox": "",
    "Production": "Workloads",
    "Development": "Workloads",
    "Security": "Platform",
    "Networking": "Platform",
    "Payments": "Production",
    "Web": "Production",
}
UNITS_ABOVE = 2
DEPLOYMENTS = 100  # write events of an account besides its new users, so a look-up of write events has several pages


class LazyList(Sequence[Item]):
    """Items that are generated on access."""

    def __init__(self, size: int, make: Callable[[int], Item]) -> None:
        self._size, self._make = size, make

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self._make(index) for index in range(*index.indices(self._size))]
        if not -self._size <= index < self._size:
            raise IndexError(index)
        return self._make(index % self._size)


class SyntheticAccount(Account):
    """An account with the users user-000000, user-000001, …: of twenty users, nine have one key and three have two."""

    def __init__(self, item: Item, files: DataFiles, users: int, responses: list[Item]) -> None:
        super().__init__(item, files)
        self.users = LazyList(users, self._user)
        trust = {"AWS": f"arn:{self.partition}:iam::{self.id}:root"}
        assume = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
        document = {"Version": "2012-10-17", "Statement": [assume]}
        self.__dict__["iam"] = {
            "SummaryMap": self._summary(users),
            "PasswordPolicy": {"MinimumPasswordLength": 14, "ExpirePasswords": False},
            "GroupDetailList": [group(self, "staff", 800, AttachedManagedPolicies=[self._attached("readers")])],
            "RoleDetailList": [
                role(self, name, 400, document, AttachedManagedPolicies=[self._attached("ReadOnlyAccess", "aws")])
                for name in ("iamsql-audit", "deployer")
            ],
            "Policies": [
                policy(self, "readers", 800, READ, AttachmentCount=1),
                policy(self, "ReadOnlyAccess", 3000, READ, AttachmentCount=2)
                | {"Arn": self._attached("ReadOnlyAccess", "aws")["PolicyArn"]},
            ],
        }
        self.__dict__["responses"] = responses

    @property
    def credential_report(self) -> bytes:
        """Return the CSV of the credential report."""
        created_at = self._time(2100, "account")
        root = f"<root_account>,arn:{self.partition}:iam::{self.id}:root,{created_at},TRUE,{self._time(20, 'root')},"
        root += f"{self._time(1200, 'root/password')},not_supported,true,{NO_KEY},{NO_KEY},false,N/A,false,N/A"
        return "\n".join((HEADER, root, *map(self._row, range(len(self.users))), "")).encode()

    @property
    def events(self) -> list[Item]:
        """Return twenty new users, a hundred deployments, and a sign-in of the root user."""
        created_users = [
            created_user(self, f"new-{index:02}", at(self, 3 + index, f"made/{index}")) for index in range(20)
        ]
        deployer = session(self, "deployer", "pipeline", f"ASIADEPLOY{self.id[-6:].translate(LETTERS)}")
        deployed: list[Item] = []
        for index in range(DEPLOYMENTS):
            when = at(self, 1 + index * 87 // DEPLOYMENTS, f"deployed/{index}")
            event = record(self, "ec2", "RunInstances", when, deployer, requestParameters={"instancesSet": {}})
            deployed.append({"Username": "pipeline", "CloudTrailEvent": event})
        identity = {
            "type": "Root",
            "principalId": self.id,
            "arn": f"arn:{self.partition}:iam::{self.id}:root",
            "accountId": self.id,
        }
        signed_in: Item = {
            "responseElements": {"ConsoleLogin": "Success"},
            "additionalEventData": {"MobileVersion": "No", "MFAUsed": "Yes"},
            "eventType": "AwsConsoleSignIn",
        }
        when = at(self, 20, "root")
        login = record(self, "signin", "ConsoleLogin", when, identity, **signed_in)
        return sorted(
            [*created_users, *deployed, {"Username": "root", "CloudTrailEvent": login}],
            key=lambda event: str(event["CloudTrailEvent"]["eventTime"]),
        )

    def items(self, member: str) -> Sequence[Any]:
        """Return a list of iam.json; only `matching` finds access keys, login profiles and MFA devices of users."""
        if member == "VirtualMFADevices":
            return [self._root_device(), *(self._device(index) for index in range(0, len(self.users), 5))]
        return self.users if member == "UserDetailList" else super().items(member)

    def matching(self, kind: str, member: str, value: str) -> Sequence[Item]:
        """Return the items of a list that have a value in a member."""
        if kind == "AccessKeys":
            keys = (self._place_of_key(value) if member == "AccessKeyId" else self._place(value)), value
            return [key for key in self._keys(keys[0]) if key[member] == value]
        if kind not in ("UserDetailList", "LoginProfiles", "MFADevices"):
            return super().matching(kind, member, value)
        index = self._place(value)
        if index < 0:
            return ()
        if kind == "UserDetailList":
            return [self._user(index)]
        if kind == "LoginProfiles":
            created_at = time_text(at(self, 90 + index % 300, f"{value}/password"))
            profile = {"UserName": value, "CreateDate": created_at, "PasswordResetRequired": False}
            return [profile] if index % 4 == 0 else ()
        return [self._device(index) | {"UserName": value}] if index % 5 == 0 else ()

    def _place(self, name: str) -> int:
        digits = name.removeprefix("user-")
        is_user = digits.isdigit() and int(digits) < len(self.users) and name == f"user-{int(digits):06}"
        return int(digits) if is_user else -1

    def _place_of_key(self, key_id: str) -> int:
        """Return the number of a key's user, which the last seven letters of the key ID encode."""
        number = 0
        for letter in key_id[-7:]:
            number = number * 32 + BASE32.find(letter)
        return number // 2 if 0 <= number // 2 < len(self.users) else -1

    def _user(self, index: int) -> Item:
        used = {"PasswordLastUsed": self._password_used(index)} if index % 4 == 0 else {}
        return user(self, f"user-{index:06}", 100 + index % 900, GroupList=["staff"], **used)

    def _password_used(self, index: int) -> str:
        return time_text(at(self, index % 60, f"{index}/sign-in"))

    def _device(self, index: int) -> Item:
        name = f"user-{index:06}"
        serial = f"arn:{self.partition}:iam::{self.id}:mfa/virtual-{name}"
        return {"SerialNumber": serial, "User": self._user(index), "EnableDate": time_text(at(self, 90, name))}

    def _root_device(self) -> Item:
        created_at, head = time_text(at(self, 2000, "root/mfa")), f"arn:{self.partition}:iam::{self.id}"
        root = {"UserId": self.id, "Arn": f"{head}:root", "CreateDate": created_at}
        return {"SerialNumber": f"{head}:mfa/root-account-mfa-device", "User": root, "EnableDate": created_at}

    def _keys(self, index: int) -> list[Item]:
        if index < 0:
            return []
        kind = (
            index + 3 * (index // 20)
        ) % 20  # shifted, so of fifty users thirty have keys, as of any twenty twelve have
        return [self._key(index, slot) for slot in range(2 if kind < 3 else 1 if kind < 12 else 0)]

    def _key(self, index: int, slot: int) -> Item:
        tail = b32encode(((index * 2 + slot) << 5).to_bytes(5, "big")).decode()[:7]
        created_at, last = (
            at(self, 30 + (index * 7 + slot * 50) % 70, f"{index}/{slot}"),
            {"ServiceName": "N/A", "Region": "N/A"},
        )
        if index % 7:
            used = max(created_at, at(self, (index * 3 + slot) % 120, f"{index}/{slot}/used"))
            last = {"LastUsedDate": time_text(used), "ServiceName": "s3", "Region": "N/A"}
        return {
            "UserName": f"user-{index:06}",
            "AccessKeyId": f"AKIA{self.id[-9:].translate(LETTERS)}{tail}",
            "Status": "Active" if (index + slot) % 6 else "Inactive",
            "CreateDate": time_text(created_at),
            "AccessKeyLastUsed": last,
        }

    def _row(self, index: int) -> str:
        """Return a user's row of the credential report."""
        user = self._user(index)
        password = "false,N/A,N/A,N/A"
        if index % 4 == 0:
            changed = self._time(90 + index % 300, f"{user['UserName']}/password")
            password = f"true,{self._password_used(index).replace('Z', '+00:00')},{changed},N/A"
        keys = [self._slot(key) for key in self._keys(index)]
        first, second = (*keys, NO_KEY, NO_KEY)[:2]
        head = f"{user['UserName']},{user['Arn']},{user['CreateDate'].replace('Z', '+00:00')},{password}"
        return f"{head},{'false' if index % 5 else 'true'},{first},{second},false,N/A,false,N/A"

    def _slot(self, key: Item) -> str:
        last, created_at = key["AccessKeyLastUsed"], key["CreateDate"].replace("Z", "+00:00")
        active = str(key["Status"] == "Active").lower()
        used = last.get("LastUsedDate", "N/A").replace("Z", "+00:00")
        return f"{active},{created_at},{used},N/A,{last['ServiceName'] if used != 'N/A' else 'N/A'}"

    def _time(self, age: int, seed: str) -> str:
        return at(self, age, seed).isoformat()

    def _attached(self, name: str, owner: str = "") -> Item:
        return {"PolicyName": name, "PolicyArn": f"arn:{self.partition}:iam::{owner or self.id}:policy/{name}"}

    def _summary(self, users: int) -> Item:
        counts = {"Users": users, "Groups": 1, "Roles": 2, "Policies": 1, "PolicyVersionsInUse": 1, "Providers": 0}
        devices = {"MFADevices": users // 5 + 1, "MFADevicesInUse": users // 5 + 1, "AccountMFAEnabled": 1}
        root = {"AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1, "AccountSigningCertificatesPresent": 0}
        return counts | devices | root | {"AccessKeysPerUserQuota": 2, "ServerCertificates": 0, "InstanceProfiles": 0}


def organization(files: DataFiles, accounts: int, users: int, partition: str, trail: bool) -> Organization:
    """Return an organization of equal accounts. The first is the management account, which owns the trail."""
    plain = files.json("organization.json")
    management = str(100000000000)
    head = f"arn:{partition}:organizations::{management}"
    units = [
        {
            "Id": unit_id(name),
            "Arn": f"{head}:ou/o-demo123456/{unit_id(name)}",
            "Name": name,
            "ParentId": unit_id(parent),
        }
        for name, parent in UNITS.items()
    ]
    owner = {"MasterAccountId": management, "MasterAccountArn": f"{head}:account/o-demo123456/{management}"}
    described = plain["Organization"] | {"Arn": f"{head}:organization/o-demo123456"} | owner
    data = {"Organization": described, "Roots": plain["Roots"], "OrganizationalUnits": units}
    responses = _responses(files, management, trail)
    created_accounts = [
        SyntheticAccount(_item(head, index, files), files, users, responses) for index in range(accounts)
    ]
    targets = [ROOT, *map(unit_id, UNITS), *(account.id for account in created_accounts)]
    policies = [_policy(policy, targets, management) for policy in plain["Policies"]]
    return Organization(data | {"Features": plain["Features"], "Policies": policies}, created_accounts)


def unit_id(name: str) -> str:
    """Return the ID of an organizational unit; of the root for ''."""
    return f"ou-demo-{name.lower():0<10}" if name else ROOT


def _policy(policy: Item, targets: list[str], management: str) -> Item:
    """Return a policy of the sample organization. AWS managed policies have all targets, others those that exist."""
    summary = policy["PolicySummary"] | {"Arn": policy["PolicySummary"]["Arn"].replace(OWNER, management)}
    attached = [target for target in targets if summary["AwsManaged"] or target in policy["TargetIds"]]
    return policy | {"PolicySummary": summary, "TargetIds": attached}


def _responses(files: DataFiles, management: str, trail: bool) -> list[Item]:
    """Return the recorded responses of all accounts; the trail belongs to the management account, if there is one."""
    defaults = [item for item in files.responses if "Account" not in item]
    responses: list[Item] = json.loads(json.dumps(defaults).replace(OWNER, management))
    if not trail:
        responses.insert(0, {"Service": "cloudtrail", "Operation": "DescribeTrails", "Parameters": {}})
        responses[0]["Response"] = {"trailList": []}
    return responses


def _item(head: str, index: int, files: DataFiles) -> Item:
    account_id, name = f"{100000000000 + index}", f"account-{index:04}"
    return {
        "Id": account_id,
        "Arn": f"{head}:account/o-demo123456/{account_id}",
        "Email": f"{name}@example.com",
        "Name": name,
        "JoinedMethod": "CREATED" if index else "INVITED",
        "JoinedTimestamp": f"{files.day.year - 6}-01-01T00:00:00Z",
        "State": "ACTIVE",
        "ParentId": unit_id(list(UNITS)[UNITS_ABOVE + index % (len(UNITS) - UNITS_ABOVE)]) if index else ROOT,
        "Tags": [],
        "AssumableRoles": [{"RoleName": "iamsql-audit"}] if index else [],
    }
