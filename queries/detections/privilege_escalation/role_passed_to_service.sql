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
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.response_elements ->> '$.instancesSet.items[0].instanceId',
            c.request_parameters ->> '$.notebookInstanceName', c.request_parameters ->> '$.endpointName',
            c.request_parameters ->> '$.family', c.target
        ) as target,
        coalesce(
            c.request_parameters ->> '$.iamInstanceProfile.arn', c.request_parameters ->> '$.iamInstanceProfile.name',
            c.request_parameters ->> '$.role', c.request_parameters ->> '$.roleArn',
            c.request_parameters ->> '$.roleARN', c.request_parameters ->> '$.serviceRole',
            c.request_parameters ->> '$.taskRoleArn', c.request_parameters ->> '$.overrides.taskRoleArn',
            c.request_parameters ->> '$.instanceConfiguration.instanceRoleArn',
            c.request_parameters ->> '$.jobFlowRole', c.request_parameters ->> '$.containerProperties.jobRoleArn',
            c.request_parameters ->> '$.jobUpdate.role'
        ) as role,
        c.invoked_by, c.event_id
    from recorded_calls() as c
    where
        scan_filter(c.user_type in ('IAMUser', 'Root', 'FederatedUser'))
        and (
            c.event_source in (
                'ec2.amazonaws.com', 'glue.amazonaws.com', 'sagemaker.amazonaws.com', 'cloudformation.amazonaws.com',
                'codebuild.amazonaws.com', 'ecs.amazonaws.com', 'states.amazonaws.com', 'datapipeline.amazonaws.com',
                'elasticmapreduce.amazonaws.com', 'apprunner.amazonaws.com', 'batch.amazonaws.com'
            )
            and c.event_name in (
                'RunInstances', 'CreateDevEndpoint', 'UpdateDevEndpoint', 'CreateJob', 'CreateSession', 'CreateStack',
                'UpdateStack', 'CreateChangeSet', 'CreateProject', 'UpdateProject', 'RegisterTaskDefinition', 'RunTask',
                'CreateNotebookInstance', 'CreateTrainingJob', 'CreateProcessingJob', 'CreateStateMachine',
                'CreatePipeline', 'UpdateJob', 'UpdateNotebookInstance', 'UpdateStateMachine', 'StartTask', 'RunJobFlow',
                'CreateService', 'RegisterJobDefinition'
            )
            or (
                c.event_source = 'lambda.amazonaws.com'
                and (c.event_name like 'CreateFunction20%' or c.event_name like 'UpdateFunctionConfiguration20%')
            )
        )
        and c.error_code is null
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat('role ', c.role, ', through ' || c.invoked_by) as detail,
    c.event_id
from calls as c
where c.role is not null
order by c.event_time desc, c.event_id
