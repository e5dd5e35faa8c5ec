-- title: Ensure inline policies do not allow decryption with all KMS keys
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, inline, kms, fsbp:KMS.2, security_hub:KMS.2, config:iam-inline-policy-blocked-kms-actions
--
-- kms:Decrypt on all keys reads whatever is encrypted in the account and can be reached. Name the keys. The public
-- control of this subject leaves out roles under /service-role/, which are evaluated here, and knows four spellings
-- of the actions, one of which no action has, and the keys of the own account; here every pattern that reaches
-- kms:Decrypt or kms:ReEncryptFrom counts, NotAction and NotResource with it, and all keys of any account. Another
-- public control of it asks for the actions whatever the resource is: see inline_no_kms_decrypt.

select r.* exclude (position)
from inline_policy_results(
    'decrypts with every key', 'decrypts with every key',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_decrypts_every_key(s.action_likes, s.actions is not null, s.resources, s.not_resources)
    )
) as r
order by r.position, r.resource
