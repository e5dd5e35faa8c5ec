<<<<<<< HEAD
-- Whether the customer can change a role: AWS manages the service-linked roles and the roles of IAM Identity Center.
create or replace macro is_customer_role(path) as
    coalesce(path, '/') not like '/aws-service-role/%' and coalesce(path, '/') not like '/aws-reserved/sso.amazonaws.com/%';

-- The same for the ARN of a role, with the actions that IAM refuses for such a role: every change returns UnmodifiableEntity, also to
-- an administrator (https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html).
create or replace macro iam_is_protected_role(arn) as
    arn like 'arn:%:iam::%:role/aws-service-role/%' or arn like 'arn:%:iam::%:role/aws-reserved/sso.amazonaws.com/%';

create or replace macro iam_changes_role(action) as
    lower(action) in (
        'iam:attachrolepolicy', 'iam:detachrolepolicy', 'iam:putrolepolicy', 'iam:deleterolepolicy', 'iam:updaterole',
        'iam:updateroledescription', 'iam:updateassumerolepolicy', 'iam:putrolepermissionsboundary',
        'iam:deleterolepermissionsboundary', 'iam:deleterole', 'iam:tagrole', 'iam:untagrole'
    );
=======
-- Whether AWS alone can change a role: IAM answers UnmodifiableEntity to every change of a service-linked role or of a role of IAM
-- Identity Center, whoever makes it ("this role is only modifiable by AWS", rebuy-de/aws-nuke#441). A customer managed policy that
-- is attached to such a role can still get new versions.
create or replace macro is_protected_role(arn) as
    arn like 'arn:%:iam::%:role/aws-service-role/%' or arn like 'arn:%:iam::%:role/aws-reserved/sso.amazonaws.com/%';

-- Whether the customer can change a role with this path.
create or replace macro is_customer_role(path) as not is_protected_role(concat('arn:aws:iam:::role', coalesce(path, '/')));
>>>>>>> 8fe90ce7 (Escalation: protected roles, refusals, removed denies, alternatives of policies and boundaries, tags (work in progress))
