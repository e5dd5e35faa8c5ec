"""Every CloudTrail event that the run read, each once, in the columns that Tailpipe's queries know.

It has no columns of our own: a query's alias, such as "Event" or region, would mean them.
"""

import json

from iamsql.model import Column as C
from iamsql.model import View

_ISSUER = 'STRUCT("account_id" VARCHAR, "arn" VARCHAR, "principal_id" VARCHAR, "type" VARCHAR, "user_name" VARCHAR)'
_CONTEXT = (
    'STRUCT("attributes" STRUCT("creation_date" BIGINT, "mfa_authenticated" VARCHAR), "ec2_role_delivery" VARCHAR, '
    f'"session_issuer" {_ISSUER}, "web_id_federation_data" STRUCT("attributes" JSON, "federated_provider" VARCHAR))'
)
USER_IDENTITY = (
    'STRUCT("access_key_id" VARCHAR, "account_id" VARCHAR, "arn" VARCHAR, "identity_provider" VARCHAR, "invoked_by" VARCHAR, '
    f'"principal_id" VARCHAR, "session_context" {_CONTEXT}, "type" VARCHAR, "user_name" VARCHAR)'
)
# What the struct of who asked has that no other column has, read at once; and its parts in the SELECT.
SAID = {
    "userIdentity": {
        "identityProvider": "VARCHAR",
        "sessionContext": {
            "ec2RoleDelivery": "VARCHAR",
            "sessionIssuer": dict.fromkeys(("type", "principalId", "accountId", "userName"), "VARCHAR"),
            "webIdFederationData": {"federatedProvider": "VARCHAR", "attributes": "JSON"},
        },
    }
}
_FROM, _WEB = "e.said.sessionContext.sessionIssuer", "e.said.sessionContext.webIdFederationData"
TLS_DETAILS = 'STRUCT("cipher_suite" VARCHAR, "client_provided_host_header" VARCHAR, "tls_version" VARCHAR)'

TABLE = View(
    "aws_cloudtrail_log",
    "Every CloudTrail event that look-ups, a trail's log files or imported files hold, each once, in Tailpipe's columns.",
    key=("tp_index", "event_id"),
    tables=("aws_cloudtrail_event",),
    columns=(
        C(
            "additional_event_data",
            "json",
            "More about the event than its request and answer: MFAUsed of a sign-in, and the like.",
        ),
        C("api_version", "text", "The version of the API that was called."),
        C("aws_region", "text", "The region it was asked of."),
        C("edge_device_details", "json", "The edge device that it was asked of."),
        C("error_code", "text", "Why it was refused; null when it was not."),
        C("error_message", "text", "AWS's words for that."),
        C("event_category", "text", "Management, Data, Insight or NetworkActivity."),
        C("event_id", "text", "The event's id."),
        C("event_name", "text", "The action, such as CreateUser."),
        C("event_source", "text", "The service it was asked of, such as iam.amazonaws.com."),
        C("event_time", "timestamp", "When it happened, in UTC."),
        C("event_type", "text", "AwsApiCall, AwsConsoleSignIn, AwsServiceEvent …"),
        C("event_version", "text", "The version of the record's format."),
        C("management_event", "boolean", "Whether it is a management event."),
        C("read_only", "boolean", "Whether it reads only."),
        C("recipient_account_id", "text", "The account that received the event."),
        C("request_id", "text", "The request's id."),
        C("request_parameters", "json", "What was asked."),
        C("resources", "json", "The resources that the record names."),
        C("response_elements", "json", "What was answered."),
        C("service_event_details", "json", "What a service event was about."),
        C("session_credential_from_console", "text", "'true' when a console session asked."),
        C("shared_event_id", "text", "The same for the events that one action caused in several accounts."),
        C("source_ip_address", "text", "Where it came from: an address or a service."),
        C("tls_details", TLS_DETAILS, "How the connection was encrypted."),
        C("user_agent", "text", "The program that asked."),
        C("user_identity", USER_IDENTITY, "Who asked."),
        C("vpc_endpoint_id", "text", "The VPC endpoint it came through."),
        C("tp_id", "text", "The event's id again, under the name that other people's queries know."),
        C("tp_source_type", "text", "What kind of source it was read from."),
        C("tp_ingest_timestamp", "timestamp", "When it was read, in UTC."),
        C("tp_timestamp", "timestamp", "When it happened, again."),
        C("tp_table", "text", "This table's name."),
        C("tp_partition", "text", "default."),
        C("tp_index", "text", "The account, again."),
        C("tp_date", "date", "The day on which it happened."),
        C("tp_source_ip", "text", "Where it came from, again."),
        C("tp_destination_ip", "text", "Not known to CloudTrail; null."),
        C("tp_source_name", "text", "Not used; null."),
        C("tp_source_location", "text", "The log file that holds it."),
        C("tp_akas", "varchar[]", "The ARN of who asked."),
        C("tp_ips", "varchar[]", "The addresses it names."),
        C("tp_tags", "varchar[]", "Not used; null."),
        C("tp_domains", "varchar[]", "Not used; null."),
        C("tp_emails", "varchar[]", "Not used; null."),
        C("tp_usernames", "varchar[]", "The names it names."),
    ),
    tail="none",
    stored=False,
    sql=f"""
select e.* exclude (said),
  case when coalesce(e.user_type, e.principal_id, e.actor_arn, e.user_name, e.invoked_by, e.actor_account_id) is not null
    then struct_pack(
      access_key_id := e.access_key_id, account_id := e.actor_account_id, arn := e.actor_arn,
      identity_provider := e.said.identityProvider, invoked_by := e.invoked_by, principal_id := e.principal_id,
      session_context := case
        when coalesce(e.session_mfa, e.issuer_arn, {_FROM}.principalId, {_WEB}.federatedProvider,
          e.said.sessionContext.ec2RoleDelivery) is not null
        then struct_pack(
          attributes := case when coalesce(cast(e.session_started as varchar), e.session_mfa) is not null
            then struct_pack(creation_date := e.session_started, mfa_authenticated := e.session_mfa) end,
          ec2_role_delivery := e.said.sessionContext.ec2RoleDelivery,
          session_issuer := case when coalesce(e.issuer_arn, {_FROM}.principalId, {_FROM}.type) is not null
            then struct_pack(
              account_id := {_FROM}.accountId, arn := e.issuer_arn, principal_id := {_FROM}.principalId,
              "type" := {_FROM}.type, user_name := {_FROM}.userName) end,
          web_id_federation_data := case
            when coalesce({_WEB}.federatedProvider, cast(nullif({_WEB}.attributes, 'null') as varchar)) is not null
            then struct_pack(
              attributes := nullif({_WEB}.attributes, 'null'), federated_provider := {_WEB}.federatedProvider) end) end,
      "type" := e.user_type, user_name := e.user_name) end as user_identity,
  case when json_type(e.event, '$.tlsDetails') = 'OBJECT' then struct_pack(
    cipher_suite := e.event ->> '$.tlsDetails.cipherSuite',
    client_provided_host_header := e.event ->> '$.tlsDetails.clientProvidedHostHeader',
    tls_version := e.event ->> '$.tlsDetails.tlsVersion') end as tls_details,
  'aws_cloudtrail_log' as tp_table, e.event_id as tp_id, e.event_time as tp_timestamp, e.account_id as tp_index,
  cast(e.event_time as date) as tp_date, e.source_ip_address as tp_source_ip, e.log_file as tp_source_location,
  'default' as tp_partition, e.synced_at at time zone 'UTC' as tp_ingest_timestamp,
  case when e.log_file is null then 'aws_cloudtrail' when e.found_by = 'import' then 'file' else 'aws_s3_bucket' end
    as tp_source_type,
  null as tp_source_name, null as tp_destination_ip, null as tp_tags, null as tp_domains, null as tp_emails,
  case when e.actor_arn is not null then [e.actor_arn] end as tp_akas,
  case when e.source_ip_address is not null then [e.source_ip_address] end as tp_ips,
  case when e.user_name is not null then [e.user_name] end as tp_usernames
from (select v.*, from_json(v.event, '{json.dumps(SAID)}').userIdentity as said from aws_cloudtrail_event v) e
""",
)
