-- Returns the principals of trust policies that are OpenID Connect providers, with the conditions of their statements. `provider`
-- is the part of condition keys before the colon. Cognito and Google, which have no provider ARN, are included.
-- returns: account_id VARCHAR, arn VARCHAR, value VARCHAR, provider VARCHAR, conditions STRUCT("operator" VARCHAR, qualifier VARCHAR, if_exists BOOLEAN, "key" VARCHAR, original_key VARCHAR, "values" VARCHAR[])[]
create or replace macro oidc_logins() as table
select
    t.account_id, t.arn, t."value",
    regexp_replace(lower(t."value"), '^arn:.*:oidc-provider/', '') as provider,
    s.conditions
from iam_trusted_principals() as t
inner join aws_iam_statement as s on s.document_id = t.document_id and s.number = t.number
where
    t.kind = 'Federated'
    and (t."value" like '%:oidc-provider/%' or t."value" in ('cognito-identity.amazonaws.com', 'accounts.google.com'));

-- Returns the rows of a control over trust policies. `open_roles` is a list of {'account_id', 'arn', 'open_to'} of the roles that
-- the control checks. A role with an `open_to` other than NULL is an alarm. {} in `alarm_text` stands for these values.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro role_trust_results(alarm_text, ok_text, open_roles) as table
with roles as (
    select
        i.role.account_id as account_id,
        i.role.arn as arn,
        string_agg(distinct i.role.open_to, ', ' order by i.role.open_to) as open_to
    from (select unnest(cast(open_roles as struct(account_id varchar, arn varchar, open_to varchar)[])) as role) as i
    group by i.role.account_id, i.role.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when f.open_to is not null then alarm(replace(alarm_text, '{}', f.open_to))
        else ok(ok_text)
    end),
    t.account_id, 'global' as region, a.position
from iam_role_trust_policies() as t
left join roles as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null;
