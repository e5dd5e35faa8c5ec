"""SQL that parses CloudTrail records, from look-ups, trails and imported files, into the rows of aws_cloudtrail_event.

A batch of records is a SELECT with the columns account_hint and region_hint (for records without account and region), event
(JSON), data_source, log_file, lookup_resources (the Resources that LookupEvents adds), position and synced_at.
"""

import json
from typing import Any

# The request parameters that name a resource, the most specific first: the first parameter of a request is its target.
TARGET_PARAMETERS = (
    "userName roleName groupName roleArn policyArn policyName accessKeyId serialNumber instanceProfileName sAMLProviderArn "
    "openIDConnectProviderArn url trailName bucketName keyId secretId functionName snapshotId dBSnapshotIdentifier "
    "dBClusterSnapshotIdentifier imageId instanceId detectorId target accountId targetId principalId permissionSetArn "
    "resourceArn stackName name"
).split()
_IDENTITY = dict.fromkeys(
    ("type", "principalId", "arn", "accountId", "userName", "accessKeyId", "invokedBy"), "VARCHAR"
)
# The members of a record that are stored in columns, as a structure for from_json: a member that is missing or of another type
# is NULL.
RECORD: dict[str, Any] = {
    **dict.fromkeys(
        "eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage eventID readOnly eventType "
        "recipientAccountId vpcEndpointId".split(),
        "VARCHAR",
    ),
    "requestParameters": dict.fromkeys(TARGET_PARAMETERS, "VARCHAR"),
    "responseElements": {"accessKey": {"accessKeyId": "VARCHAR"}, "credentials": {"accessKeyId": "VARCHAR"}},
    "userIdentity": {
        **_IDENTITY,
        "sessionContext": {
            "attributes": {"creationDate": "VARCHAR", "mfaAuthenticated": "VARCHAR"},
            "sessionIssuer": {"arn": "VARCHAR"},
        },
    },
}
EVENTS_TABLE = "iamsql.events"
STORED_COLUMNS = (
    "account_id region event_time event_name event_source error_code error_message username user_type actor_arn issuer_arn "
    "access_key_id about_key_id source_ip_address vpc_endpoint_id target read_only event_id event_type user_agent principal_id "
    "actor_account_id user_name invoked_by session_mfa console_login mfa_used data_source log_file session_started position "
    "synced_at lookup_resources event"
).split()
# The columns that are read from `event` in a query. Storing them as well would make loading a fifth slower.
_TEXT_PATHS = {
    "event_category": "eventCategory",
    "event_version": "eventVersion",
    "api_version": "apiVersion",
    "aws_region": "awsRegion",
    "recipient_account_id": "recipientAccountId",
    "request_id": "requestID",
    "shared_event_id": "sharedEventID",
    "session_credential_from_console": "sessionCredentialFromConsole",
    "identity_provider": "userIdentity.identityProvider",
    "ec2_role_delivery": "userIdentity.sessionContext.ec2RoleDelivery",
    "issuer_type": "userIdentity.sessionContext.sessionIssuer.type",
    "issuer_principal_id": "userIdentity.sessionContext.sessionIssuer.principalId",
    "issuer_account_id": "userIdentity.sessionContext.sessionIssuer.accountId",
    "issuer_user_name": "userIdentity.sessionContext.sessionIssuer.userName",
    "federated_provider": "userIdentity.sessionContext.webIdFederationData.federatedProvider",
}
_JSON_PATHS = {
    "request_parameters": "requestParameters",
    "response_elements": "responseElements",
    "additional_event_data": "additionalEventData",
    "resources": "resources",
    "service_event_details": "serviceEventDetails",
    "edge_device_details": "edgeDeviceDetails",
    "federated_attributes": "userIdentity.sessionContext.webIdFederationData.attributes",
}
_RECORD_COLUMNS = {
    **{name: f"e.event ->> '$.{path}'" for name, path in _TEXT_PATHS.items()},
    **{name: f"nullif(e.event -> '$.{path}', 'null')" for name, path in _JSON_PATHS.items()},
    "management_event": "try_cast(e.event ->> '$.managementEvent' as boolean)",
}
# Stored columns that are missing in run files of earlier versions, with the expressions of their values.
ADDED_COLUMNS = {"vpc_endpoint_id": "event ->> '$.vpcEndpointId'"}
# Columns with few distinct values. A fixed compression saves DuckDB the choice, which takes a tenth of the loading.
_DICTIONARY_COLUMNS = (
    "account_id region event_name event_source error_code user_type event_type actor_account_id invoked_by session_mfa "
    "console_login mfa_used data_source log_file username actor_arn issuer_arn user_name principal_id user_agent "
    "source_ip_address vpc_endpoint_id"
).split()
# The types of columns that are not text.
EVENT_TYPES = {
    "event_time": "TIMESTAMP",
    "read_only": "BOOLEAN",
    "session_started": "BIGINT",
    "position": "BIGINT",
    "synced_at": "TIMESTAMP WITH TIME ZONE",
    "lookup_resources": "JSON",
    "event": "JSON",
}
# ZSTD needs a sixth of the space and half of the time of the compression that DuckDB would choose for records.
_COMPRESSIONS = dict.fromkeys(_DICTIONARY_COLUMNS, " using compression dictionary") | {
    "event": " using compression zstd"
}
_DEFINITIONS = ", ".join(
    f"{name} {EVENT_TYPES.get(name, 'VARCHAR')}{_COMPRESSIONS.get(name, '')}" for name in STORED_COLUMNS
)
CREATE_EVENTS = (
    f"create table {EVENTS_TABLE} ({_DEFINITIONS})",
    f"comment on table {EVENTS_TABLE} is 'Every CloudTrail event once. aws_cloudtrail_event and its variants are views of it.'",
)

_TARGETS = ", ".join(f"p.parameters.{name}" for name in TARGET_PARAMETERS)

# random() keeps DuckDB from pushing a condition on a parsed column below the parsing, which would parse each record twice.
_PARSED = f"case when random() >= 0 then from_json(d.event, '{json.dumps(RECORD)}') end"
# AWS's examples of STS records have a creationDate in the compact form 20131102T010628Z.
_FIELDS = """b.event, b.data_source, b.log_file, b.lookup_resources, b.position, b.synced_at,
  coalesce(nullif(b.r.recipientAccountId, ''), nullif(b.r.userIdentity.accountId, ''),
    nullif(b.account_hint, '')) as account_id,
  coalesce(b.r.awsRegion, nullif(b.region_hint, '')) as region, b.r.eventID as event_id, b.r.eventName as event_name,
  b.r.eventSource as event_source, b.r.eventType as event_type, try_cast(b.r.eventTime as timestamp) as event_time,
  try_cast(b.r.readOnly as boolean) as read_only, b.r.errorCode as error_code, b.r.errorMessage as error_message,
  b.r.sourceIPAddress as source_ip_address, b.r.vpcEndpointId as vpc_endpoint_id,
  b.r.userAgent as user_agent, b.r.userIdentity.type as user_type,
  b.r.userIdentity.principalId as principal_id, b.r.userIdentity.arn as actor_arn,
  b.r.userIdentity.accountId as actor_account_id, nullif(b.r.userIdentity.accessKeyId, '') as access_key_id,
  b.r.userIdentity.userName as user_name, b.r.userIdentity.invokedBy as invoked_by,
  epoch_ms(coalesce(
    try_cast(b.r.userIdentity.sessionContext.attributes.creationDate as timestamp),
    try_strptime(b.r.userIdentity.sessionContext.attributes.creationDate, '%Y%m%dT%H%M%SZ'))) as session_started,
  b.r.userIdentity.sessionContext.attributes.mfaAuthenticated as session_mfa,
  b.r.userIdentity.sessionContext.sessionIssuer.arn as issuer_arn, b.r.requestParameters as parameters,
  coalesce(b.r.responseElements.accessKey.accessKeyId, b.r.responseElements.credentials.accessKeyId,
    b.r.requestParameters.accessKeyId) as about_key_id"""


def insert_events(events: str) -> str:
    """Return the INSERT for a SELECT of `parse_records`."""
    return f"insert into {EVENTS_TABLE} {events}"


def parse_records(batch: str) -> str:
    """Return the SELECT of the stored columns for a batch of records."""
    # console_login and mfa_used are not members of RECORD, because from_json would parse them in every record.
    return f"""
select {", ".join(STORED_COLUMNS)} from (
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
      {_TARGETS},
      case when p.event_name = 'CreateAccessKey' then p.about_key_id end) as target
  from (
    select {_FIELDS}
    from (select d.*, {_PARSED} as r from ({batch}) d) b
    where coalesce(b.r.eventName, b.r.eventID) is not null) p)"""


def with_record_columns(events: str) -> str:
    """Return the SELECT of all columns of aws_cloudtrail_event for a SELECT of the stored columns."""
    return f"select e.*, {', '.join(f'{sql} as {name}' for name, sql in _RECORD_COLUMNS.items())} from ({events}) e"


def lookup_batch(raw: str) -> str:
    """Return the batch of the items of LookupEvents in a raw table, with each event of an account and region once.

    An item whose record is missing or is not JSON becomes a record of the item's own members.
    """
    # Several look-ups can return the same event, such as one by the name of the event and one of the root user's events.
    return f"""
select e.account_id as account_hint, e.region as region_hint,
  coalesce(try_cast(e.item ->> '$.CloudTrailEvent' as json), json_object(
    'eventID', e.item -> '$.EventId', 'eventName', e.item -> '$.EventName', 'eventTime', e.item -> '$.EventTime',
    'eventSource', e.item -> '$.EventSource', 'readOnly', e.item -> '$.ReadOnly',
    'userIdentity', json_object('userName', e.item -> '$.Username', 'accessKeyId', e.item -> '$.AccessKeyId'))) as event,
  'event_history' as data_source, null as log_file, nullif(e.item -> '$.Resources', 'null') as lookup_resources,
  row_number() over (partition by e.account_id, e.region order by e.bound, e.rowid) as position, e.synced_at
from raw."{raw}" e
qualify row_number() over (partition by e.account_id, e.region, e.item ->> '$.EventId' order by e.bound, e.rowid) = 1"""


def create_raw_view(raw: str) -> str:
    """Return the statement that creates a view of the records of log files with the columns of a raw table."""
    return (
        f'create view raw."{raw}" as select account_id, region, '
        "cast(json_object('Key', log_file) as json) as bound, event as item, synced_at "
        f"from {EVENTS_TABLE} where log_file is not null"
    )


def deduplicate(events: str) -> str:
    """Return the SELECT with each event of an account once: a record of a log file wins, and receives `lookup_resources`."""
    # An event without an ID is equal to no other event: its place distinguishes it.
    same_event = "partition by e.account_id, coalesce(e.event_id, cast(e.place as varchar))"
    return f"""
select e.* exclude (place, lookup_resources, position, data_source),
  max(e.lookup_resources) over ({same_event}) as lookup_resources, min(e.position) over ({same_event}) as position,
  case when count(distinct e.data_source) over ({same_event}) > 1 then 'event_history, trail' else e.data_source end as data_source
from (select t.*, row_number() over () as place from ({events}) t) e
qualify row_number() over ({same_event} order by e.log_file is null, e.place) = 1"""
