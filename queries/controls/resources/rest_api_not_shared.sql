-- title: Ensure policies of REST APIs do not allow principals outside the organization
-- kind: control
-- severity: medium
-- tags: resource-policies, third-party
-- resource_types: rest_api
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws apigateway get-rest-api --rest-api-id {resource:name} --region {region}
--
-- The policy of a REST API can let principals outside the organization call its methods, if method authorization also
-- permits it. There is one row for each API. The row lists the accounts and organizations that the policy allows. It
-- lists everyone if a statement allows everyone without a condition that limits callers to the organization. A policy
-- for everyone is usual for an API that is public on purpose: suppress these alarms. An API without a policy is
-- skipped: only method authorization restricts its callers, and a sync does not read it. List the intended accounts in
-- `trusted`, and remove the statements for the others.

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
