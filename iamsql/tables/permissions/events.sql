-- The IAM actions of CloudTrail events.

-- Whether an error code says that the call was not allowed, or not authenticated. Other errors occur after the call was authorized,
-- or leave that open.
create or replace macro iam_is_denied(error_code) as
    coalesce(regexp_matches(
        error_code,
        'AccessDenied|Unauthorized|NotAuthorized|Forbidden|AuthorizationError|AuthFailure|ExpiredToken|InvalidClientTokenId'
        || '|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|MissingAuthenticationToken'
    ), false);

-- The operation of an event name: Lambda, CloudFront and others append the version of their API.
create or replace macro iam_operation(event_name) as
    regexp_replace(event_name, '(\d{4}_\d{2}_\d{2}|\d{8}(v\d+)?)$', '', 'g');

-- The user or role of an event: for a session, its issuer. The ARN of a role session without issuer gives the ARN of the role
-- without its path.
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

-- The first value other than null at the paths of an object, as JSON and as text.
create or replace macro iam_first_json(parameters, paths) as
    [
        json_extract(parameters, path_) for path_ in paths
        if coalesce(json_type(json_extract(parameters, path_)), 'NULL') <> 'NULL'
    ][1];

create or replace macro iam_first_text(parameters, paths) as json_extract_string(iam_first_json(parameters, paths), '$');

-- The user, role or group that the request parameters of an IAM event name, with its kind, such as user/alice.
create or replace macro iam_policy_holder(parameters) as
    coalesce(
        'user/' || (parameters ->> '$.userName'), 'role/' || (parameters ->> '$.roleName'),
        'group/' || (parameters ->> '$.groupName')
    );
