"""A CloudTrail event that a look-up, a log file of a trail or an imported file contains, in the columns of Tailpipe.

The table has no other columns, because a column with the name of an alias in a query, such as region, would take
precedence.
"""

import json

from iamsql.model import View
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.event_columns import EVENT_TIME, event_columns

_ISSUER_TYPE = (
    'STRUCT("account_id" VARCHAR, "arn" VARCHAR, "principal_id" VARCHAR, "type" VARCHAR, "user_name" VARCHAR)'
)
_CONTEXT_TYPE = (
    'STRUCT("attributes" STRUCT("creation_date" BIGINT, "mfa_authenticated" VARCHAR), "ec2_role_delivery" VARCHAR, '
    f'"session_issuer" {_ISSUER_TYPE}, "web_id_federation_data" STRUCT("attributes" JSON, "federated_provider" VARCHAR))'
)
IDENTITY_TYPE = (
    'STRUCT("access_key_id" VARCHAR, "account_id" VARCHAR, "arn" VARCHAR, "identity_provider" VARCHAR, "invoked_by" VARCHAR, '
    f'"principal_id" VARCHAR, "session_context" {_CONTEXT_TYPE}, "type" VARCHAR, "user_name" VARCHAR)'
)
# The members of userIdentity without a column of their own. from_json parses them all at once.
IDENTITY_DETAILS = {
    "userIdentity": {
        "identityProvider": "VARCHAR",
        "sessionContext": {
            "ec2RoleDelivery": "VARCHAR",
            "sessionIssuer": dict.fromkeys(("type", "principalId", "accountId", "userName"), "VARCHAR"),
            "webIdFederationData": {"federatedProvider": "VARCHAR", "attributes": "JSON"},
        },
    }
}
# A struct of NULLs is not NULL: each level is NULL if the record has none of its members.
_ISSUER_DETAILS = "e.identity.sessionContext.sessionIssuer"
_WEB_ID = "e.identity.sessionContext.webIdFederationData"
TLS_TYPE = 'STRUCT("cipher_suite" VARCHAR, "client_provided_host_header" VARCHAR, "tls_version" VARCHAR)'

TABLE = View(
    key=("tp_index", "event_id"),
    columns=(
        *event_columns(
            "additional_event_data api_version aws_region edge_device_details error_code error_message event_category event_id "
            "event_name event_source"
        ),
        C("event_time", "timestamp", EVENT_TIME),
        *event_columns(
            "event_type event_version management_event read_only recipient_account_id request_id request_parameters resources "
            "response_elements service_event_details session_credential_from_console shared_event_id source_ip_address"
        ),
        C("tls_details", TLS_TYPE, "The TLS version, the cipher suite and the host name of the connection."),
        *event_columns("user_agent"),
        C("user_identity", IDENTITY_TYPE, "The identity that made the request."),
        *event_columns("vpc_endpoint_id"),
        C("tp_id", "text", "A unique ID of the row: the event_id."),
        C("tp_source_type", "text", "The type of the source: aws_cloudtrail, aws_s3_bucket or file."),
        C("tp_ingest_timestamp", "timestamp", "The date and time when the run read the event, in UTC."),
        C("tp_timestamp", "timestamp", "The event_time."),
        C("tp_table", "text", "The name of this table."),
        C("tp_partition", "text", "Always default."),
        C("tp_index", "text", "The ID of the account that received the event."),
        C("tp_date", "date", "The date of the event, in UTC."),
        C("tp_source_ip", "text", "The source_ip_address."),
        C("tp_destination_ip", "text", "Always null: CloudTrail does not record it."),
        C("tp_source_name", "text", "Always null."),
        C("tp_source_location", "text", "The log file that contains the event; null if only a look-up returned it."),
        C("tp_akas", "varchar[]", "The ARN of the identity that made the request."),
        C("tp_ips", "varchar[]", "The IP addresses of the event: the source_ip_address."),
        C("tp_tags", "varchar[]", "Always null."),
        C("tp_domains", "varchar[]", "Always null."),
        C("tp_emails", "varchar[]", "Always null."),
        C("tp_usernames", "varchar[]", "The user names of the event."),
    ),
    common_columns="none",
    stored=False,
    sql=f"""
select e.* exclude (identity),
  case when coalesce(e.user_type, e.principal_id, e.actor_arn, e.user_name, e.invoked_by, e.actor_account_id) is not null
    then struct_pack(
      access_key_id := e.access_key_id, account_id := e.actor_account_id, arn := e.actor_arn,
      identity_provider := e.identity.identityProvider, invoked_by := e.invoked_by, principal_id := e.principal_id,
      session_context := case
        when coalesce(e.session_mfa, e.issuer_arn, {_ISSUER_DETAILS}.principalId, {_WEB_ID}.federatedProvider,
          e.identity.sessionContext.ec2RoleDelivery) is not null
        then struct_pack(
          attributes := case when coalesce(cast(e.session_started as varchar), e.session_mfa) is not null
            then struct_pack(creation_date := e.session_started, mfa_authenticated := e.session_mfa) end,
          ec2_role_delivery := e.identity.sessionContext.ec2RoleDelivery,
          session_issuer := case when coalesce(e.issuer_arn, {_ISSUER_DETAILS}.principalId, {_ISSUER_DETAILS}.type) is not null
            then struct_pack(
              account_id := {_ISSUER_DETAILS}.accountId, arn := e.issuer_arn, principal_id := {_ISSUER_DETAILS}.principalId,
              "type" := {_ISSUER_DETAILS}.type, user_name := {_ISSUER_DETAILS}.userName) end,
          web_id_federation_data := case
            when coalesce({_WEB_ID}.federatedProvider, cast(nullif({_WEB_ID}.attributes, 'null') as varchar)) is not null
            then struct_pack(
              attributes := nullif({_WEB_ID}.attributes, 'null'), federated_provider := {_WEB_ID}.federatedProvider) end) end,
      "type" := e.user_type, user_name := e.user_name) end as user_identity,
  case when json_type(e.event, '$.tlsDetails') = 'OBJECT' then struct_pack(
    cipher_suite := e.event ->> '$.tlsDetails.cipherSuite',
    client_provided_host_header := e.event ->> '$.tlsDetails.clientProvidedHostHeader',
    tls_version := e.event ->> '$.tlsDetails.tlsVersion') end as tls_details,
  'aws_cloudtrail_log' as tp_table, e.event_id as tp_id, e.event_time as tp_timestamp, e.account_id as tp_index,
  cast(e.event_time as date) as tp_date, e.source_ip_address as tp_source_ip, e.log_file as tp_source_location,
  'default' as tp_partition, e.synced_at at time zone 'UTC' as tp_ingest_timestamp,
  case when e.log_file is null then 'aws_cloudtrail' when e.data_source = 'import' then 'file' else 'aws_s3_bucket' end
    as tp_source_type,
  null as tp_source_name, null as tp_destination_ip, null as tp_tags, null as tp_domains, null as tp_emails,
  case when e.actor_arn is not null then [e.actor_arn] end as tp_akas,
  case when e.source_ip_address is not null then [e.source_ip_address] end as tp_ips,
  case when e.user_name is not null then [e.user_name] end as tp_usernames
from (select v.*, from_json(v.event, '{json.dumps(IDENTITY_DETAILS)}').userIdentity as identity from aws_cloudtrail_event v) e
""",
)
