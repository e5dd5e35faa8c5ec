-- title: Ensure IAM Access Analyzer has no active external access findings
-- kind: control
-- severity: high
-- tags: access-analyzer, external-access, cis_v7.0:2.21
-- remediation: aws accessanalyzer get-finding-v2 --region {region} --analyzer-arn {analyzer_arn} --id {finding_id}
-- remediation: # If the access is not intended, remove the access from the policy of the resource.
-- remediation: # If the access is intended: aws accessanalyzer update-findings --region {region} --analyzer-arn {analyzer_arn} --ids {finding_id} --status ARCHIVED
--
-- An active finding is a resource that a principal outside the account or organization can use. Remove the access, or
-- archive the finding if the access is intended. A finding of both an account analyzer and an organization analyzer has
-- two rows. `analyzer_external_access` lists the Regions without an analyzer, which have no findings.

select
    f.resource,
    unnest(case
        when f.error is not null then unknown(concat('the analyzer could not analyze the resource (', f.error, ').'))
        when f.status = 'ACTIVE' and f.is_public then alarm('The resource is public.')
        when f.status = 'ACTIVE' and f.principal is not null then alarm(concat(
            'An external principal has access: ',
            array_to_string([
                concat(kind_, ' ', json_extract_string(f.principal, key_pointer(kind_)))
                for kind_ in json_keys(f.principal)
            ], ', '), '.'
        ))
        when f.status = 'ACTIVE' then alarm('An external principal has access.')
        when f.status = 'ARCHIVED' then ok('The finding is archived, which marks the access as intended.')
        else ok('The finding is resolved.')
    end),
    coalesce(f.resource_owner_account, f.account_id) as account_id,
    f.region, f.resource_type, f.finding_type, f.id as finding_id, f.access_analyzer_arn as analyzer_arn
from aws_accessanalyzer_finding as f
where f.finding_type = 'ExternalAccess'
order by account_position(coalesce(f.resource_owner_account, f.account_id)), f.resource, f.access_analyzer_arn, f.id
