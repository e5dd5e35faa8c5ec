-- title: Ensure inline policies do not allow decryption with KMS keys
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, inline, kms
--
-- Who may decrypt belongs where it is seen: in a key's policy or a managed policy. This is the strict form of
-- inline_no_kms_decrypt_any: the actions count whatever keys are named. The public control of it does not know that the
-- action * decrypts, nor patterns such as kms:dec*; nor NotAction.

select r.* exclude (position)
from inline_policy_results(
    'decrypts', 'decrypts',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and (
                iam_matches_action(s.action_likes, s.actions is not null, 'kms:Decrypt')
                or iam_matches_action(s.action_likes, s.actions is not null, 'kms:ReEncryptFrom')
            )
    )
) as r
order by r.position, r.resource
