-- title: Ensure IAM Identity Center is used for access to the account
-- kind: control
-- severity: medium
-- version: 1
-- tags: users, identity-center
--
-- An account that nobody is assigned to in Identity Center is entered by other ways: IAM users, a federation of its
-- own, or its root user. Assign a permission set to a group for it. Identity Center lives in one region: while no
-- instance is found, and regions of the management account were not looked at, it is unknown.

with assigned as (
    select t.target_account_id, count(distinct t.permission_set_arn) as sets
    from aws_ssoadmin_account_assignment as t
    group by t.target_account_id
),

looked as (
    select
        c.account_id, c.region,
        max(case when c.operation = 'ListInstances' and c.status = 'ok' then 1 else 0 end) as was_read,
        max(case when c.status in ('ok', 'not_applicable') then 0 else 1 end) as has_failed
    from iamsql.coverage as c
    where c.service = 'sso-admin'
    group by c.account_id, c.region
),

home as (
    select
        count(*) as regions,
        count(case when coalesce(k.was_read, 0) = 0 then 1 end) as unread
    from aws_region as e
    cross join iamsql.run as r
    left join looked as k on k.account_id = e.account_id and k.region = e.name
    where e.account_id = coalesce(r.management_account_id, e.account_id)
),

found as (
    select
        max(h.regions) as regions, max(h.unread) as unread, count(i.arn) as instances,
        coalesce(max(k.has_failed), 0) as failed
    from home as h
    left join aws_ssoadmin_instance as i on true
    left join looked as k on k.account_id = i.account_id and k.region = i.region
)

select
    a.arn as resource,
    unnest(case
        when s.sets = 1 then ok('One permission set is assigned in the account.')
        when s.sets > 1 then ok(concat(s.sets, ' permission sets are assigned in the account.'))
        when f.failed > 0 then unknown('the assignments of Identity Center could not be read.')
        when f.instances > 0 then alarm('Nobody is assigned to the account in Identity Center.')
        when f.regions > 0 and f.unread = 0 then alarm('There is no instance of Identity Center.')
        else unknown('no instance of Identity Center was found in the regions read (iamsql sync --region all).')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
cross join found as f
left join assigned as s on s.target_account_id = a.account_id
order by a.position, a.account_id
