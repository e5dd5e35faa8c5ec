-- title: Cognito identity pool gives roles, or admits guests
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, mitre:T1078.004, tactic:privilege_escalation, cloudtrail
--
-- Detects roles that are set for an identity pool of Amazon Cognito, and pools that admit guests. Everyone who knows
-- the ID of the pool, which is part of an app, receives credentials of the role for guests; everyone who can sign up
-- receives the role for authenticated identities. `detail` contains the roles. Compare their permissions with what the
-- app needs, disable guests unless it needs them, and look for GetCredentialsForIdentity events.
-- False positives: the deployment of a mobile or web app, by infrastructure as code, with a role that allows a few
-- actions of the app.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.identityPoolName', c.request_parameters ->> '$.identityPoolId', c.target
    ) as target,
    concat(
        case
            when c.event_name <> 'SetIdentityPoolRoles' then 'guests are admitted'
            else concat_ws(
                ', ', 'role for guests ' || (c.request_parameters ->> '$.roles.unauthenticated'),
                'role for authenticated identities ' || (c.request_parameters ->> '$.roles.authenticated'),
                case
                    when json_type(c.request_parameters, '$.roleMappings') = 'OBJECT' then 'roles by rules or token'
                end
            )
        end,
        case
            when (c.request_parameters ->> '$.allowClassicFlow') = 'true'
                then ', in the classic flow with any role that trusts it'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('cognito-identity.amazonaws.com') as c
where
    (c.event_name = 'SetIdentityPoolRoles' and json_type(c.request_parameters, '$.roles') = 'OBJECT')
    or (
        c.event_name in ('CreateIdentityPool', 'UpdateIdentityPool')
        and (c.request_parameters ->> '$.allowUnauthenticatedIdentities') = 'true'
    )
order by c.event_time desc, c.event_id
