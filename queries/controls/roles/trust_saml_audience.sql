-- title: Roles for SAML say for whom an assertion is
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, federation, saml
--
-- An assertion says for whom it was made. Without a condition on SAML:aud, such as https://signin.aws.amazon.com/saml,
-- one that was made for another service may do. Only roles that trust a SAML provider have a row. Service-linked roles
-- and those of Identity Center have no row: nobody changes their trust.

with judged as (
    select
        p.account_id,
        p.arn,
        case
            when len(iam_held_by(s.conditions, ['saml:aud'])) = 0 then split_part(p."value", '/', -1)
        end as open_to
    from iam_trusted() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    where p.kind = 'Federated' and p."value" like '%:saml-provider/%'
),

found as (
    select
        e.account_id,
        e.arn,
        string_agg(distinct e.open_to, ', ' order by e.open_to) as open_to
    from judged as e
    group by e.account_id, e.arn
)

select
    t.arn as resource,
    case
        when t.document_id is null then 'error'
        when f.open_to is not null then 'alarm'
        else 'ok'
    end as status,
    case
        when t.document_id is null then 'Unknown: the trust of the role was not read.'
        when f.open_to is not null then concat('The role takes assertions of ', f.open_to, ' for whomever they were made.')
        else 'The role says for whom the assertion has to be.'
    end as reason,
    t.account_id as account_id,
    'global' as region
from iam_trusts() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
