-- Whom a question is about. A subject is a user or role as it is, or as it would be after a change: a policy that allows
-- everything attached to it, perhaps in place of the policy `without_arn`, its boundary removed, groups joined; or one that was
-- newly created in the principal's account.
create or replace macro iam_subject(arn) as {
    'subject': arn, 'principal': arn, 'groups': cast(null as varchar[]), 'without_arn': cast(null as varchar),
    'is_widened': false, 'is_unbounded': false, 'is_new': false
};

-- The same lists with their types, which a NULL or an empty list has not.
create or replace macro iam_subject_list(subjects) as cast(subjects as struct(
    subject varchar, principal varchar, "groups" varchar[], without_arn varchar,
    is_widened boolean, is_unbounded boolean, is_new boolean
)[]);

create or replace macro iam_question_list(questions) as cast(questions as struct(
    subject varchar, "action" varchar, resource varchar, context struct("key" varchar, "values" varchar[])[], trust boolean
)[]);

-- One key for a question and the number of whom it is asked about, positive or negative.
create or replace macro iam_pair_key(question, bearer) as question * 4294967296 + bearer;

-- Whether a question asks about whichever resource: `any`, or of one type of IAM's `any user`, `any role` and the like.
create or replace macro iam_is_any_resource(resource) as resource = 'any' or starts_with(resource, 'any ');

-- Whether which resource a request names does not matter to a statement with these patterns, or with NULL without any: the
-- question asks about one resource, or the patterns include `*`.
create or replace macro iam_ignores_resource(resource, patterns) as
    not iam_is_any_resource(resource) or coalesce(list_contains(patterns, '*'), true);

-- How the place is shown to which an organization's policy that applies to an account is attached.
create or replace macro iam_target_name(account_id, target_id, target_name) as
    case when target_id = account_id then 'the account' else target_name end;

-- A question: may a subject, or with NULL each of them, perform the action on the resource?
-- With `trust` the resource is a role to assume, and its trust policy counts.
-- `context` holds the condition keys whose values are known beforehand, with NULL for a key that the request does not have.
create or replace macro iam_subject_question(subject, action, resource, context, trust) as {
    'subject': subject, 'action': action, 'resource': resource, 'context': context, 'trust': trust
};

create or replace macro iam_no_context() as cast([] as struct("key" varchar, "values" varchar[])[]);

create or replace macro iam_question(action, resource) as
    iam_subject_question(cast(null as varchar), action, resource, iam_no_context(), false);

-- The policies of subjects; layer is identity or boundary.
-- gives: subject VARCHAR, principal VARCHAR, account_id VARCHAR, layer VARCHAR, via VARCHAR, group_name VARCHAR, policy_name VARCHAR, policy_arn VARCHAR, document_id VARCHAR
create or replace macro iam_subject_policies(subjects) as table
with expanded as materialized (
    select
        s.one.subject as subject, s.one.principal as principal, s.one."groups" as "groups",
        s.one.without_arn as without_arn, s.one.is_widened as is_widened, s.one.is_unbounded as is_unbounded, s.one.is_new as is_new
    from (select unnest(iam_subject_list(subjects)) as one) as s
)

select s.subject, s.principal, l.account_id, l.layer, l.via, l.group_name, l.policy_name, l.policy_arn, l.document_id
from expanded as s join aws_iam_principal_policy as l on l.principal_arn = s.principal
where not s.is_new and not (s.is_unbounded and l.layer = 'boundary')
    and (s.without_arn is null or l.policy_arn is distinct from s.without_arn)
union all
select s.subject, s.principal, split_part(s.principal, ':', 5), 'identity', 'attached', null, 'AdministratorAccess',
    concat('arn:', split_part(s.principal, ':', 2), ':iam::aws:policy/AdministratorAccess'), iam_full_access_id()
from expanded as s
where s.is_widened
union all
select s.subject, s.principal, g.account_id, 'identity', 'group', g.group_name, g.policy_name, g.policy_arn, g.document_id
from (select e.subject, e.principal, unnest(e."groups") as group_arn from expanded as e) as s
join aws_iam_group_policy as g on g.group_arn = s.group_arn;
