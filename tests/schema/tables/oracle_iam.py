"""What plain IAM and STS calls tell of credentials, providers, certificates and the account, as rows of their tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.schema.tables.boto3_oracle import Row, answered, as_json, client, ending, listed, tag_map
from tests.schema.tables.oracle_iam_principals import Asked

NONE = ("N/A", "no_information", "not_supported", "")
SENTINELS = ("N/A", None)


def snake(name: str) -> str:
    """Spell a member as a column: AccountMFAEnabled → account_mfa_enabled."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def user_names(asked: Asked) -> list[str]:
    """Name the users."""
    return [item["UserName"] for item in listed(asked.iam, "list_users", "Users")]


def access_keys(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_access_key."""
    for name in user_names(asked):
        for position, item in enumerate(listed(asked.iam, "list_access_keys", "AccessKeyMetadata", UserName=name), 1):
            last = asked.iam.get_access_key_last_used(AccessKeyId=item["AccessKeyId"])["AccessKeyLastUsed"]
            yield {
                "access_key_id": item["AccessKeyId"],
                "user_name": name,
                "status": item["Status"],
                "create_date": item["CreateDate"],
                "access_key_last_used_date": last.get("LastUsedDate"),
                "access_key_last_used_service": None if last["ServiceName"] in SENTINELS else last["ServiceName"],
                "access_key_last_used_region": None if last["Region"] in SENTINELS else last["Region"],
                "title": item["AccessKeyId"],
                "akas": [f"arn:aws:iam::{asked.account_id}:user/{name}/accesskey/{item['AccessKeyId']}"],
                "last_used_known": True,
                "position": position,
                **ending(asked.account_id),
            }


def summary(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_iam_account_summary."""
    told = {snake(name): value for name, value in asked.iam.get_account_summary()["SummaryMap"].items()}
    flags = {name: told[name] > 0 for name in ("account_mfa_enabled", "account_password_present")}
    yield {**told, **flags, **ending(asked.account_id)}


def password_policy(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_iam_account_password_policy, of an account that has set one."""
    found = answered(asked.iam, "get_account_password_policy")
    if found:
        numbers = dict.fromkeys(("max_password_age", "password_reuse_prevention", "hard_expiry"))
        told = {snake(name): value for name, value in found["PasswordPolicy"].items()}
        yield {**numbers, **told, **ending(asked.account_id)}


def credential_report(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_credential_report."""
    if asked.reported is None:
        return
    report = asked.iam.get_credential_report()
    for row in csv.DictReader(io.StringIO(report["Content"].decode())):
        typed = {snake(name): _cell(value) for name, value in row.items() if name not in ("user", "arn")}
        typed.pop("access_key_1_note", None)
        yield {
            **typed,
            "user_name": row["user"],
            "user_arn": row["arn"],
            "generated_time": report["GeneratedTime"],
            "password_status": _password_status(row),
            "password_enabled": _flag(row["password_enabled"]),
            **ending(asked.account_id),
        }


def _cell(text: str) -> Any:
    if text in NONE:
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return datetime.fromisoformat(text).astimezone(UTC) if re.match(r"\d{4}-", text) else text


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _password_status(row: dict[str, str]) -> str:
    if row["password_enabled"].lower() == "false":
        return "not_set"
    return "never_used" if row["password_last_used"] in NONE else "used"


def virtual_devices(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_virtual_mfa_device."""
    for item in listed(asked.iam, "list_virtual_mfa_devices", "VirtualMFADevices"):
        user = item.get("User")
        yield {
            "serial_number": item["SerialNumber"],
            "enable_date": item.get("EnableDate"),
            "assignment_status": "Assigned" if user else "Unassigned",
            "user_id": user and user["UserId"],
            "user_name": user and user.get("UserName"),
            "user": as_json(user),
            "tags_src": [],
            "tags": None,
            "title": item["SerialNumber"],
            "akas": [item["SerialNumber"]],
            **ending(asked.account_id),
        }


def service_credentials(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_service_specific_credential."""
    client_, marker = asked.iam, {}
    while marker is not None:
        page = client_.list_service_specific_credentials(AllUsers=True, **marker)
        marker = {"Marker": page["Marker"]} if page.get("IsTruncated") else None
        for item in page["ServiceSpecificCredentials"]:
            optional = dict.fromkeys(("service_user_name", "expiration_date", "service_credential_alias"))
            told = {snake(name): value for name, value in item.items()}
            yield {**optional, **told, "title": item["UserName"], **ending(asked.account_id)}


def caller(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_sts_caller_identity."""
    found = client(asked.session, "sts").get_caller_identity()
    own = {name: value for name, value in ending(asked.account_id).items() if name != "region"}
    who = {"arn": found["Arn"], "user_id": found["UserId"], "title": found["UserId"], "akas": [found["Arn"]]}
    yield who | own


def saml_providers(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_saml_provider."""
    for item in listed(asked.iam, "list_saml_providers", "SAMLProviderList"):
        whole = asked.iam.get_saml_provider(SAMLProviderArn=item["Arn"])
        yield {
            "arn": item["Arn"],
            "create_date": item["CreateDate"],
            "valid_until": item.get("ValidUntil"),
            "saml_metadata_document": whole["SAMLMetadataDocument"],
            "tags_src": whole["Tags"] or None,
            "tags": tag_map(whole["Tags"]),
            "akas": [item["Arn"]],
            "name": item["Arn"].split("/")[-1],
            "saml_provider_uuid": whole["SAMLProviderUUID"],
            "assertion_encryption_mode": whole.get("AssertionEncryptionMode"),
            **ending(asked.account_id),
        }


def oidc_providers(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_open_id_connect_provider."""
    for item in listed(asked.iam, "list_open_id_connect_providers", "OpenIDConnectProviderList"):
        whole = asked.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=item["Arn"])
        yield {
            "arn": item["Arn"],
            "client_id_list": whole["ClientIDList"],
            "create_date": whole["CreateDate"],
            "thumbprint_list": whole["ThumbprintList"],
            "url": whole["Url"],
            "tags_src": whole["Tags"],
            "tags": tag_map(whole["Tags"]),
            "akas": [item["Arn"]],
            **ending(asked.account_id),
        }


def server_certificates(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_server_certificate; of one whose body is denied there is what the list tells."""
    for item in listed(asked.iam, "list_server_certificates", "ServerCertificateMetadataList"):
        name = item["ServerCertificateName"]
        whole = (answered(asked.iam, "get_server_certificate", ServerCertificateName=name) or {}).get(
            "ServerCertificate", {}
        )
        yield {
            "name": name,
            "arn": item["Arn"],
            "server_certificate_id": item["ServerCertificateId"],
            "expiration": item["Expiration"],
            "certificate_body": whole.get("CertificateBody"),
            "certificate_chain": whole.get("CertificateChain"),
            "path": item["Path"],
            "upload_date": item["UploadDate"],
            "tags_src": whole.get("Tags"),
            "tags": tag_map(whole.get("Tags")),
            "title": name,
            "akas": [item["Arn"]],
            **ending(asked.account_id),
        }


def instance_profiles(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_instance_profile."""
    for item in listed(asked.iam, "list_instance_profiles", "InstanceProfiles"):
        name = item["InstanceProfileName"]
        tags = asked.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"].get("Tags", [])
        yield {
            "instance_profile_name": name,
            "arn": item["Arn"],
            "instance_profile_id": item["InstanceProfileId"],
            "create_date": item["CreateDate"],
            "path": item["Path"],
            "roles": as_json(item["Roles"]),
            "tags_src": tags,
            "tags": tag_map(tags) or {},
            "title": name,
            "akas": [item["Arn"]],
            **ending(asked.account_id),
        }


def ssh_keys(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_ssh_public_key, of an account that lists them."""
    for name in user_names(asked):
        if answered(asked.iam, "list_ssh_public_keys", UserName=name) is None:
            continue
        for item in listed(asked.iam, "list_ssh_public_keys", "SSHPublicKeys", UserName=name):
            key_id = item["SSHPublicKeyId"]
            whole = asked.iam.get_ssh_public_key(UserName=name, SSHPublicKeyId=key_id, Encoding="SSH")["SSHPublicKey"]
            yield {
                "ssh_public_key_id": key_id,
                "user_name": name,
                "status": item["Status"],
                "upload_date": item["UploadDate"],
                "fingerprint": whole["Fingerprint"],
                "ssh_public_key_body": whole["SSHPublicKeyBody"],
                "title": key_id,
                **ending(asked.account_id),
            }


def signing_certificates(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_signing_certificate."""
    for name in user_names(asked):
        for item in listed(asked.iam, "list_signing_certificates", "Certificates", UserName=name):
            told = {snake(key): value for key, value in item.items()}
            yield {**told, "title": item["CertificateId"], **ending(asked.account_id)}


def access_advisor(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_access_advisor; an account that denies it has none."""
    lists = (("list_users", "Users"), ("list_groups", "Groups"), ("list_roles", "Roles"))
    for arn in [item["Arn"] for one in lists for item in listed(asked.iam, *one)]:
        job = answered(asked.iam, "generate_service_last_accessed_details", Arn=arn, Granularity="ACTION_LEVEL")
        page: dict[str, Any] = {"IsTruncated": bool(job)}
        while page.get("IsTruncated") or page.get("JobStatus") == "IN_PROGRESS":
            more = {"Marker": page["Marker"]} if page.get("Marker") else {}
            page = asked.iam.get_service_last_accessed_details(JobId=job and job["JobId"], **more)
            for item in page["ServicesLastAccessed"]:
                optional = ("last_authenticated", "last_authenticated_entity", "last_authenticated_region")
                told = {snake(name): value for name, value in item.items()}
                tracked = as_json(item.get("TrackedActionsLastAccessed"))
                row = {
                    "principal_arn": arn,
                    **dict.fromkeys(optional),
                    **told,
                    "tracked_actions_last_accessed": tracked,
                }
                yield row | ending(asked.account_id)
