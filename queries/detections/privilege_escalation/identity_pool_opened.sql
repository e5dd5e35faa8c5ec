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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.identityPoolName', e.request_parameters ->> '$.identityPoolId', e.target
    ) as target,
    concat(
        case
            when e.event_name <> 'SetIdentityPoolRoles' then 'guests are admitted'
            else concat_ws(
                ', ', 'role for guests ' || (e.request_parameters ->> '$.roles.unauthenticated'),
                'role for authenticated identities ' || (e.request_parameters ->> '$.roles.authenticated'),
                case
                    when json_type(e.request_parameters, '$.roleMappings') = 'OBJECT' then 'roles by rules or token'
                end
            )
        end,
        case
            when (e.request_parameters ->> '$.allowClassicFlow') = 'true'
                then ', in the classic flow with any role that trusts it'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('cognito-identity.amazonaws.com') as e
where
    (e.event_name = 'SetIdentityPoolRoles' and json_type(e.request_parameters, '$.roles') = 'OBJECT')
    or (
        e.event_name in ('CreateIdentityPool', 'UpdateIdentityPool')
        and (e.request_parameters ->> '$.allowUnauthenticatedIdentities') = 'true'
    )
order by e.event_time desc, e.event_id
