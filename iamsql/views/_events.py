"""How a CloudTrail record becomes a row of aws_cloudtrail_event, whoever delivered it: a look-up, a trail, or a file.

That one table holds every event once, in flat columns.
A batch of records is a SELECT of: account_hint and region_hint (for records that tell neither), event (JSON), found_by,
log_file, looked_up (the Resources that LookupEvents adds), position and synced_at.
"""

import json
from typing import Any

TEXTS = (
    "eventVersion eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestID "
    "eventID readOnly eventType apiVersion managementEvent recipientAccountId sharedEventID vpcEndpointId eventCategory "
    "sessionCredentialFromConsole"
).split()
DOCUMENTS = (
    "requestParameters responseElements additionalEventData resources serviceEventDetails edgeDeviceDetails".split()
)
_WHO = dict.fromkeys(("type", "principalId", "arn", "accountId", "userName"), "VARCHAR")
_SESSION = {
    "attributes": {"creationDate": "VARCHAR", "mfaAuthenticated": "VARCHAR"},
    "ec2RoleDelivery": "VARCHAR",
    "sessionIssuer": _WHO,
    "webIdFederationData": {"federatedProvider": "VARCHAR", "attributes": "JSON"},
}
_IDENTITY = _WHO | dict.fromkeys(("accessKeyId", "invokedBy", "identityProvider"), "VARCHAR")
# What of a record is read, in DuckDB's own words for from_json: what is missing or of another type is NULL.
RECORD: dict[str, Any] = {
    **dict.fromkeys(TEXTS, "VARCHAR"),
    **dict.fromkeys(DOCUMENTS, "JSON"),
    "userIdentity": _IDENTITY | {"sessionContext": _SESSION},
}
# What a request names, in the order in which it says most about what was done to: the first that is there is the target.
TARGETS = (
    "userName roleName groupName roleArn policyArn policyName accessKeyId serialNumber instanceProfileName sAMLProviderArn "
    "openIDConnectProviderArn url trailName bucketName keyId secretId functionName snapshotId dBSnapshotIdentifier "
    "dBClusterSnapshotIdentifier imageId instanceId detectorId target accountId targetId principalId permissionSetArn "
    "resourceArn stackName name"
).split()

NAME = "aws_cloudtrail_event"
ALL = (
    "account_id region event_time event_name event_source error_code error_message username user_type "
    "actor_arn issuer_arn access_key_id source_ip_address target read_only event_id event_type event_category "
    "event_version api_version aws_region recipient_account_id user_agent request_id shared_event_id "
    "vpc_endpoint_id session_credential_from_console principal_id actor_account_id user_name invoked_by "
    "identity_provider session_mfa ec2_role_delivery issuer_type issuer_principal_id issuer_account_id "
    "issuer_user_name federated_provider console_login mfa_used found_by log_file management_event "
    "session_started position synced_at request_parameters response_elements additional_event_data resources "
    "service_event_details edge_device_details federated_attributes looked_up event"
).split()
_DOCUMENTS = (
    "request_parameters response_elements additional_event_data resources service_event_details "
    "edge_device_details federated_attributes looked_up"
).split()
# Texts of few values: DuckDB need not try every other way to compress them, which is a tenth of the time.
_REPEATED = (
    "account_id region event_name event_source error_code user_type event_type event_category event_version api_version "
    "aws_region recipient_account_id vpc_endpoint_id session_credential_from_console actor_account_id invoked_by "
    "identity_provider session_mfa ec2_role_delivery issuer_type issuer_account_id federated_provider console_login mfa_used "
    "found_by log_file username actor_arn issuer_arn issuer_principal_id issuer_user_name user_name principal_id user_agent "
    "source_ip_address"
).split()
_KINDS = {
    **dict.fromkeys(_REPEATED, "varchar using compression dictionary"),
    **dict.fromkeys(_DOCUMENTS, "json"),
    "event_time": "timestamp",
    "read_only": "boolean",
    "management_event": "boolean",
    "session_started": "bigint",
    "position": "bigint",
    "synced_at": "timestamptz",
    # The whole record is kept with ZSTD: a sixth of the room and half of the time of what DuckDB would choose.
    "event": "json using compression zstd",
}
_DECLARED = ", ".join(f"{name} {_KINDS.get(name) or 'varchar'}" for name in ALL)
MADE = f"create table main.{NAME} ({_DECLARED})"

_NAMED = ", ".join(f"'$.{name}'" for name in TARGETS)


_FIELDS = """b.event, b.found_by, b.log_file, b.looked_up, b.position, b.synced_at,
  coalesce(nullif(b.r.recipientAccountId, ''), nullif(b.r.userIdentity.accountId, ''),
    nullif(b.account_hint, '')) as account_id,
  coalesce(b.r.awsRegion, nullif(b.region_hint, '')) as region, b.r.awsRegion as aws_region,
  b.r.recipientAccountId as recipient_account_id, b.r.eventID as event_id, b.r.eventName as event_name,
  b.r.eventSource as event_source, b.r.eventType as event_type, b.r.eventCategory as event_category,
  b.r.eventVersion as event_version, b.r.apiVersion as api_version, try_cast(b.r.eventTime as timestamp) as event_time,
  try_cast(b.r.readOnly as boolean) as read_only, try_cast(b.r.managementEvent as boolean) as management_event,
  b.r.errorCode as error_code, b.r.errorMessage as error_message, b.r.sourceIPAddress as source_ip_address,
  b.r.userAgent as user_agent, b.r.requestID as request_id, b.r.sharedEventID as shared_event_id,
  b.r.vpcEndpointId as vpc_endpoint_id, b.r.sessionCredentialFromConsole as session_credential_from_console,
  b.r.userIdentity.type as user_type, b.r.userIdentity.principalId as principal_id, b.r.userIdentity.arn as actor_arn,
  b.r.userIdentity.accountId as actor_account_id, nullif(b.r.userIdentity.accessKeyId, '') as access_key_id,
  b.r.userIdentity.userName as user_name, b.r.userIdentity.invokedBy as invoked_by,
  b.r.userIdentity.identityProvider as identity_provider,
  epoch_ms(coalesce(
    try_cast(b.r.userIdentity.sessionContext.attributes.creationDate as timestamp),
    try_strptime(b.r.userIdentity.sessionContext.attributes.creationDate, '%Y%m%dT%H%M%SZ'))) as session_started,
  b.r.userIdentity.sessionContext.attributes.mfaAuthenticated as session_mfa,
  b.r.userIdentity.sessionContext.ec2RoleDelivery as ec2_role_delivery,
  b.r.userIdentity.sessionContext.sessionIssuer.type as issuer_type,
  b.r.userIdentity.sessionContext.sessionIssuer.principalId as issuer_principal_id,
  b.r.userIdentity.sessionContext.sessionIssuer.arn as issuer_arn,
  b.r.userIdentity.sessionContext.sessionIssuer.accountId as issuer_account_id,
  b.r.userIdentity.sessionContext.sessionIssuer.userName as issuer_user_name,
  b.r.userIdentity.sessionContext.webIdFederationData.federatedProvider as federated_provider,
  nullif(b.r.userIdentity.sessionContext.webIdFederationData.attributes, 'null') as federated_attributes,
  nullif(b.r.requestParameters, 'null') as request_parameters,
  nullif(b.r.responseElements, 'null') as response_elements,
  nullif(b.r.additionalEventData, 'null') as additional_event_data, nullif(b.r.resources, 'null') as resources,
  nullif(b.r.serviceEventDetails, 'null') as service_event_details,
  nullif(b.r.edgeDeviceDetails, 'null') as edge_device_details"""


def typed(batch: str) -> str:
    """Give the columns of aws_cloudtrail_event, in their order, for a batch of records."""
    return f"""
select {", ".join(ALL)} from (
  select p.*,
    case p.user_type
      when 'Root' then 'root'
      when 'AssumedRole' then nullif(split_part(p.principal_id, ':', 2), '')
      when 'FederatedUser' then nullif(split_part(p.actor_arn, 'federated-user/', 2), '')
      else p.user_name
    end as username,
    case when p.event_name = 'ConsoleLogin' then p.response_elements ->> '$.ConsoleLogin' end as console_login,
    case when p.event_name = 'ConsoleLogin' then p.additional_event_data ->> '$.MFAUsed' end as mfa_used,
    coalesce(
      [t_ for t_ in json_extract_string(p.request_parameters, [{_NAMED}]) if t_ is not null][1],
      case when p.event_name = 'CreateAccessKey' then p.response_elements ->> '$.accessKey.accessKeyId' end) as target
  from (
    select {_FIELDS}
    from (select d.*, from_json(d.event, '{json.dumps(RECORD)}') as r from ({batch}) d) b
    where coalesce(b.r.eventName, b.r.eventID) is not null) p)"""


def looked_up(raw: str) -> str:
    """Give the batch of what look-ups found: each event of an account and region once, with its place among the answers.

    An item whose record is missing or no JSON still tells the essentials.
    """
    return f"""
select e.account_id as account_hint, e.region as region_hint,
  coalesce(try_cast(e.item ->> '$.CloudTrailEvent' as json), json_object(
    'eventID', e.item -> '$.EventId', 'eventName', e.item -> '$.EventName', 'eventTime', e.item -> '$.EventTime',
    'eventSource', e.item -> '$.EventSource', 'readOnly', e.item -> '$.ReadOnly',
    'userIdentity', json_object('userName', e.item -> '$.Username', 'accessKeyId', e.item -> '$.AccessKeyId'))) as event,
  'look-up' as found_by, null as log_file, nullif(e.item -> '$.Resources', 'null') as looked_up,
  row_number() over (partition by e.account_id, e.region order by e.bound, e.rowid) as position, e.synced_at
from raw."{raw}" e
qualify row_number() over (partition by e.account_id, e.region, e.item ->> '$.EventId' order by e.bound, e.rowid) = 1"""


def as_raw(raw: str) -> str:
    """Give the view that shows the records of log files as a raw table does."""
    return (
        f'create view raw."{raw}" as select account_id, region, '
        "cast(json_object('Key', log_file) as json) as bound, event as item, synced_at "
        f"from main.{NAME} where log_file is not null"
    )


def logged(raw: str) -> str:
    """Give the batch of what log files held, out of a run file that has it."""
    return f"""
select l.account_id, l.region, l.item,
  case when (select r.options ->> '$.import' from iamsql.run r) = 'true' then 'import' else 'trail' end,
  l.bound ->> '$.Key', null, null, l.synced_at
from raw."{raw}" l"""


def once(events: str) -> str:
    """Keep each event of an account once: the record of a log file before a look-up's, which lends it what it alone has."""
    whose = "partition by e.account_id, coalesce(e.event_id, cast(e.place as varchar))"
    return f"""
select e.* exclude (place, looked_up, position, found_by),
  max(e.looked_up) over ({whose}) as looked_up, min(e.position) over ({whose}) as position,
  case when count(distinct e.found_by) over ({whose}) > 1 then 'look-up, trail' else e.found_by end as found_by
from (select t.*, row_number() over () as place from ({events}) t) e
qualify row_number() over ({whose} order by e.log_file is null, e.place) = 1"""
