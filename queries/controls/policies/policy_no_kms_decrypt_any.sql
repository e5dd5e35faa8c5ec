-- title: No customer policy decrypts with every key
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, kms, fsbp:KMS.1, security_hub:KMS.1, config:iam-customer-policy-blocked-kms-actions
--
-- kms:Decrypt on all keys reads whatever is encrypted in the account and can be reached. Name the keys. Whether a key's
-- own policy lets the account's policies decide is not known here.

with found as (
    select
        s.document_id,
        count(*) as statements,
        sum(case when len(s.conditions) = 0 then 1 else 0 end) as unconditional
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and (
            iam_reaches(s.action_likes, s.actions is not null, 'kms:Decrypt')
            or iam_reaches(s.action_likes, s.actions is not null, 'kms:ReEncryptFrom')
        )
        and (iam_every_key(s.resources) or not iam_every_key(s.not_resources))
    group by s.document_id
)

select
    d.owner_arn as resource,
    case
        when d.document_id is null then 'error'
        when f.statements > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when d.document_id is null then 'Unknown: the document of the policy was not read.'
        when f.statements > 0 then concat(
            'The policy decrypts with every key', iam_in_statements(f.statements, f.unconditional)
        )
        else 'The policy does not decrypt with every key.'
    end as reason,
    d.account_id as account_id,
    'global' as region,
    d.policy_name as policy_name
from aws_iam_document as d
left join found as f on f.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed
order by a.position, d.owner_arn
