-- title: An IAM user or root started a service with a role of its choosing
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.003, mitre:T1578.002, tactic:privilege_escalation, cloudtrail
--
-- Whoever may pass a role to EC2, Lambda, Glue, SageMaker, CloudFormation, CodeBuild, ECS or the like may act with that
-- role's rights, so a weak user becomes a strong one. The role is in `detail`: compare its rights with those of the
-- actor, and see what the new resource did with it.
-- False positives: developers with long-term users who start such things daily; find them by their number and let the
-- rest be looked at. Roles and pipelines are left out here, since passing roles is their trade.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(
        e.response_elements ->> '$.instancesSet.items[0].instanceId',
        e.request_parameters ->> '$.notebookInstanceName', e.request_parameters ->> '$.endpointName',
        e.request_parameters ->> '$.family', e.target
    ) as target,
    concat(
        'role ',
        coalesce(
            e.request_parameters ->> '$.iamInstanceProfile.arn', e.request_parameters ->> '$.iamInstanceProfile.name',
            e.request_parameters ->> '$.role', e.request_parameters ->> '$.roleArn',
            e.request_parameters ->> '$.roleARN', e.request_parameters ->> '$.serviceRole',
            e.request_parameters ->> '$.taskRoleArn', e.request_parameters ->> '$.overrides.taskRoleArn',
            e.request_parameters ->> '$.instanceConfiguration.instanceRoleArn',
            e.request_parameters ->> '$.jobFlowRole', e.request_parameters ->> '$.containerProperties.jobRoleArn',
            e.request_parameters ->> '$.jobUpdate.role'
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    e.user_type in ('IAMUser', 'Root', 'FederatedUser')
    and (
        e.event_source in (
            'ec2.amazonaws.com', 'glue.amazonaws.com', 'sagemaker.amazonaws.com', 'cloudformation.amazonaws.com',
            'codebuild.amazonaws.com', 'ecs.amazonaws.com', 'states.amazonaws.com', 'datapipeline.amazonaws.com',
            'elasticmapreduce.amazonaws.com', 'apprunner.amazonaws.com', 'batch.amazonaws.com'
        )
        and e.event_name in (
            'RunInstances', 'CreateDevEndpoint', 'UpdateDevEndpoint', 'CreateJob', 'CreateSession', 'CreateStack',
            'UpdateStack', 'CreateChangeSet', 'CreateProject', 'UpdateProject', 'RegisterTaskDefinition', 'RunTask',
            'CreateNotebookInstance', 'CreateTrainingJob', 'CreateProcessingJob', 'CreateStateMachine', 'CreatePipeline',
            'UpdateJob', 'UpdateNotebookInstance', 'UpdateStateMachine', 'StartTask', 'RunJobFlow', 'CreateService',
            'RegisterJobDefinition'
        )
        or (
            e.event_source = 'lambda.amazonaws.com'
            and (e.event_name like 'CreateFunction20%' or e.event_name like 'UpdateFunctionConfiguration20%')
        )
    )
    and coalesce(
        e.request_parameters ->> '$.iamInstanceProfile.arn', e.request_parameters ->> '$.iamInstanceProfile.name',
        e.request_parameters ->> '$.role', e.request_parameters ->> '$.roleArn', e.request_parameters ->> '$.roleARN',
        e.request_parameters ->> '$.serviceRole', e.request_parameters ->> '$.taskRoleArn',
        e.request_parameters ->> '$.overrides.taskRoleArn',
        e.request_parameters ->> '$.instanceConfiguration.instanceRoleArn', e.request_parameters ->> '$.jobFlowRole',
        e.request_parameters ->> '$.containerProperties.jobRoleArn', e.request_parameters ->> '$.jobUpdate.role'
    ) is not null
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
