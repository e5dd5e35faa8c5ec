-- title: Ensure policies of REST APIs do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: rest_api
-- param: trusted text = ''  # IDs of accounts and organizations outside that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws apigateway get-rest-api --rest-api-id {resource:name} --region {region}
--
-- Principals outside the organization that the policy of a REST API allows can call its methods, as far as the
-- authorization of the methods allows. There is one row for each API, which lists the accounts and organizations that
-- the policy allows, and everyone if a statement allows everyone without a condition that restricts callers to the
-- organization. A policy for everyone is usual for an API that is public on purpose: suppress these alarms. An API
-- without a policy is skipped, because the authorization of its methods, which is not read, decides alone. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select
    r.resource,
    case when p.policy_status = 'none' then 'skip' else r.status end as status,
    case
        when p.policy_status = 'none' then 'The API has no policy: the authorization of its methods decides.' else r.reason
    end as reason,
    r.account_id, r.region
from resource_access_results(
    'rest_api', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the API allows nobody outside the organization.'
) as r
inner join aws_resource_policy as p
    on p.account_id = r.account_id and p.arn = r.resource and p.resource_type = 'rest_api'
order by r.position, r.account_id, r.resource
