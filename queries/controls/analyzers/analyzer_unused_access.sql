-- title: Ensure an unused access analyzer of IAM Access Analyzer is enabled
-- kind: control
-- severity: low
-- tags: access-analyzer
-- remediation: aws accessanalyzer list-analyzers --region REGION
-- remediation: # One analyzer covers all accounts with --type ORGANIZATION_UNUSED_ACCESS. AWS charges for each user and role.
-- remediation: aws accessanalyzer create-analyzer --region REGION --analyzer-name unused-access --type ACCOUNT_UNUSED_ACCESS
--
-- An unused access analyzer finds roles, access keys, passwords and permissions that are not used; AWS charges for each
-- role and user. IAM is global, so one analyzer of the account or organization in any Region is enough. An account
-- that the analyzer of the organization excludes is an alarm.

with analyzers as (
    select a.account_id, a.type, a.name, coalesce(cast(a.configuration as varchar), '') as configuration
    from aws_accessanalyzer_analyzer as a
    where a.type in ('ACCOUNT_UNUSED_ACCESS', 'ORGANIZATION_UNUSED_ACCESS') and a.status = 'ACTIVE'
),

account_analyzers as (
    select
        a.account_id,
        max(
            case
                when z.type = 'ACCOUNT_UNUSED_ACCESS' and z.account_id = a.account_id then z.name
                when z.type = 'ACCOUNT_UNUSED_ACCESS' or contains(z.configuration, concat('"', a.account_id, '"'))
                    then null
                else z.name
            end
        ) as name,
        max(case when z.type = 'ORGANIZATION_UNUSED_ACCESS' then z.name end) as organization_analyzer
    from iamsql.accounts as a
    left join analyzers as z on true
    group by a.account_id
)

select
    a.arn as resource,
    unnest(case
        when z.name is not null then ok(concat('The analyzer ', z.name, ' covers the account.'))
        when u.account_id is not null then unknown(concat('the analyzers of ', u.account_id, ' could not be read.'))
        when z.organization_analyzer is not null
            then alarm(concat('The analyzer ', z.organization_analyzer, ' excludes the account.'))
        else alarm('No unused access analyzer was found in the Regions that were read.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
cross join (select max(r.account_id) as account_id from unread_analyzer_regions() as r) as u
inner join account_analyzers as z on z.account_id = a.account_id
order by a.position, a.account_id
