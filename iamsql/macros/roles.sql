-- Whether AWS alone can change a role: IAM answers UnmodifiableEntity to each change of a service-linked role or of a role of IAM
-- Identity Center, also to an administrator (https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html;
-- rebuy-de/aws-nuke#441 has the message for Identity Center). A customer managed policy that is attached to such a role can still
-- get new versions.
create or replace macro iam_is_protected_role(arn) as
    arn like 'arn:%:iam::%:role/aws-service-role/%' or arn like 'arn:%:iam::%:role/aws-reserved/sso.amazonaws.com/%';

-- Whether the customer can change a role with this path.
create or replace macro is_customer_role(path) as not iam_is_protected_role(concat('arn:aws:iam:::role', coalesce(path, '/')));

-- Whether an action changes a role.
create or replace macro iam_changes_role(action) as
    lower(action) in (
        'iam:attachrolepolicy', 'iam:detachrolepolicy', 'iam:putrolepolicy', 'iam:deleterolepolicy', 'iam:updaterole',
        'iam:updateroledescription', 'iam:updateassumerolepolicy', 'iam:putrolepermissionsboundary',
        'iam:deleterolepermissionsboundary', 'iam:deleterole', 'iam:tagrole', 'iam:untagrole'
    );
