-- title: Ensure IAM Access Analyzer has no active external access findings
-- kind: control
-- severity: high
-- version: 1
-- tags: access-analyzer, external-access, cis_v7.0:2.21
--
-- Each finding of an external access analyzer: a resource that somebody outside the account or the organization may
-- use. Close it, or archive the finding if it is meant. What an analyzer of the account and one of the organization
-- both found makes two rows. Only what analyzers saw is here: see `analyzer_external_access` for where there is none.

select
    f.resource,
    unnest(case
        when f.error is not null then unknown(concat('the analyzer could not look at it (', f.error, ').'))
        when f.status = 'ACTIVE' and f.is_public then alarm('Anybody has access.')
        when f.status = 'ACTIVE' and f.principal is not null then alarm(concat('Somebody outside has access: ', array_to_string([
                concat(kind_, ' ', json_extract_string(f.principal, key_pointer(kind_)))
                for kind_ in json_keys(f.principal)
            ], ', '), '.'))
        when f.status = 'ACTIVE' then alarm('Somebody outside has access.')
        when f.status = 'ARCHIVED' then ok('The finding was archived: somebody means it to be so.')
        else ok('The finding is resolved.')
    end),
    coalesce(f.resource_owner_account, f.account_id) as account_id,
    f.region, f.resource_type, f.finding_type, f.id as finding_id, f.access_analyzer_arn as analyzer_arn
from aws_accessanalyzer_finding as f
left join iamsql.accounts as a on a.account_id = coalesce(f.resource_owner_account, f.account_id)
where f.finding_type = 'ExternalAccess'
order by a.position, f.resource, f.access_analyzer_arn, f.id
