-- title: Ensure an unused access analyzer of IAM Access Analyzer is enabled
-- kind: control
-- severity: low
-- version: 1
-- tags: access-analyzer
--
-- It finds roles, keys, passwords and permissions that nobody uses, and is paid for by the role and user. IAM is
-- global, so that one in any region will do, of the account or of the organization; accounts that an organization's
-- analyzer leaves out are an alarm.

with looked as (
    select
        c.account_id,
        min(case when c.status = 'ok' then 1 else 0 end) as was_read
    from iamsql.coverage as c
    where c.service = 'accessanalyzer' and c.operation = 'ListAnalyzers'
    group by c.account_id
),

owners as (
    select coalesce(r.management_account_id, '') as account_id
    from iamsql.run as r
    union
    select d.id as account_id
    from aws_organizations_delegated_administrator as d
),

hidden as (
    select max(o.account_id) as account_id
    from owners as o
    inner join looked as k on k.account_id = o.account_id
    where k.was_read = 0
),

watches as (
    select
        z.account_id, z.type, z.name,
        coalesce(cast(z.configuration as varchar), '') as told
    from aws_accessanalyzer_analyzer as z
    where z.type in ('ACCOUNT_UNUSED_ACCESS', 'ORGANIZATION_UNUSED_ACCESS') and z.status = 'ACTIVE'
),

judged as (
    select
        a.account_id,
        max(
            case
                when s.type = 'ACCOUNT_UNUSED_ACCESS' and s.account_id = a.account_id then s.name
                when s.type = 'ACCOUNT_UNUSED_ACCESS' or contains(s.told, concat('"', a.account_id, '"')) then null
                else s.name
            end
        ) as name,
        max(case when s.type = 'ORGANIZATION_UNUSED_ACCESS' then s.name end) as left_out_by
    from iamsql.accounts as a
    left join watches as s on true
    group by a.account_id
)

select
    a.arn as resource,
    unnest(case
        when j.name is not null then ok(concat('The analyzer ', j.name, ' watches the account.'))
        when h.account_id is not null then unknown(concat('analyzers of ', h.account_id, ' could not be read.'))
        when j.left_out_by is not null then alarm(concat('The analyzer ', j.left_out_by, ' leaves the account out.'))
        else alarm('No analyzer of unused access was found in the regions read.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
cross join hidden as h
inner join judged as j on j.account_id = a.account_id
order by a.position, a.account_id
