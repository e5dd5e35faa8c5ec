-- The partition of the run's principals: aws, aws-cn, aws-us-gov.
create or replace macro iam_partition() as
    coalesce((select min(split_part(p.principal_arn, ':', 2)) from aws_iam_principal as p), 'aws');

-- The ARN of the AWS managed policy AdministratorAccess.
create or replace macro iam_administrator_access("partition") as
    concat('arn:', "partition", ':iam::aws:policy/AdministratorAccess');

-- The questions that define an administrator, who is allowed all of them: every action on every resource, and changes of the
-- policies of roles and users and of managed policies. A statement that leaves out IAM by NotAction or NotResource matches the
-- first question, and not the others. Each resource is an ARN with `*` in each part that can differ, which `*`, `arn:aws:*` and
-- `arn:aws:*:*:*:*` all match.
create or replace macro iam_admin_questions() as [
    [
        iam_question('*:*', concat('arn:', partition_, ':*:*:*:*')),
        iam_question('iam:AttachRolePolicy', concat('arn:', partition_, ':iam::*:role/*')),
        iam_question('iam:PutUserPolicy', concat('arn:', partition_, ':iam::*:user/*')),
        iam_question('iam:CreatePolicyVersion', concat('arn:', partition_, ':iam::*:policy/*'))
    ]
    for partition_ in [iam_partition()]
][1];

-- Users and roles that are administrators, or can be one by policies that were not read. `as_read` is the verdict without the
-- unread policies, which `missing` lists: denied for those who are an administrator only by an unread policy.
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
