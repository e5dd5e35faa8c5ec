-- Returns the partition of the run's principals: aws, aws-cn, aws-us-gov.
create or replace macro iam_partition() as
    coalesce((select min(split_part(p.principal_arn, ':', 2)) from aws_iam_principal as p), 'aws');

-- Returns the ARN of the AWS managed policy AdministratorAccess.
create or replace macro iam_administrator_access("partition") as
    concat('arn:', "partition", ':iam::aws:policy/AdministratorAccess');

-- Returns the requests that an administrator must be allowed to make: every action on every resource, and changes of the policies
-- of roles and users and of managed policies. A statement that excludes IAM by NotAction or NotResource matches only the first
-- request. Each resource is an ARN with `*` in each part that can differ. `*`, `arn:aws:*` and `arn:aws:*:*:*:*` match all of
-- these ARNs.
create or replace macro iam_admin_questions() as [
    [
        iam_question('*:*', concat('arn:', partition_, ':*:*:*:*')),
        iam_question('iam:AttachRolePolicy', concat('arn:', partition_, ':iam::*:role/*')),
        iam_question('iam:PutUserPolicy', concat('arn:', partition_, ':iam::*:user/*')),
        iam_question('iam:CreatePolicyVersion', concat('arn:', partition_, ':iam::*:policy/*'))
    ]
    for partition_ in [iam_partition()]
][1];

-- Returns the users and roles that are administrators, or could be through a policy that was not read. `as_read` is the verdict
-- without the unread policies. It is `denied` if only an unread policy could make the principal an administrator. `missing` lists
-- the unread policies.
-- returns: principal VARCHAR, account_id VARCHAR, verdict VARCHAR, conditions VARCHAR[], reason VARCHAR, not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_admins() as table
select
    e.principal, e.account_id,
    case
        when bool_or(e.verdict = 'unknown') then 'unknown'
        when bool_and(e.verdict = 'allowed') then 'certain'
        else 'conditional'
    end as verdict,
    iam_sorted_set(flatten(list(e.reasons))) as conditions,
    max(case when e.question = 1 then e.reason end) as reason,
    max(e.not_considered) as not_considered,
    case
        when bool_or(e.as_read = 'denied') then 'denied'
        when bool_and(e.as_read = 'allowed') then 'certain'
        else 'conditional'
    end as as_read,
    max(e.missing) as missing
from iam_principal_evaluation(iam_admin_questions(), null, false, false, null) as e
where e.verdict <> 'denied'
group by e.principal, e.account_id
having count(*) = 4;
