-- Returns the rows of a control that checks that S3 buckets give the public none of some access. A bucket with one of these is an
-- alarm:
--   a grant of the ACL to everyone or to all AWS accounts with one of the `permissions`
--   a policy that allows everyone an action that matches one of the `patterns` or one of the `actions`
-- Block Public Access of the bucket and of its account counts. Disabled ACLs do not count. `label` names the access, such as read.
-- `kind` is s3_bucket.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro bucket_public_results(kind, label, permissions, patterns, actions) as table
with policies as (
    select
        e.account_id, e.arn,
        string_agg(
            distinct case when e.access = 'public' then concat('everyone', case when e.conditions is not null then ' (under conditions)' end) end, ', '
            order by case when e.access = 'public' then concat('everyone', case when e.conditions is not null then ' (under conditions)' end) end
        ) filter (where e.verdict <> 'unknown') as principals,
        min(case when e.verdict = 'unknown' then e.status end) as unread
    from iam_external_access() as e
    where
        e.resource_type = kind
        and e.status <> 'not read: the access control lists'
        and (
            e.access is null
            or e.access = 'public' and (
                starts_with(e.actions, 'all but ')
                or iam_has_common_actions(actions, patterns, string_split(e.actions, ', '))
            )
        )
    group by e.account_id, e.arn
),

grants as (
    select
        g.account_id, g.arn,
        string_agg(
            distinct concat(case when ends_with(g.uri, '/AllUsers') then 'everyone' else 'every AWS account' end, ' (', g.permission, ')'), ', '
            order by concat(case when ends_with(g.uri, '/AllUsers') then 'everyone' else 'every AWS account' end, ' (', g.permission, ')')
        ) as grantees
    from (
        select
            b.account_id, b.arn, b.grant_ ->> '$.Grantee.URI' as uri, b.grant_ ->> '$.Permission' as permission
        from (
            select a.account_id, a.arn, unnest(elements(json_extract(a.acl, '$.Grants'))) as grant_
            from aws_s3_bucket as a
        ) as b
    ) as g
    where
        (ends_with(g.uri, '/global/AllUsers') or ends_with(g.uri, '/global/AuthenticatedUsers'))
        and list_contains(permissions, g.permission)
    group by g.account_id, g.arn
)

select
    r.arn as resource,
    unnest(case
        when p.principals is not null
            then alarm(concat('The bucket policy allows public ', label, ' access to ', p.principals, '.'))
        when g.grantees is not null and r.object_ownership <> 'BucketOwnerEnforced' and not r.ignore_public_acls
            then alarm(concat('The ACL of the bucket allows public ', label, ' access to ', g.grantees, '.'))
        when p.unread is not null then unknown(concat(p.unread, '.'))
        when r.object_ownership = 'BucketOwnerEnforced' or r.ignore_public_acls or b.acl is not null and g.grantees is null
            then ok(concat('The bucket does not allow public ', label, ' access.'))
        when b.acl is null then unknown('not read: the access control list.')
        else unknown('not read: block public access or the object ownership.')
    end),
    r.account_id, coalesce(r.region, 'global') as region, a.position
from aws_resource_policy as r
left join aws_s3_bucket as b on b.account_id = r.account_id and b.arn = r.arn
left join policies as p on p.account_id = r.account_id and p.arn = r.arn
left join grants as g on g.account_id = r.account_id and g.arn = r.arn
left join iamsql.accounts as a on a.account_id = r.account_id
where r.resource_type = kind;
