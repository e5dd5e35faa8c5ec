-- Returns the identity-based policies of a user or role with their documents. A document is NULL if it was not read.
-- returns: via VARCHAR, group_name VARCHAR, policy_name VARCHAR, policy_arn VARCHAR, document JSON
create or replace macro iam_principal_documents(principal) as table
with documents as (
    select p.policy as document from aws_iam_policy as p
    union all
    select document(i.item -> '$.PolicyDocument')
    from (
        select unnest(elements(u.inline_policies)) as item from aws_iam_user as u where u.arn = principal
        union all
        select unnest(elements(r.inline_policies)) from aws_iam_role as r where r.arn = principal
        union all
        select unnest(elements(g.inline_policies)) from aws_iam_group as g where g.account_id = split_part(principal, ':', 5)
    ) as i
    union all
    select iam_full_access()
),

identified as (
    select policy_document_id(d.document) as document_id, any_value(d.document) as document
    from documents as d
    where d.document is not null
    group by all
)

select p.via, p.group_name, p.policy_name, p.policy_arn, i.document
from aws_iam_principal_policy as p
left join identified as i on i.document_id = p.document_id
where p.principal_arn = principal and p.layer = 'identity';
