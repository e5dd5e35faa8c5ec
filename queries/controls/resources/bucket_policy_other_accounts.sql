-- title: Ensure policies of S3 buckets do not allow other accounts to change the bucket
-- kind: control
-- severity: high
-- tags: resource-policies, s3, third-party, fsbp:S3.6, security_hub:S3.6
-- resource_types: s3_bucket
-- param: trusted text = ''  # Account IDs that may perform the actions, separated by commas
-- remediation: aws s3api get-bucket-policy --bucket {resource:name}
-- remediation: aws s3api put-bucket-policy --bucket {resource:name} --policy file://policy.json
--
-- An account that may change the policy, ACLs or encryption of a bucket of another account decides who has access to
-- the data, even within the organization. The control evaluates s3:DeleteBucketPolicy, s3:PutBucketAcl,
-- s3:PutBucketPolicy, s3:PutEncryptionConfiguration and s3:PutObjectAcl. A statement for everyone counts unless a
-- condition restricts callers to the account of the bucket or to `trusted`. Deny statements are not evaluated.

with allowed_actions as (
    select
        r.account_id, r.arn, q.action, s.conditions, w.who."type" as kind, w.who."value" as who, s.principals is null as is_not
    from aws_resource_policy as r
    inner join aws_iam_statement as s on s.document_id = r.document_id
    cross join lateral (select unnest(coalesce(s.principals, s.not_principals)) as who) as w
    inner join (
        select unnest([
            's3:DeleteBucketPolicy', 's3:PutBucketAcl', 's3:PutBucketPolicy', 's3:PutEncryptionConfiguration', 's3:PutObjectAcl'
        ]) as action
    ) as q on iam_matches_action(s.action_likes, s.actions is not null, q.action)
    where r.resource_type = 's3_bucket' and s.effect = 'Allow'
),

parties as (
    select
        a.account_id, a.arn, a.action,
        case when a.is_not or iam_is_anyone(a.kind, a.who) then 'everyone' else iam_account_of(a.kind, a.who) end as party,
        [[case when a.is_not then '*' else iam_principal_party(a.kind, a.who) end]]
        || iam_restrictions(a.conditions, a.is_not or iam_is_anyone(a.kind, a.who)) as restrictions
    from allowed_actions as a
    where a.is_not or a.kind = 'AWS'
),

external_parties as (
    select
        p.account_id, p.arn,
        string_agg(distinct p.party, ', ' order by p.party) as others,
        string_agg(distinct p.action, ', ' order by p.action) as actions
    from parties as p
    inner join iam_caller_sides(
        (select list(n) from (select e.account_id, e.restrictions from parties as e) as n), comma_list($trusted)
    ) as c on c.account_id = p.account_id and c.restrictions = p.restrictions
    where p.party <> p.account_id and c.side not in ('nobody', 'own account', 'known account')
    group by p.account_id, p.arn
)

select
    r.arn as resource,
    unnest(case
        when p.others is not null then alarm(concat('The bucket policy allows ', p.others, ' the actions ', p.actions, '.'))
        when r.policy_status = 'unread' then unknown(iam_not_evaluated('the policy of the bucket', r.duplicate_key))
        else ok('The bucket policy does not allow other accounts to change the bucket.')
    end),
    r.account_id, coalesce(r.region, 'global') as region
from aws_resource_policy as r
left join external_parties as p on p.account_id = r.account_id and p.arn = r.arn
where r.resource_type = 's3_bucket'
order by account_position(r.account_id), r.arn
