-- title: Ensure inline policies do not allow decryption with KMS keys
-- kind: control
-- severity: low
-- tags: policies, inline, kms
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- Inline policies are easily overlooked in a review of who can decrypt data. Grant kms:Decrypt in key policies or
-- managed policies. The control evaluates the actions on any key; `inline_no_kms_decrypt_any` evaluates only the
-- actions on all keys. The Powerpipe control does not match the action *, patterns such as kms:dec*, or NotAction.

select r.* exclude (position)
from inline_policy_results(
    'can decrypt with KMS keys', 'allows decryption with KMS keys',
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
