-- Checks the arguments of the query macros in a run file. A malformed argument, or an action that AWS does not have, is an error:
-- otherwise the answer about a misspelled name would be that nothing is allowed. The commands look up principals, keys and
-- accounts. Macros do not.

-- Returns the known actions of a service in lower case, as `|createuser|deleteuser|`, or '' for an unknown service.
create or replace macro iam_service_actions(service) as
    split_part(split_part(iam_action_list(), concat(chr(10), lower(service), ','), 2), chr(10), 1);

-- Returns whether a string is one of these:
--   a known action, or a pattern that matches one
--   the pattern *
--   an action that ends with ! because it is newer than the list
create or replace macro iam_is_action(action) as
    action = '*'
    or regexp_full_match(action, '[a-zA-Z0-9-]+:[a-zA-Z0-9]+!')
    or regexp_full_match(action, '[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+') and regexp_matches(
        iam_service_actions(split_part(action, ':', 1)),
        concat('\|', replace(replace(lower(split_part(action, ':', 2)), '*', '[^|]*'), '?', '[^|]'), '\|')
    );

-- Returns whether a string is a caller: * for everyone, an account, a service, or the ARN of a user, role, session, root user,
-- federated user or identity provider.
create or replace macro iam_is_caller(caller) as
    regexp_full_match(caller, '\*|\d{12}|[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)')
    or regexp_full_match(caller, 'arn:aws[a-z-]*:iam::\d{12}:(root|(user|role|saml-provider|oidc-provider)/.+)', 's')
    or regexp_full_match(caller, 'arn:aws[a-z-]*:sts::\d{12}:((assumed-role|federated-user)/.+|self)', 's');

-- Returns whether a string is the ARN of a resource, * for all resources or any for some resource.
create or replace macro iam_is_resource(resource) as
    resource in ('*', 'any') or regexp_full_match(resource, 'arn:(aws[a-z-]*|[*]):[^:\s]+:[^:\s]*:[^:\s]*:.+', 's');

-- Returns whether a JSON object has a valid action and, if it has a resource, a valid resource.
create or replace macro iam_is_request(request) as
    coalesce(iam_is_action(request ->> '$.action'), false) and iam_is_resource(coalesce(request ->> '$.resource', '*'));

-- Returns the first request of a JSON list with an invalid action or resource, or NULL if all are valid.
create or replace macro iam_wrong_request(requests) as
    [json_extract(request_, '$') for request_ in from_json(requests, '["JSON"]') if not iam_is_request(request_)][1];

-- Returns the first question of a JSON list with an invalid principal, action or resource, or NULL if all are valid.
create or replace macro iam_wrong_question(questions) as
    [
        json_extract(question_, '$') for question_ in from_json(questions, '["JSON"]')
        if not coalesce(iam_is_caller(question_ ->> '$.principal'), false) or not iam_is_request(question_)
    ][1];

-- Returns the first value of a JSON list that is not the ARN of a role, or NULL if all are.
create or replace macro iam_wrong_role(roles) as
    [
        coalesce(role_, 'null') for role_ in from_json(roles, '["VARCHAR"]')
        if not coalesce(regexp_full_match(role_, 'arn:aws[a-z-]*:iam::\d{12}:role/.+', 's'), false)
    ][1];
