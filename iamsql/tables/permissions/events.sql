-- Macros that interpret CloudTrail events: errors, operations, principals and request parameters.

-- Returns whether an error code means that the call was not allowed or not authenticated. Other errors occur after the
-- authorization of the call, or do not show whether it was authorized.
create or replace macro iam_is_denied(error_code) as
    coalesce(regexp_matches(
        error_code,
        'AccessDenied|Unauthorized|NotAuthorized|Forbidden|AuthorizationError|AuthFailure|ExpiredToken|InvalidClientTokenId'
        || '|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|MissingAuthenticationToken'
    ), false);

-- Returns the operation of an event name, without the API version that Lambda, CloudFront and others append.
create or replace macro iam_operation(event_name) as
    regexp_replace(event_name, '(\d{4}_\d{2}_\d{2}|\d{8}(v\d+)?)$', '', 'g');

-- Returns the user or role of an event. For a session this is the issuer. If a role session has no issuer, the result is the ARN
-- of the role without its path.
create or replace macro iam_event_principal(issuer_arn, actor_arn) as
    coalesce(
        issuer_arn,
        case
            when actor_arn like 'arn:%:sts::%:assumed-role/%' then
                concat(
                    'arn:', split_part(actor_arn, ':', 2), ':iam::', split_part(actor_arn, ':', 5), ':role/',
                    split_part(actor_arn, '/', 2)
                )
            else actor_arn
        end
    );

-- Returns the first value other than NULL at the paths of an object, as JSON or as text.
create or replace macro iam_first_json(parameters, paths) as
    [
        json_extract(parameters, path_) for path_ in paths
        if coalesce(json_type(json_extract(parameters, path_)), 'NULL') <> 'NULL'
    ][1];

create or replace macro iam_first_text(parameters, paths) as json_extract_string(iam_first_json(parameters, paths), '$');

-- Returns the user, role or group in the request parameters of an IAM event, with its kind, such as user/alice.
create or replace macro iam_policy_holder(parameters) as
    coalesce(
        'user/' || (parameters ->> '$.userName'), 'role/' || (parameters ->> '$.roleName'),
        'group/' || (parameters ->> '$.groupName')
    );
