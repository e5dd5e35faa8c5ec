-- title: Ensure role trust policies do not allow all principals
-- kind: control
-- severity: critical
-- tags: roles, trust, exposure
-- remediation: iamsql query role_assumptions
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- Any AWS account can assume a role that trusts all principals. Specify the trusted principals. Allow with NotPrincipal
-- counts as all principals. Roles pass if their conditions, or a Deny of all other callers, restrict the callers to
-- accounts of the organization, by value: aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalAccount,
-- aws:PrincipalArn or aws:userid. An external ID or an IP address is not enough. An account or organization outside is
-- an alarm, and the status is error if the organization was not read. Service-linked roles and roles of IAM Identity
-- Center are not evaluated.

with callers as (
    select
        e.account_id, e.role_arn as arn,
        case when e.side = 'everyone' then coalesce(nullif(iam_condition_text(e.conditions), ''), 'no condition') end as conditions,
        case when e.side = 'outsider' then e.parties end as outsiders,
        case when e.side = 'unknown' then e.parties end as unknown_parties
    from trust_edges() as e
    where e.effect = 'Allow' and e.kind = 'anyone'
),

roles as (
    select
        c.account_id, c.arn,
        string_agg(distinct c.conditions, '; ' order by c.conditions) as conditions,
        string_agg(distinct c.outsiders, ', ' order by c.outsiders) as outsiders,
        string_agg(distinct c.unknown_parties, ', ' order by c.unknown_parties) as unknown_parties
    from callers as c
    group by c.account_id, c.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when contains(r.conditions, 'no condition') then alarm('The role trusts all principals without a condition.')
        when r.conditions is not null then alarm(concat('The role trusts all principals with the condition ', r.conditions, '.'))
        when r.outsiders is not null
            then alarm(concat('The role trusts all principals of ', r.outsiders, ', outside the organization.'))
        when r.unknown_parties is not null
            then unknown(concat('whether the organization contains ', r.unknown_parties, ', whose principals the role trusts, was not read.'))
        when r.arn is not null then ok('The role trusts all principals of the organization or of its own account.')
        else ok('The role does not trust all principals.')
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join roles as r on r.account_id = t.account_id and r.arn = t.arn
order by account_position(t.account_id), t.arn
