-- The partition of the run's principals: aws, aws-cn, aws-us-gov.
create or replace macro iam_partition() as
    coalesce((select min(split_part(p.principal_arn, ':', 2)) from aws_iam_principal as p), 'aws');

-- The ARN of AWS's policy AdministratorAccess.
create or replace macro iam_administrator_access("partition") as concat('arn:', "partition", ':iam::aws:policy/AdministratorAccess');

-- The questions whose answers make an administrator: every action on every resource, and the policies of roles and users and
-- of other policies besides, for what leaves out IAM with NotAction or NotResource does not allow everything. Each resource is
-- an ARN with `*` in every place that can differ, which matches `*`, `arn:aws:*` and `arn:aws:*:*:*:*` alike.
create or replace macro iam_admin_questions() as [
    [
        iam_question('*:*', concat('arn:', partition_, ':*:*:*:*')),
        iam_question('iam:AttachRolePolicy', concat('arn:', partition_, ':iam::*:role/*')),
        iam_question('iam:PutUserPolicy', concat('arn:', partition_, ':iam::*:user/*')),
        iam_question('iam:CreatePolicyVersion', concat('arn:', partition_, ':iam::*:policy/*'))
    ]
    for partition_ in [iam_partition()]
][1];

-- Users and roles that are administrators, or may be one by documents that were not read: `as_read` is blocked for those
-- whom what was read does not make one, and `missing` names what was not read.
-- gives: principal VARCHAR, account_id VARCHAR, verdict VARCHAR, conditions VARCHAR[], why VARCHAR, not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_admins() as table
select
    j.principal, j.account_id,
    case
        when bool_or(j.verdict = 'unknown') then 'unknown'
        when bool_and(j.verdict = 'certain') then 'certain'
        else 'conditional'
    end as verdict,
    list_sort(list_distinct(flatten(list(j.reasons)))) as conditions,
    max(case when j.question = 1 then j.why end) as why,
    max(j.not_considered) as not_considered,
    case
        when bool_or(j.as_read = 'blocked') then 'blocked'
        when bool_and(j.as_read = 'certain') then 'certain'
        else 'conditional'
    end as as_read,
    max(j.missing) as missing
from iam_principal_evaluation(iam_admin_questions(), null, false, false, false) as j
where j.verdict <> 'blocked'
group by j.principal, j.account_id
having count(*) = 4;
