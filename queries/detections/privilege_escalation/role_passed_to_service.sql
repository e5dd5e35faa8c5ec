-- title: Role passed to a service by an IAM user, a federated user or the root user
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.003, mitre:T1578.002, tactic:privilege_escalation, cloudtrail
--
-- Detects resources that an IAM user, a federated user or the root user creates or changes with a role: EC2 instances,
-- Lambda functions, Glue, SageMaker, CloudFormation, CodeBuild, ECS and others. Whoever may pass a role to a service
-- can act with the permissions of that role, so a user with few permissions can gain more. `detail` contains the role:
-- compare its permissions with the principal's, and review what the new resource did with it.
-- False positives: developers with IAM users who create such resources every day. Identify them by the number of their
-- findings and review the others. Sessions of roles are excluded, because pipelines pass roles as part of their work.

with calls as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(
            e.response_elements ->> '$.instancesSet.items[0].instanceId',
            e.request_parameters ->> '$.notebookInstanceName', e.request_parameters ->> '$.endpointName',
            e.request_parameters ->> '$.family', e.target
        ) as target,
        coalesce(
            e.request_parameters ->> '$.iamInstanceProfile.arn', e.request_parameters ->> '$.iamInstanceProfile.name',
            e.request_parameters ->> '$.role', e.request_parameters ->> '$.roleArn',
            e.request_parameters ->> '$.roleARN', e.request_parameters ->> '$.serviceRole',
            e.request_parameters ->> '$.taskRoleArn', e.request_parameters ->> '$.overrides.taskRoleArn',
            e.request_parameters ->> '$.instanceConfiguration.instanceRoleArn',
            e.request_parameters ->> '$.jobFlowRole', e.request_parameters ->> '$.containerProperties.jobRoleArn',
            e.request_parameters ->> '$.jobUpdate.role'
        ) as role,
        e.invoked_by, e.event_id
    from recorded_calls() as e
    where
        scan_filter(e.user_type in ('IAMUser', 'Root', 'FederatedUser'))
        and (
            e.event_source in (
                'ec2.amazonaws.com', 'glue.amazonaws.com', 'sagemaker.amazonaws.com', 'cloudformation.amazonaws.com',
                'codebuild.amazonaws.com', 'ecs.amazonaws.com', 'states.amazonaws.com', 'datapipeline.amazonaws.com',
                'elasticmapreduce.amazonaws.com', 'apprunner.amazonaws.com', 'batch.amazonaws.com'
            )
            and e.event_name in (
                'RunInstances', 'CreateDevEndpoint', 'UpdateDevEndpoint', 'CreateJob', 'CreateSession', 'CreateStack',
                'UpdateStack', 'CreateChangeSet', 'CreateProject', 'UpdateProject', 'RegisterTaskDefinition', 'RunTask',
                'CreateNotebookInstance', 'CreateTrainingJob', 'CreateProcessingJob', 'CreateStateMachine',
                'CreatePipeline', 'UpdateJob', 'UpdateNotebookInstance', 'UpdateStateMachine', 'StartTask', 'RunJobFlow',
                'CreateService', 'RegisterJobDefinition'
            )
            or (
                e.event_source = 'lambda.amazonaws.com'
                and (e.event_name like 'CreateFunction20%' or e.event_name like 'UpdateFunctionConfiguration20%')
            )
        )
        and e.error_code is null
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat('role ', c.role, ', through ' || c.invoked_by) as detail,
    c.event_id
from calls as c
where c.role is not null
order by c.event_time desc, c.event_id
