-- Returns the statements of policy documents that are in no table: session policies, and the grants of KMS keys. `documents` is a
-- list of {'document_id', 'document'}. The columns are the columns of aws_iam_statement.
-- returns: document_id VARCHAR, number BIGINT, sid VARCHAR, effect VARCHAR, actions VARCHAR[], not_actions VARCHAR[], resources VARCHAR[], not_resources VARCHAR[], principals STRUCT("type" VARCHAR, "value" VARCHAR)[], not_principals STRUCT("type" VARCHAR, "value" VARCHAR)[], conditions STRUCT("operator" VARCHAR, qualifier VARCHAR, if_exists BOOLEAN, "key" VARCHAR, original_key VARCHAR, "values" VARCHAR[])[], has_variables BOOLEAN, action_likes VARCHAR[], resource_likes VARCHAR[]
create or replace macro iam_parsed_statements(documents) as table
with listed as (
    select
        d.item.document_id as document_id, (d.item.document ->> '$.Version') = '2012-10-17' as modern,
        unnest(statement_list(d.item.document)) as item, generate_subscripts(statement_list(d.item.document), 1) as number
    from (select unnest(cast(documents as struct(document_id varchar, document json)[])) as item) as d
),

parsed as (
    select
        l.*, [lower(action_) for action_ in text_list(l.item -> '$.Action')] as actions,
        [lower(action_) for action_ in text_list(l.item -> '$.NotAction')] as not_actions,
        text_list(l.item -> '$.Resource') as resources, text_list(l.item -> '$.NotResource') as not_resources
    from listed as l
)

select
    p.document_id, p.number, p.item ->> '$.Sid' as sid, p.item ->> '$.Effect' as effect, p.actions, p.not_actions, p.resources,
    p.not_resources, statement_principals(p.item -> '$.Principal') as principals,
    statement_principals(p.item -> '$.NotPrincipal') as not_principals, statement_conditions(p.item) as conditions,
    coalesce(p.modern, false) and contains(cast(p.item as varchar), '${') as has_variables,
    iam_likes(coalesce(p.actions, p.not_actions)) as action_likes,
    iam_likes(coalesce(p.resources, p.not_resources)) as resource_likes
from parsed as p;
