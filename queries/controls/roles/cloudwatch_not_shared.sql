-- title: Ensure CloudWatch data of the account is not shared with other accounts
-- kind: control
-- severity: low
-- tags: roles, logging, third-party
-- param: trusted text = ''  # Account IDs that may read the data, such as a monitoring account, separated by commas
-- remediation: aws iam get-role --role-name CloudWatch-CrossAccountSharingRole
-- remediation: aws iam update-assume-role-policy --role-name CloudWatch-CrossAccountSharingRole --policy-document file://trust-policy.json
--
-- CloudWatch shares metrics, dashboards and, by choice, logs and traces of an account through the role
-- CloudWatch-CrossAccountSharingRole. List the monitoring account in `trusted`, and remove other accounts from the
-- trust policy. There is one row for each account. `trust_known_accounts` evaluates all roles.

with sharing as (
    select
        r.account_id,
        count(*) as roles,
        max(case when t.document_id is null then 1 else 0 end) as is_unread, min(t.duplicate_key) as duplicate_key
    from aws_iam_role as r
    left join iam_role_trust_policies() as t on t.account_id = r.account_id and t.arn = r.arn
    where r.name = 'CloudWatch-CrossAccountSharingRole'
    group by r.account_id
),

trusted_parties as (
    select t.account_id, string_agg(distinct t.other, ', ' order by t.other) as parties
    from iam_trusted_accounts() as t
    where t.arn like 'arn:%:role/%CloudWatch-CrossAccountSharingRole' and not iam_are_listed(t.other, comma_list($trusted))
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when s.roles is null then ok('The account has no role CloudWatch-CrossAccountSharingRole.')
        when p.parties is not null then alarm(concat('The role CloudWatch-CrossAccountSharingRole trusts ', p.parties, '.'))
        when s.is_unread = 1 then unknown(iam_not_evaluated('the trust policy of the role CloudWatch-CrossAccountSharingRole', s.duplicate_key))
        else ok('The role CloudWatch-CrossAccountSharingRole trusts no other accounts except those in `trusted`.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join sharing as s on s.account_id = a.account_id
left join trusted_parties as p on p.account_id = a.account_id
order by a.position, a.account_id
