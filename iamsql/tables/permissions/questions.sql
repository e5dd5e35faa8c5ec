-- Constructors of the questions and subjects of policy evaluation, as structs.

-- Returns a user or role as it is. Escalation also evaluates subjects as they are after changes:
--   has_administrator_access: AdministratorAccess is attached
--   removed_items: these policies or groups are removed (iam_policy_item, iam_group_item)
--   is_unbounded: the permissions boundary is removed
--   groups: the user is a member of more groups
--   is_new: a new user or role in the principal's account, without the policies of the principal
-- A subject can also be a session of a role, with a session policy and session tags as JSON text.
create or replace macro iam_subject(arn) as
    iam_session_subject(arn, arn, cast(null as varchar), cast(null as varchar), cast(null as varchar));

create or replace macro iam_session_subject(subject, principal, session_name, session_policy, session_tags) as {
    'subject': subject, 'principal': principal, 'groups': cast(null as varchar[]), 'removed_items': cast(null as varchar[]),
    'has_administrator_access': false, 'is_unbounded': false, 'is_new': false,
    'session_name': session_name, 'session_policy': session_policy, 'session_tags': session_tags
};

-- Returns a question: may the subject perform the action on the resource? A NULL subject stands for each subject. `context` lists
-- condition keys with their values in the request, or with NULL for a key that the request does not have.
create or replace macro iam_subject_question(subject, action, resource, context) as {
    'subject': subject, 'action': action, 'resource': resource, 'context': context
};

-- Returns whether the trust policy of a role decides a request: a request to AWS STS that starts a session of the role.
create or replace macro iam_uses_trust_policy(action, resource) as
    lower(action) in (
        'sts:assumerole', 'sts:assumerolewithsaml', 'sts:assumerolewithwebidentity', 'sts:tagsession', 'sts:setsourceidentity',
        'sts:setcontext'
    ) and regexp_full_match(resource, 'arn:[^:*?]*:iam::\d{12}:role/[^*?]+');

create or replace macro iam_no_context() as cast([] as struct("key" varchar, "values" varchar[])[]);

create or replace macro iam_question(action, resource) as
    iam_subject_question(cast(null as varchar), action, resource, iam_no_context());

-- Returns lists of subjects and questions with their types. NULL and an empty list have no types of their own.
create or replace macro iam_subject_list(subjects) as cast(subjects as struct(
    subject varchar, principal varchar, "groups" varchar[], removed_items varchar[],
    has_administrator_access boolean, is_unbounded boolean, is_new boolean,
    session_name varchar, session_policy varchar, session_tags varchar
)[]);

create or replace macro iam_question_list(questions) as cast(questions as struct(
    subject varchar, "action" varchar, resource varchar, context struct("key" varchar, "values" varchar[])[]
)[]);

-- Returns a list of rows of iam_known_resources with its type.
create or replace macro iam_resource_list(resources) as cast(resources as struct(
    account_id varchar, resource_type varchar, arn varchar, "name" varchar, document_id varchar, policy_status varchar,
    restrict_public_buckets boolean, object_ownership varchar, ignore_public_acls boolean, "grants" json, key_manager varchar
)[]);

-- Returns one key for the number of a question and the number of a subject or scope, which may be negative. DuckDB joins by one
-- key faster.
create or replace macro iam_pair_key(question, scope_id) as question * 4294967296 + scope_id;

-- Returns whether a question is about any resource: `any`, or for one resource type of IAM `any user`, `any role` and so on.
create or replace macro iam_is_any_resource(resource) as resource = 'any' or starts_with(resource, 'any ');

-- Returns whether a statement with these resource patterns (NULL for none) has the same effect on all resources of a question: the
-- question is about one resource, or the patterns include `*`.
create or replace macro iam_ignores_resource(resource, patterns) as
    not iam_is_any_resource(resource) or coalesce(list_contains(patterns, '*'), true);

-- Returns whether a statement with these patterns of NotResource matches no resource at all.
create or replace macro iam_excludes_every_resource(not_resources) as coalesce(list_contains(not_resources, '*'), false);

-- Returns the name of the target of an organization's policy, as text for the account to which the policy applies.
create or replace macro iam_target_name(account_id, target_id, target_name) as
    case when target_id = account_id then 'the account' else target_name end;

-- Returns a requester from the ARN of a user, role or session. The ARN of a session does not contain the path of the role, so a
-- session is given with the role's ARN.
create or replace macro iam_requester(principal, role_arn, session_policy, session_tags) as
    case
        when principal like 'arn:%:sts::%:assumed-role/%/%' then iam_session_subject(
            principal,
            coalesce(role_arn, concat(
                replace(split_part(principal, ':assumed-role/', 1), ':sts:', ':iam:'), ':role/', split_part(principal, '/', 2)
            )),
            split_part(principal, '/', 3), session_policy, session_tags
        )
        else iam_session_subject(principal, principal, cast(null as varchar), session_policy, session_tags)
    end;

-- Returns the JSON object of an argument.
create or replace macro iam_given_json(text, argument) as
    case
        when json_valid(text) and json_type(text) = 'OBJECT' then [
            case when key_ is null then cast(text as json) else error(concat(argument, ' has the key ', key_, ' twice.')) end
            for key_ in [duplicate_key(cast(text as json))]
        ][1]
        else error(concat(argument, ' must be a JSON object, such as {"Version": "2012-10-17", "Statement": []} for a policy.'))
    end;

-- Returns whether a Federated principal of a trust policy is Amazon Cognito identity pools, in any partition.
create or replace macro iam_is_identity_pool(principal) as
    regexp_matches(principal, '^cognito-identity[a-z0-9.-]*\.amazonaws\.com(\.cn)?$');

-- Returns the type of a caller that is not a user or role of the run, from its name. These names have a type; for others the
-- result is NULL:
--   `*` for everyone
--   a service or an identity provider
--   the ID of an account, which stands for a principal of that account
--   a root user, a user, a role or a role session
create or replace macro iam_caller_type(principal) as
    case
        when principal = '*' then 'Anonymous'
        when principal like 'arn:%:iam::%:saml-provider/%' or principal like 'arn:%:iam::%:oidc-provider/%' then 'Federated'
        when iam_is_identity_pool(principal) then 'Federated'
        when regexp_full_match(principal, '[a-z0-9.-]+\.amazonaws\.com(\.cn)?') then 'Service'
        -- a provider without an ARN, such as accounts.google.com
        when regexp_full_match(principal, '[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+') then 'Federated'
        when regexp_full_match(principal, '\d{12}') then 'Principal'
        when regexp_full_match(principal, 'arn:[^:]*:iam::\d{12}:root') then 'Account'
        when principal like 'arn:%:iam::%:user/%' then 'User'
        when principal like 'arn:%:iam::%:role/%' or principal like 'arn:%:sts::%:assumed-role/%' then 'AssumedRole'
    end;

-- Returns what a caller is, for the text of an answer.
create or replace macro iam_caller_text(principal) as
    case iam_caller_type(principal)
        when 'Anonymous' then 'everyone' when 'Federated' then 'federated' when 'Service' then 'service' when 'Principal' then 'account'
        when 'Account' then 'root user' when 'User' then 'user' when 'AssumedRole' then 'role'
    end;

-- Returns the condition keys of a request that a service makes for a resource.
create or replace macro iam_source_context(source_arn, source_account) as
    case when source_arn is null then iam_no_context() else [{'key': 'aws:sourcearn', 'values': [source_arn]}] end
    || case
        when coalesce(source_account, iam_resource_account(source_arn)) is null then []
        else [{'key': 'aws:sourceaccount', 'values': [coalesce(source_account, iam_resource_account(source_arn))]}]
    end;

-- Returns the name of what can be taken from a user or role: a policy of its own or of one of its groups, or the membership of a
-- group.
create or replace macro iam_policy_item(policy_arn, policy_name, group_name) as
    concat_ws(' of group ', coalesce(policy_arn, concat('inline policy ', policy_name)), group_name);

create or replace macro iam_group_item(group_name) as concat('group ', group_name);
