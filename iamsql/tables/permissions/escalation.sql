-- Properties of the methods of privilege escalation, and the names of the nodes of the search.

-- Returns whether a method takes a policy with an explicit deny from a user, role or group, or a user from a group.
create or replace macro iam_removes_denies(method) as
    method = 'remove_user_from_group' or regexp_full_match(method, '(detach|delete)_(user|role|group)_policy');

-- Returns whether a method attaches a managed policy. The condition key iam:PolicyARN has the ARN of the policy.
create or replace macro iam_attaches_policy(method) as regexp_full_match(method, 'attach_(user|role|group)_policy');

-- Returns the methods that delete or replace the permissions boundary of a user or role.
create or replace macro iam_boundary_removals(type) as [concat('delete_', type, '_boundary'), concat('put_', type, '_boundary')];

-- Returns the restrictions of an action to some targets, from the keys on which its evaluation depends: the `resource`, `boundary`
-- and `tags` of the target, and the `policy` that is attached or detached. The tags of a role do not decide who may pass the role.
create or replace macro iam_limits(action, reasons) as list_distinct([
    limit_ for limit_ in [
        case
            when reason_ = 'resource' then 'resource'
            when lower(reason_) = 'iam:permissionsboundary' then 'boundary'
            when lower(reason_) = 'iam:policyarn' then 'policy'
            when lower(reason_) like '___:resourcetag/%' and action <> 'iam:PassRole' then 'tags'
        end
        for reason_ in reasons
    ] if limit_ is not null
]);

-- Returns the number of a question about a node.
create or replace macro iam_question_id(node, action, resource, context) as iam_hash(concat_ws(
    ' ', node, action, resource, cast(context as varchar)
));

-- Returns the name of the node of a user or role after changes:
--   has_administrator_access: a policy that allows everything is attached
--   in_groups: the user is in more groups
--   is_unbounded: the permissions boundary is removed
--   items: policies or groups are removed
create or replace macro iam_changed_node(arn, has_administrator_access, in_groups, is_unbounded, items) as concat_ws(
    ' ', arn, case when has_administrator_access then 'widened' end, case when len(in_groups) > 0 then 'in ' || array_to_string(in_groups, ' and ') end,
    case when is_unbounded then 'unbounded' end, case when len(items) > 0 then 'without ' || array_to_string(items, ', ') end
);

-- Returns the condition of a step through a service if IAM data does not show that the service has the role.
create or replace macro iam_workload_condition(service, is_existing) as case
    when service = 'saml' then 'the SAML provider that the role trusts'
    when service = 'cognito-identity.amazonaws.com' then 'the identity pool that the role trusts'
    when service = 'account-access.amazonaws.com' then 'account access manager in the organization'
    when is_existing then concat('a resource of ', service, ' with the role')
    else 'an instance profile with the role'
end;

-- Returns a step of a path from the user or role `arn` as text: the method, what it changes, and the method that follows at once.
create or replace macro iam_path_step(method, object, second_method, arn) as concat(
    ' -[', method, case when object <> arn then ' ' || object end, ']-> ',
    case when second_method is not null then concat(arn, ' -[', second_method, ']-> ') end
);

-- Returns the node that a step leads to, as text. With `is_end` it has the permissions of an administrator.
create or replace macro iam_path_target(node, second_method, is_end) as case
    when not starts_with(node, 'new ') and (second_method is not null or node = 'administrator' or not contains(node, ' '))
        then split_part(node, ' ', 1)
    when is_end then 'administrator'
    when node like 'new %' then 'a user or role that it creates'
    else split_part(node, ' ', 1)
end;

-- Returns the number of steps in the texts of a path. A text has two steps if the second one uses the session that the first starts.
create or replace macro iam_path_length(texts) as len(string_split(array_to_string(texts, ''), ']-> ')) - 1;

-- Returns whether conditions on these keys, in lower case, can have different results for roles that have the same policies, in accounts
-- of one organization. The organization of the roles, aws:ResourceOrgID, is the same.
-- source: IAM User Guide, "AWS global condition context keys", section "Properties of the resource"
create or replace macro iam_differs_between_roles(keys) as
    len([
        1 for key_ in keys if key_ in ('aws:resourceaccount', 'aws:resourceorgpaths') or iam_is_resource_tag(key_)
    ]) > 0;
