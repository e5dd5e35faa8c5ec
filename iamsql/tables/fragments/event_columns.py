"""Columns that the tables of CloudTrail events share; the descriptions follow AWS's list of record contents."""

from collections.abc import Iterator

from iamsql.tables.fragments.columns import C

_COLUMNS = (
    C("access_key_id", "text", "The ID of the access key that signed the request."),
    C("additional_event_data", "json", "Additional data that is not part of the request or response, such as MFAUsed."),
    C("api_version", "text", "The API version of the request."),
    C("aws_region", "text", "The region that the request was made to."),
    C("console_login", "text", "The result of a ConsoleLogin event: Success or Failure."),
    C("edge_device_details", "json", "The edge devices that are targets of the request."),
    C("error_code", "text", "The AWS error code if the request returned an error."),
    C("error_message", "text", "The description of the error."),
    C("event_category", "text", "The category: Management, Data, Insight or NetworkActivity."),
    C("event_id", "text", "The GUID of the event."),
    C("event_name", "text", "The requested API action, such as CreateUser."),
    C("event_source", "text", "The service that the request was made to, such as iam.amazonaws.com."),
    C("event_type", "text", "The type: AwsApiCall, AwsConsoleSignIn, AwsServiceEvent …"),
    C("event_version", "text", "The version of the record format."),
    C("management_event", "boolean", "Whether the event is a management event."),
    C("mfa_used", "text", "Whether a ConsoleLogin used MFA: Yes or No."),
    C("read_only", "boolean", "Whether the action is read-only."),
    C("recipient_account_id", "text", "The ID of the account that received the event."),
    C("request_id", "text", "The ID of the request."),
    C("request_parameters", "json", "The parameters of the request."),
    C("resources", "json", "The resources that the event accessed."),
    C("response_elements", "json", "The elements of the response."),
    C("service_event_details", "json", "The details of a service event."),
    C("session_credential_from_console", "text", "'true' if the request came from a console session, otherwise null."),
    C("shared_event_id", "text", "The GUID that the events of one action in several accounts share."),
    C("source_ip_address", "text", "The IP address that the request came from; a service name for AWS services."),
    C("user_agent", "text", "The agent through which the request was made, such as the console or an SDK."),
    C("user_type", "text", "The type of the identity: Root, IAMUser, AssumedRole, AWSService …"),
    C("vpc_endpoint_id", "text", "The ID of the VPC endpoint through which the request was made."),
)
_BY_NAME = {column.name: column for column in _COLUMNS}
EVENT_TIME = "The date and time when the request was completed, in UTC."
FILTER = "Always null: the Steampipe plugin for AWS returns the filter of the query here."


def event_columns(names: str) -> Iterator[C]:
    """Return the columns with these names, separated by spaces."""
    return (_BY_NAME[name] for name in names.split())
