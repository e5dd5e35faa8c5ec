-- Which principals may have something asked of them, and who of them are alike: `leader` is one of those for whom the answer
-- is the same. They are alike where the same policies that speak of what is asked reach them, by the same ways, under the
-- same policies of the organization, and no statement asks who they are; of any resource, one's own name is as good as
-- another's. With `apart` each is its own leader; with `named` the policies' names have to be the same too.
-- gives: principal VARCHAR, account_id VARCHAR, leader VARCHAR
create or replace macro iam_alike(questions, who, apart, named) as table
with asked as materialized (
    select q.one.action as action, q.one.resource as resource from (select unnest(questions) as one) as q
),

heard as materialized (
    select
        s.document_id,
        string_agg(
            distinct iam_said(s, a.action), ' '
            order by iam_said(s, a.action)
        ) as says,
        bool_or(
            iam_asks(s.conditions, 'principal') or s.has_variables and (
                a.is_on_one
                or contains(lower(array_to_string(coalesce(s.resources, s.not_resources), ' ')), '${aws:principaltag/')
                or len([1 for condition_ in s.conditions if contains(array_to_string(condition_."values", ' '), '${')]) > 0
            )
        ) as personal,
        bool_or(iam_asks(s.conditions, 'account')) as by_account
    from aws_iam_statement as s
    join (select q.action, bool_or(q.resource <> 'any') as is_on_one from asked as q group by q.action) as a
        on (s.actions is not null) = (len([1 for like_ in s.action_likes if lower(a.action) like like_ escape '\']) > 0)
    group by s.document_id
),

owned as materialized (
    select
        l.principal_arn,
        bool_or(l.personal) as personal,
        bool_or(l.by_account) as by_account,
        md5(string_agg(distinct l.policy, ';' order by l.policy)) as policies
    from (
        select
            r.principal_arn, h.personal, h.by_account,
            concat(r.layer, ' ', h.says, case
                when named then concat_ws(' ', r.via, r.group_name, r.policy_name)
            end) as policy
        from aws_iam_principal_policy as r left join heard as h on h.document_id = r.document_id
        where (h.document_id is not null or r.layer = 'boundary') and (who is null or r.principal_arn = who)
    ) as l
    group by l.principal_arn
),

-- what resource control policies of another account ask about the principal, its own policies do not tell
elsewhere as materialized (
    select coalesce(bool_or(h.personal), false) as personal, coalesce(bool_or(h.by_account), false) as by_account
    from heard as h
    join aws_organizations_account_policy as l on l.document_id = h.document_id and l.type = 'RESOURCE_CONTROL_POLICY'
    where exists (select 1 from asked as q where iam_resource_account(q.resource) is not null)
),

alike as materialized (
    select
        p.principal_arn,
        p.account_id,
        case when who is not null or apart or o.personal or e.personal then p.principal_arn else concat_ws(
            '|', p.type, p.is_guarded, p.guard_id, o.policies,
            case when o.by_account or e.by_account then p.account_id end
        ) end as profile
    from aws_iam_principal as p
    left join owned as o on o.principal_arn = p.principal_arn
    cross join elsewhere as e
    where (who is null or p.principal_arn = who) and (o.principal_arn is not null or apart)
)

select
    a.principal_arn as principal, a.account_id,
    min(a.principal_arn) over (partition by a.profile) as leader
from alike as a;
