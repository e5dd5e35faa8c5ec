-- title: Ensure customer managed policies do not allow privilege escalation
-- kind: control
-- severity: high
-- tags: policies, privilege-escalation, risk
-- remediation: iamsql query escalation_paths
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- Some actions, alone or in combination, let a principal extend its permissions: create a policy version, create an
-- access key for another user, pass a role to an instance. Remove one action of each combination, or specify the
-- resources. The control evaluates the methods of the query `privesc_methods`: one policy must allow all actions of a
-- method on all resources, and not deny them unconditionally. `principal_escalation` evaluates combinations of several
-- policies, and `policy_no_assume_any_role` the action sts:AssumeRole. Policies that are used only as permissions
-- boundaries are skipped.

with documents as (
    select m.document_id, count(*) as methods, min(m.method) as example, max(m.unconditional) as unconditional
    from iam_document_methods() as m
    group by m.document_id
)

select
    d.owner_arn as resource,
    unnest(case
        when d.document_id is null then unknown(iam_not_evaluated('the document of the policy', d.duplicate_key))
        when e.methods > 0 and p.attachment_count = 0 and p.permissions_boundary_usage_count > 0
            then skip('The policy is only a permissions boundary, which grants nothing.')
        when e.methods > 0 then alarm(concat(
            'The policy allows ', pluralize(e.methods, 'method', 'methods'), ' of privilege escalation, for example ',
            e.example, case when e.unconditional = 0 then ', each under conditions.' else '.' end
        ))
        else ok('The policy alone allows no known method of privilege escalation.')
    end),
    d.account_id, 'global' as region, d.policy_name
from aws_iam_document as d
left join documents as e on e.document_id = d.document_id
left join aws_iam_policy as p on p.account_id = d.account_id and p.arn = d.owner_arn
where d.source = 'managed' and not d.is_aws_managed
order by account_position(d.account_id), d.owner_arn
