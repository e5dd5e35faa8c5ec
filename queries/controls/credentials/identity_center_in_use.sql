-- title: Ensure IAM Identity Center is used for access to the account
-- kind: control
-- severity: medium
-- tags: users, identity-center
-- remediation: # In the management account, enable IAM Identity Center in the console, or find its instance: aws sso-admin list-instances
-- remediation: # In the same account: aws sso-admin create-account-assignment --instance-arn INSTANCE_ARN --permission-set-arn PERMISSION_SET_ARN --target-type AWS_ACCOUNT --target-id {account_id} --principal-type GROUP --principal-id GROUP_ID
--
-- Without assignments in IAM Identity Center, people access an account as IAM users, through another identity provider
-- or as the root user. Assign a permission set for the account to a group. IAM Identity Center exists in one Region: if
-- no instance was found and not all Regions of the management account were read, the result is an error.

with assignments as (
    select a.target_account_id, count(distinct a.permission_set_arn) as permission_sets
    from aws_ssoadmin_account_assignment as a
    group by a.target_account_id
),

regions as (
    select
        c.account_id, c.region,
        max(case when c.operation = 'ListInstances' and c.status = 'ok' then 1 else 0 end) as is_read,
        max(case when c.status in ('ok', 'not_applicable') then 0 else 1 end) as has_failed
    from iamsql.coverage as c
    where c.service = 'sso-admin'
    group by c.account_id, c.region
),

home_regions as (
    select
        count(*) as regions,
        count(case when coalesce(g.is_read, 0) = 0 then 1 end) as unread
    from aws_region as e
    cross join iamsql.run as r
    left join regions as g on g.account_id = e.account_id and g.region = e.name
    where e.account_id = coalesce(r.management_account_id, e.account_id)
),

instances as (
    select
        max(h.regions) as regions, max(h.unread) as unread, count(i.arn) as instances,
        coalesce(max(r.has_failed), 0) as failed
    from home_regions as h
    left join aws_ssoadmin_instance as i on true
    left join regions as r on r.account_id = i.account_id and r.region = i.region
)

select
    a.arn as resource,
    unnest(case
        when s.permission_sets > 0 then ok(concat(
            'The account has assignments of ', pluralize(s.permission_sets, 'permission set', 'permission sets'), '.'
        ))
        when i.failed > 0 then unknown('the account assignments of IAM Identity Center could not be read.')
        when i.instances > 0 then alarm('The account has no assignments in IAM Identity Center.')
        when i.regions > 0 and i.unread = 0 then alarm('There is no instance of IAM Identity Center.')
        else unknown('no instance of IAM Identity Center was found in the Regions read (iamsql sync --region all).')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
cross join instances as i
left join assignments as s on s.target_account_id = a.account_id
order by a.position, a.account_id
