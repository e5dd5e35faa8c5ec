-- title: Roles made for strangers: accounts outside the organization, or anybody's tokens
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, mitre:T1199, tactic:persistence, cloudtrail
-- param: days integer = 7   # How long an identity provider counts as new
--
-- A role that trusts a foreign account, or everybody, lets others in from outside and needs no key of ours.
-- Found are principals of other accounts and everybody, unless a condition keeps to this organization; tokens of an
-- OpenID Connect provider without a condition on the subject (`sub`), or with a wildcard that leaves the subject or the
-- audience open; providers of other accounts; providers made or changed in the last `$days` days, whose owner may be
-- anybody (not GitHub's and the like and those of EKS, where the subject decides); and services that give the role to
-- machines outside AWS. Whose a repository or cluster is, which a condition on the subject names, is for the reader.
-- Find out whose the principal is; if nobody can say, empty the trust policy first and then look for AssumeRole
-- events of it.
-- False positives: vendors who watch or bill the account: the detail then tells of a condition (an external id),
-- and a contract names the account; and a provider that is being connected, with the first roles for it. When a run
-- reads one account alone, its sisters are strangers to it; run over the organization, or compare with the list of
-- accounts.

with changed as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        e.request_parameters ->> '$.roleName' as role_name,
        e.event_id, e.user_agent, e.invoked_by,
        e.request_parameters ->> '$.assumeRolePolicyDocument' as document
    from successful_calls('iam.amazonaws.com') as e
    where e.event_name = 'CreateRole'
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip, c.event_name, c.role_name as target,
    concat('may be assumed by ', s.ways, ', through ' || c.invoked_by) as detail,
    c.event_id, s.principals,
    try_cast(c.document as json) as policy,
    c.user_agent
from changed as c
inner join opened_trusts(
    (
        select list({
            'account_id': d.account_id, 'event_id': d.event_id, 'event_time': d.event_time, 'document': d.document
        })
        from changed as d
    ),
    $days
) as s on s.account_id = c.account_id and s.event_id = c.event_id
order by c.event_time desc, c.event_id
