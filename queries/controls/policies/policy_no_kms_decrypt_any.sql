-- title: Ensure customer managed policies do not allow decryption with all KMS keys
-- kind: control
-- severity: medium
-- tags: policies, kms, fsbp:KMS.1, security_hub:KMS.1, config:iam-customer-policy-blocked-kms-actions
-- remediation: iamsql query who_can --arg action=kms:Decrypt
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- kms:Decrypt on all keys allows a principal to read any encrypted data that it can access. Specify the keys in
-- Resource. Key policies, which decide whether IAM policies apply to a key, are not evaluated.

select r.* exclude (position)
from customer_policy_results(
    'allows decryption with all KMS keys', 'does not allow decryption with all KMS keys',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_decrypts_every_key(s.action_likes, s.actions is not null, s.resources, s.not_resources)
    )
) as r
order by r.position, r.resource
