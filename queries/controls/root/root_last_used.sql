-- title: Ensure the root user is not used for administrative and daily tasks
-- kind: control
-- severity: high
-- tags: root, cis_v1.2:1.1, cis_v3.0:1.7, cis_v7.0:2.7, security_hub:IAM.20
-- param: days integer = 90              # Number of days in which a use of the root user is an alarm
-- remediation: iamsql query root_activity
-- remediation: # In the management account, for a task in a member account: aws sts assume-root --target-principal {account_id} --task-policy-arn arn=TASK_POLICY_ARN
--
-- The root user has unlimited permissions, and its activity cannot be attributed to a person. Use it only for tasks
-- that require it. `root_activity` lists its events. The times are as recent as the credential report. The Powerpipe
-- control reports access keys that were used before the limit; here a use within the limit is an alarm. The result is
-- an error if the credential report has no row for the root user.

with root_users as (
    select
        c.account_id, c.password_last_used,
        greatest(c.access_key_1_last_used_date, c.access_key_2_last_used_date) as key_last_used,
        days_between(
            greatest(c.password_last_used, c.access_key_1_last_used_date, c.access_key_2_last_used_date), as_of()
        ) as unused_days
    from aws_iam_credential_report as c
    where c.user_name = '<root_account>'
)

select
    a.root_arn as resource,
    unnest(case
        when u.account_id is null then unknown('the credential report has no row for the root user.')
        when u.unused_days is null then ok('AWS has not recorded any use of the root user.')
        else alarm_if(u.unused_days < $days, concat(
            'The ',
            case
                when coalesce(u.password_last_used >= u.key_last_used, u.key_last_used is null) then 'password'
                else 'access key'
            end,
            ' of the root user was last used ', in_days(u.unused_days), ' ago, ',
            case when u.unused_days < $days then 'within' else 'not within' end, ' the last ', in_days($days), '.'
        ))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join root_users as u on u.account_id = a.account_id
order by a.position, a.account_id
