-- title: Ensure customer managed policies do not allow decryption with all KMS keys
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, kms, fsbp:KMS.1, security_hub:KMS.1, config:iam-customer-policy-blocked-kms-actions
--
-- kms:Decrypt on all keys reads whatever is encrypted in the account and can be reached. Name the keys. Whether a key's
-- own policy lets the account's policies decide is not known here.

select r.* exclude (position)
from customer_policy_results(
    'decrypts with every key', 'does not decrypt with every key',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_decrypts_every_key(s.action_likes, s.actions is not null, s.resources, s.not_resources)
    )
) as r
order by r.position, r.resource
