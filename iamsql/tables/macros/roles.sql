-- Returns whether an ARN belongs to a service-linked role, or to a role of IAM Identity Center. IAM reserves the paths
-- /aws-service-role/ and /aws-reserved/. A customer can choose any name, and a path such as /x:role/aws-service-role/.
create or replace macro iam_is_service_linked_role(arn) as split_part(arn, ':', 6) like 'role/aws-service-role/%';
create or replace macro iam_is_identity_center_role(arn) as split_part(arn, ':', 6) like 'role/aws-reserved/sso.amazonaws.com/%';

-- Returns whether an ARN belongs to a user. A path can contain `:user/` too.
create or replace macro iam_is_user(arn) as split_part(arn, ':', 6) like 'user/%';

-- Returns whether only AWS can change a role: a service-linked role or a role of IAM Identity Center. IAM returns
-- UnmodifiableEntity for each change, also to an administrator
-- (https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html; rebuy-de/aws-nuke#441 has the message for Identity
-- Center). A customer managed policy that is attached to such a role can still get new versions.
create or replace macro iam_is_protected_role(arn) as iam_is_service_linked_role(arn) or iam_is_identity_center_role(arn);

-- Returns whether the customer can change a role with this path.
create or replace macro is_customer_role(path) as not iam_is_protected_role(concat('arn:aws:iam:::role', coalesce(path, '/')));

-- Returns whether an action changes a role.
create or replace macro iam_changes_role(action) as
    lower(action) in (
        'iam:attachrolepolicy', 'iam:detachrolepolicy', 'iam:putrolepolicy', 'iam:deleterolepolicy', 'iam:updaterole',
        'iam:updateroledescription', 'iam:updateassumerolepolicy', 'iam:putrolepermissionsboundary',
        'iam:deleterolepermissionsboundary', 'iam:deleterole', 'iam:tagrole', 'iam:untagrole'
    );
