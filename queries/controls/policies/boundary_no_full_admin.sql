-- title: Ensure permissions boundaries do not allow full administrative privileges
-- kind: control
-- severity: medium
-- tags: policies, boundaries, admin
-- remediation: iamsql query principal_actions --arg principal={resource}
-- remediation: aws iam list-entities-for-policy --policy-arn POLICY_ARN --policy-usage-filter PermissionsBoundary
-- remediation: aws iam create-policy-version --policy-arn POLICY_ARN --policy-document file://policy.json --set-as-default
--
-- A permissions boundary that allows all actions on all resources does not limit the user or role, but passes checks
-- for the existence of a boundary. Allow only the permissions that the principals need at most.

select
    p.principal_arn as resource,
    unnest(case
        when p.document_id is null and p.policy_arn not like 'arn:%:iam::aws:policy/AdministratorAccess'
            then unknown(concat('the document of the permissions boundary ', p.policy_name, ' was not read.'))
        when p.document_id is null or d.document_id is not null
            then alarm(concat('The permissions boundary ', p.policy_name, ' allows full administrative privileges.'))
        else ok(concat('The permissions boundary ', p.policy_name, ' does not allow full administrative privileges.'))
    end),
    p.account_id, 'global' as region
from aws_iam_principal_policy as p
left join admin_documents() as d on d.document_id = p.document_id
where p.layer = 'boundary'
order by account_position(p.account_id), p.principal_arn
