-- title: Access to an EKS cluster granted, or a role given to its pods
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.006, tactic:privilege_escalation, cloudtrail
--
-- Detects access entries and access policies of EKS clusters, and roles that pods of a service account receive. An
-- access policy such as AmazonEKSClusterAdminPolicy makes an IAM principal an administrator of the cluster, who can use
-- the roles of all its pods. A pod identity association gives a role to whoever can start a pod. `detail` contains the
-- principal, the policy and the role. Remove the entry (`aws eks delete-access-entry`), and read the audit log of the
-- cluster.
-- False positives: the team that operates the cluster, by infrastructure as code. Entries for nodes, which have their
-- own type and grant nothing else, are excluded.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.name', c.request_parameters ->> '$.clusterName', c.target) as target,
    concat(
        case
            when c.event_name like '%PodIdentityAssociation' then concat(
                'role ', c.request_parameters ->> '$.roleArn', ' for service account ',
                concat_ws('/', c.request_parameters ->> '$.namespace', c.request_parameters ->> '$.serviceAccount')
            )
            when c.event_name = 'AssociateAccessPolicy' then concat(
                split_part(c.request_parameters ->> '$.policyArn', '/', -1), ' for ',
                c.request_parameters ->> '$.principalArn',
                ', scope ' || (c.request_parameters ->> '$.accessScope.type')
            )
            else concat(
                'access entry of ', c.request_parameters ->> '$.principalArn',
                ', groups ' || nullif(c.request_parameters ->> '$.kubernetesGroups', '[]')
            )
        end,
        case
            when (c.request_parameters ->> '$.principalArn') in (c.actor_arn, c.issuer_arn)
                then ', by the principal itself'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('eks.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'CreateAccessEntry', 'UpdateAccessEntry', 'AssociateAccessPolicy', 'CreatePodIdentityAssociation',
        'UpdatePodIdentityAssociation'
    ))
    and coalesce(c.request_parameters ->> '$.type', 'STANDARD') = 'STANDARD'
order by c.event_time desc, c.event_id
