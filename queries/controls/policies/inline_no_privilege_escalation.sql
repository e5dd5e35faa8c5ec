-- title: Ensure inline policies do not allow privilege escalation
-- kind: control
-- severity: high
-- tags: policies, inline, privilege-escalation, risk
-- remediation: iamsql query escalation_paths
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- Some actions, alone or in combination, let a principal extend its permissions: create a policy version, create an
-- access key for another user, pass a role to an instance. Remove one action of each combination, or specify the
-- resources. The control evaluates the methods of the query `privesc_methods`: one inline policy must allow all actions
-- of a method on all resources, and not deny them unconditionally. `policy_no_privilege_escalation` evaluates customer
-- managed policies, and `principal_escalation` combinations of several policies.

with documents as (
    select m.document_id, count(*) as methods, min(m.method) as example, max(m.unconditional) as unconditional
    from iam_document_methods() as m
    group by m.document_id
),

owners as (
    select
        p.account_id, p.arn, p.kind,
        count(case when p.policy_name is not null and p.document_id is null then 1 end) as unread,
        min(p.duplicate_key) as duplicate_key,
        sum(coalesce(d.methods, 0)) as methods,
        min(d.example) as example,
        max(d.unconditional) as unconditional,
        string_agg(case when d.methods > 0 then p.policy_name end, ', ' order by p.policy_name) as policies
    from iam_inline_policies() as p
    left join documents as d on d.document_id = p.document_id
    group by p.account_id, p.arn, p.kind
)

select
    o.arn as resource,
    unnest(case
        when o.methods > 0 then alarm(concat(
            'The policies of the ', o.kind, ' (', o.policies, ') allow ', pluralize(o.methods, 'method', 'methods'),
            ' of privilege escalation, for example ', o.example,
            case when o.unconditional = 0 then ', each under conditions.' else '.' end
        ))
        when o.unread > 0 then unknown(iam_not_evaluated(concat('an inline policy of the ', o.kind), o.duplicate_key))
        else ok(concat('No inline policy of the ', o.kind, ' alone allows a known method of privilege escalation.'))
    end),
    o.account_id, 'global' as region
from owners as o
order by account_position(o.account_id), o.arn
