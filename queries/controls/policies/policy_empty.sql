-- title: Ensure customer managed policies have at least one statement
-- kind: control
-- severity: low
-- tags: policies
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: # For each user that it lists: aws iam detach-user-policy --user-name USER_NAME --policy-arn {resource}
-- remediation: # For each group: aws iam detach-group-policy --group-name GROUP_NAME --policy-arn {resource}
-- remediation: # For each role: aws iam detach-role-policy --role-name ROLE_NAME --policy-arn {resource}
-- remediation: aws iam list-policy-versions --policy-arn {resource}
-- remediation: # For each version that is not the default version: aws iam delete-policy-version --policy-arn {resource} --version-id VERSION_ID
-- remediation: aws iam delete-policy --policy-arn {resource}
--
-- A policy without statements grants nothing, but looks like permissions in a list of policies. Delete it.

select
    p.arn as resource,
    unnest(case
        when p.policy_std is null or duplicate_key(p.policy) is not null
            then unknown(iam_not_evaluated('the document of the policy', duplicate_key(p.policy)))
        when coalesce(json_array_length(p.policy_std, '$.Statement'), 0) = 0 then alarm('The policy has no statements.')
        else ok(concat(
            'The policy has ', pluralize(json_array_length(p.policy_std, '$.Statement'), 'statement', 'statements'), '.'
        ))
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_iam_policy as p
where not p.is_aws_managed
order by account_position(p.account_id), p.arn
