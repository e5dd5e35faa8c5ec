"""How a CloudTrail record becomes a row of aws_cloudtrail_event, whoever delivered it: a look-up, a trail, or a file.

That one table holds every event once, in flat columns.
A batch of records is a SELECT of: account_hint and region_hint (for records that tell neither), event (JSON), found_by,
log_file, looked_up (the Resources that LookupEvents adds), position and synced_at.
"""

import json
from typing import Any

# What a request names, in the order in which it says most about what was done to: the first that is there is the target.
TARGETS = (
    "userName roleName groupName roleArn policyArn policyName accessKeyId serialNumber instanceProfileName sAMLProviderArn "
    "openIDConnectProviderArn url trailName bucketName keyId secretId functionName snapshotId dBSnapshotIdentifier "
    "dBClusterSnapshotIdentifier imageId instanceId detectorId target accountId targetId principalId permissionSetArn "
    "resourceArn stackName name"
).split()
_WHO = dict.fromkeys(("type", "principalId", "arn", "accountId", "userName", "accessKeyId", "invokedBy"), "VARCHAR")
# What of a record is stored in columns, in DuckDB's own words for from_json: what is missing or of another type is NULL.
RECORD: dict[str, Any] = {
    **dict.fromkeys(
        "eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage eventID readOnly eventType "
        "recipientAccountId".split(),
        "VARCHAR",
    ),
    "requestParameters": dict.fromkeys(TARGETS, "VARCHAR"),
    "responseElements": {"accessKey": {"accessKeyId": "VARCHAR"}, "credentials": {"accessKeyId": "VARCHAR"}},
    "userIdentity": {
        **_WHO,
        "sessionContext": {
            "attributes": {"creationDate": "VARCHAR", "mfaAuthenticated": "VARCHAR"},
            "sessionIssuer": {"arn": "VARCHAR"},
        },
    },
}
STORE = "iamsql.events"
STORED = (
    "account_id region event_time event_name event_source error_code error_message username user_type actor_arn issuer_arn "
    "access_key_id about_key_id source_ip_address target read_only event_id event_type user_agent principal_id "
    "actor_account_id user_name invoked_by session_mfa console_login mfa_used found_by log_file session_started position "
    "synced_at looked_up event"
).split()
# What is not stored: DuckDB reads it out of `event` when it is asked for. Storing it all costs a fifth of the loading.
_TEXTS_READ = {
    "event_category": "eventCategory",
    "event_version": "eventVersion",
    "api_version": "apiVersion",
    "aws_region": "awsRegion",
    "recipient_account_id": "recipientAccountId",
    "request_id": "requestID",
    "shared_event_id": "sharedEventID",
    "vpc_endpoint_id": "vpcEndpointId",
    "session_credential_from_console": "sessionCredentialFromConsole",
    "identity_provider": "userIdentity.identityProvider",
    "ec2_role_delivery": "userIdentity.sessionContext.ec2RoleDelivery",
    "issuer_type": "userIdentity.sessionContext.sessionIssuer.type",
    "issuer_principal_id": "userIdentity.sessionContext.sessionIssuer.principalId",
    "issuer_account_id": "userIdentity.sessionContext.sessionIssuer.accountId",
    "issuer_user_name": "userIdentity.sessionContext.sessionIssuer.userName",
    "federated_provider": "userIdentity.sessionContext.webIdFederationData.federatedProvider",
}
_DOCUMENTS_READ = {
    "request_parameters": "requestParameters",
    "response_elements": "responseElements",
    "additional_event_data": "additionalEventData",
    "resources": "resources",
    "service_event_details": "serviceEventDetails",
    "edge_device_details": "edgeDeviceDetails",
    "federated_attributes": "userIdentity.sessionContext.webIdFederationData.attributes",
}
_READ = {
    **{name: f"e.event ->> '$.{path}'" for name, path in _TEXTS_READ.items()},
    **{name: f"nullif(e.event -> '$.{path}', 'null')" for name, path in _DOCUMENTS_READ.items()},
    "management_event": "try_cast(e.event ->> '$.managementEvent' as boolean)",
}
# Texts of few values: DuckDB need not try every other way to compress them, which is a tenth of the time.
_REPEATED = (
    "account_id region event_name event_source error_code user_type event_type actor_account_id invoked_by session_mfa "
    "console_login mfa_used found_by log_file username actor_arn issuer_arn user_name principal_id user_agent "
    "source_ip_address"
).split()
_KINDS = {
    **dict.fromkeys(_REPEATED, "varchar using compression dictionary"),
    "event_time": "timestamp",
    "read_only": "boolean",
    "session_started": "bigint",
    "position": "bigint",
    "synced_at": "timestamptz",
    "looked_up": "json",
    # The whole record is kept with ZSTD: a sixth of the room and half of the time of what DuckDB would choose.
    "event": "json using compression zstd",
}
_DECLARED = ", ".join(f"{name} {_KINDS.get(name) or 'varchar'}" for name in STORED)
MADE = (
    f"create table {STORE} ({_DECLARED})",
    f"comment on table {STORE} is 'The CloudTrail events, each once: what aws_cloudtrail_event and its like are views of.'",
)

_NAMED = ", ".join(f"p.named.{name}" for name in TARGETS)


# random() keeps DuckDB from moving conditions on what was parsed below the parsing, where each record is parsed once more.
_PARSED = f"case when random() >= 0 then from_json(d.event, '{json.dumps(RECORD)}') end"
_FIELDS = """b.event, b.found_by, b.log_file, b.looked_up, b.position, b.synced_at,
  coalesce(nullif(b.r.recipientAccountId, ''), nullif(b.r.userIdentity.accountId, ''),
    nullif(b.account_hint, '')) as account_id,
  coalesce(b.r.awsRegion, nullif(b.region_hint, '')) as region, b.r.eventID as event_id, b.r.eventName as event_name,
  b.r.eventSource as event_source, b.r.eventType as event_type, try_cast(b.r.eventTime as timestamp) as event_time,
  try_cast(b.r.readOnly as boolean) as read_only, b.r.errorCode as error_code, b.r.errorMessage as error_message,
  b.r.sourceIPAddress as source_ip_address, b.r.userAgent as user_agent, b.r.userIdentity.type as user_type,
  b.r.userIdentity.principalId as principal_id, b.r.userIdentity.arn as actor_arn,
  b.r.userIdentity.accountId as actor_account_id, nullif(b.r.userIdentity.accessKeyId, '') as access_key_id,
  b.r.userIdentity.userName as user_name, b.r.userIdentity.invokedBy as invoked_by,
  epoch_ms(coalesce(
    try_cast(b.r.userIdentity.sessionContext.attributes.creationDate as timestamp),
    try_strptime(b.r.userIdentity.sessionContext.attributes.creationDate, '%Y%m%dT%H%M%SZ'))) as session_started,
  b.r.userIdentity.sessionContext.attributes.mfaAuthenticated as session_mfa,
  b.r.userIdentity.sessionContext.sessionIssuer.arn as issuer_arn, b.r.requestParameters as named,
  coalesce(b.r.responseElements.accessKey.accessKeyId, b.r.responseElements.credentials.accessKeyId,
    b.r.requestParameters.accessKeyId) as about_key_id"""


def filled(batch: str) -> str:
    """Give the statement that stores a SELECT of `typed`."""
    return f"insert into {STORE} {batch}"


def typed(batch: str) -> str:
    """Give the stored columns of aws_cloudtrail_event, in their order, for a batch of records."""
    return f"""
select {", ".join(STORED)} from (
  select p.*,
    case p.user_type
      when 'Root' then 'root'
      when 'AssumedRole' then nullif(split_part(p.principal_id, ':', 2), '')
      when 'FederatedUser' then nullif(split_part(p.actor_arn, 'federated-user/', 2), '')
      else p.user_name
    end as username,
    case when p.event_name = 'ConsoleLogin' then p.event ->> '$.responseElements.ConsoleLogin' end as console_login,
    case when p.event_name = 'ConsoleLogin' then p.event ->> '$.additionalEventData.MFAUsed' end as mfa_used,
    coalesce(
      {_NAMED},
      case when p.event_name = 'CreateAccessKey' then p.about_key_id end) as target
  from (
    select {_FIELDS}
    from (select d.*, {_PARSED} as r from ({batch}) d) b
    where coalesce(b.r.eventName, b.r.eventID) is not null) p)"""


def with_record_columns(events: str) -> str:
    """Add the columns that are read out of the record to a SELECT of `typed`, as the table has them."""
    return f"select e.*, {', '.join(f'{sql} as {name}' for name, sql in _READ.items())} from ({events}) e"


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
        f"from {STORE} where log_file is not null"
    )


def once(events: str) -> str:
    """Keep each event of an account once: the record of a log file before a look-up's, which lends it what it alone has."""
    whose = "partition by e.account_id, coalesce(e.event_id, cast(e.place as varchar))"
    return f"""
select e.* exclude (place, looked_up, position, found_by),
  max(e.looked_up) over ({whose}) as looked_up, min(e.position) over ({whose}) as position,
  case when count(distinct e.found_by) over ({whose}) > 1 then 'look-up, trail' else e.found_by end as found_by
from (select t.*, row_number() over () as place from ({events}) t) e
qualify row_number() over ({whose} order by e.log_file is null, e.place) = 1"""
