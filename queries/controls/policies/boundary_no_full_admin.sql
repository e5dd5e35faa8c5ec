-- title: Ensure permissions boundaries do not allow full administrative privileges
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, boundaries, admin
--
-- A permissions boundary that allows everything takes nothing away from what a user's or role's policies allow, and
-- whoever checks that there is a boundary is content. Write what the people or programs may do at most.

select
    b.principal_arn as resource,
    unnest(case
        when b.document_id is null and b.policy_arn not like 'arn:%:iam::aws:policy/AdministratorAccess'
            then unknown(concat('the document of the boundary ', b.policy_name, ' was not read.'))
        when b.document_id is null or m.document_id is not null
            then alarm(concat('The boundary ', b.policy_name, ' allows everything.'))
        else ok(concat('The boundary ', b.policy_name, ' does not allow everything.'))
    end),
    b.account_id, 'global' as region
from aws_iam_principal_policy as b
left join admin_documents() as m on m.document_id = b.document_id
left join iamsql.accounts as a on a.account_id = b.account_id
where b.layer = 'boundary'
order by a.position, b.principal_arn
