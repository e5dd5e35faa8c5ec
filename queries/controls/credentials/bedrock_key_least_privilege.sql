-- title: Ensure API keys of Amazon Bedrock belong to users without wide permissions
-- kind: control
-- severity: high
-- tags: service-credentials, bedrock, privilege-escalation
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam attach-user-policy --user-name {user_name} --policy-arn arn:{partition}:iam::aws:policy/AmazonBedrockLimitedAccess
-- remediation: aws iam detach-user-policy --user-name {user_name} --policy-arn POLICY_ARN
--
-- A long-term API key of Amazon Bedrock has the Bedrock permissions of its user, and whoever has the key can call
-- models at your cost. The user needs no other permissions. The alarm says whether a policy of the user or of its
-- groups allows everything, every action of Amazon Bedrock on all resources, or a method of `privesc_methods` on all
-- resources. A key that is not active is skipped.

with risks as (
    select d.document_id, 'administrative privileges' as risk
    from admin_documents() as d
    union
    select s.document_id, 'all actions of Amazon Bedrock'
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and iam_matches_action(s.action_likes, s.actions is not null, 'bedrock:*')
        and iam_matches_action(s.action_likes, s.actions is not null, 'bedrock:InvokeModel')
        and iam_every_resource(s.resources)
    union
    select m.document_id, 'privilege escalation'
    from iam_document_methods() as m
),

users as (
    select
        p.account_id, p.principal_arn,
        max(case when p.document_id is null then 1 else 0 end) as is_unread,
        string_agg(distinct r.risk, ', ' order by r.risk) as risks
    from aws_iam_principal_policy as p
    left join risks as r on r.document_id = p.document_id
    where p.layer = 'identity' and p.principal_type = 'user'
    group by p.account_id, p.principal_arn
)

select
    c.arn as resource,
    unnest(case
        when c.is_expired or c.status <> 'Active' then skip('The API key is not active.')
        when u.risks is not null then alarm(concat('The policies of the user allow ', u.risks, '.'))
        when u.is_unread = 1 then unknown('a policy of the user was not read.')
        else ok('The policies of the user allow neither everything nor all actions of Amazon Bedrock, and no privilege escalation.')
    end),
    c.account_id, 'global' as region, c.user_name, c.credential_id
from iam_service_credentials() as c
left join users as u on u.account_id = c.account_id and u.principal_arn = c.arn
where c.service_name = 'bedrock.amazonaws.com'
order by account_position(c.account_id), c.arn, c.credential_id
