-- title: Ensure inline policies do not allow decryption with all KMS keys
-- kind: control
-- severity: medium
-- tags: policies, inline, kms, fsbp:KMS.2, security_hub:KMS.2, config:iam-inline-policy-blocked-kms-actions
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- kms:Decrypt on all keys allows a principal to read any encrypted data that it can access. Specify the keys in
-- Resource. The control evaluates every pattern that matches kms:Decrypt or kms:ReEncryptFrom on all keys, including
-- NotAction and NotResource. The Powerpipe control does not evaluate roles under /service-role/, matches four spellings
-- of the actions, and all keys of the account itself. `inline_no_kms_decrypt` evaluates the actions on any key.

select r.* exclude (position)
from inline_policy_results(
    'can decrypt with all KMS keys', 'allows decryption with all KMS keys',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_decrypts_every_key(s.action_likes, s.actions is not null, s.resources, s.not_resources)
    )
) as r
order by r.position, r.resource
