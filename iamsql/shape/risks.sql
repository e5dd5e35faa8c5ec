-- What a policy's statement or a role's trust risks: the actions that matter, and what conditions hold a statement to.
--
-- A choice of dozens, not the whole catalogue: the plainest action of each way, as what allows it seldom allows it alone.
-- The query risky_actions says what the columns mean.
create or replace macro iam_risky_actions() as table
select * from (values
    ('data_exfiltration', 's3:GetObject', 'Reads the objects of buckets.'),
    ('data_exfiltration', 's3:GetObjectVersion', 'Reads earlier versions of objects, deleted ones among them.'),
    ('data_exfiltration', 'dynamodb:Scan', 'Reads whole tables.'),
    ('data_exfiltration', 'dynamodb:ExportTableToPointInTime', 'Writes whole tables into a bucket.'),
    ('data_exfiltration', 'rds:CopyDBSnapshot', 'Copies a database, under another key or to another region.'),
    ('data_exfiltration', 'rds:StartExportTask', 'Writes a database''s snapshot into a bucket.'),
    ('data_exfiltration', 'rds-data:ExecuteStatement', 'Runs SQL in a database.'),
    ('data_exfiltration', 'redshift-data:ExecuteStatement', 'Runs SQL in a warehouse.'),
    ('data_exfiltration', 'athena:GetQueryResults', 'Reads what queries over buckets gave.'),
    ('data_exfiltration', 'ebs:GetSnapshotBlock', 'Reads disks block by block.'),
    ('data_exfiltration', 'ec2:CreateStoreImageTask', 'Writes an image of a disk into a bucket.'),
    ('data_exfiltration', 'ssm:GetParameter', 'Reads parameters, which often hold secrets.'),
    ('data_exfiltration', 'ssm:GetParameters', 'Reads parameters, several at once.'),
    ('data_exfiltration', 'ssm:GetParametersByPath', 'Reads all parameters below a path.'),
    ('data_exfiltration', 'secretsmanager:GetSecretValue', 'Reads secrets.'),
    ('data_exfiltration', 'secretsmanager:BatchGetSecretValue', 'Reads many secrets at once.'),
    ('data_exfiltration', 'logs:GetLogEvents', 'Reads logs, with what programs let slip into them.'),
    ('data_exfiltration', 'sqs:ReceiveMessage', 'Takes messages from queues.'),
    ('data_exfiltration', 'kinesis:GetRecords', 'Reads streams.'),
    ('data_exfiltration', 'codecommit:GitPull', 'Reads source code.'),
    ('data_exfiltration', 'ecr:GetDownloadUrlForLayer', 'Reads container images.'),
    ('data_exfiltration', 'lambda:GetFunction', 'Gives the address of a function''s code, and its variables.'),
    ('data_exfiltration', 'backup:StartCopyJob', 'Copies backups to another vault.'),
    ('resource_exposure', 's3:PutBucketPolicy', 'Opens a bucket to others.'),
    ('resource_exposure', 's3:PutBucketAcl', 'Opens a bucket to others.'),
    ('resource_exposure', 's3:PutObjectAcl', 'Opens an object to others.'),
    ('resource_exposure', 's3:PutBucketPublicAccessBlock', 'Takes away what keeps a bucket from being public.'),
    ('resource_exposure', 's3:PutAccountPublicAccessBlock', 'Takes away what keeps all buckets from being public.'),
    ('resource_exposure', 's3:PutAccessPointPolicy', 'Opens an access point to others.'),
    ('resource_exposure', 'kms:PutKeyPolicy', 'Lets others use a key.'),
    ('resource_exposure', 'kms:CreateGrant', 'Lets others use a key, which its policy does not show.'),
    ('resource_exposure', 'iam:UpdateAssumeRolePolicy', 'Lets others assume a role.'),
    ('resource_exposure', 'lambda:AddPermission', 'Lets others call a function.'),
    ('resource_exposure', 'lambda:AddLayerVersionPermission', 'Lets others use a layer.'),
    ('resource_exposure', 'sns:AddPermission', 'Opens a topic to others.'),
    ('resource_exposure', 'sns:SetTopicAttributes', 'Writes a topic''s policy.'),
    ('resource_exposure', 'sqs:AddPermission', 'Opens a queue to others.'),
    ('resource_exposure', 'sqs:SetQueueAttributes', 'Writes a queue''s policy.'),
    ('resource_exposure', 'secretsmanager:PutResourcePolicy', 'Lets others read a secret.'),
    ('resource_exposure', 'ecr:SetRepositoryPolicy', 'Opens a repository of images to others.'),
    ('resource_exposure', 'ec2:ModifySnapshotAttribute', 'Shares a disk''s snapshot.'),
    ('resource_exposure', 'ec2:ModifyImageAttribute', 'Shares an image.'),
    ('resource_exposure', 'rds:ModifyDBSnapshotAttribute', 'Shares a database''s snapshot.'),
    ('resource_exposure', 'rds:ModifyDBClusterSnapshotAttribute', 'Shares a cluster''s snapshot.'),
    ('resource_exposure', 'ram:CreateResourceShare', 'Shares things with other accounts.'),
    ('resource_exposure', 'backup:PutBackupVaultAccessPolicy', 'Opens a vault of backups to others.'),
    ('resource_exposure', 'es:UpdateDomainConfig', 'Writes the access policy of a search domain.'),
    ('resource_exposure', 'glue:PutResourcePolicy', 'Opens the data catalogue to others.'),
    ('resource_exposure', 'events:PutPermission', 'Lets others send events.'),
    ('credentials_exposure', 'iam:CreateAccessKey', 'Gives a key of any user.'),
    ('credentials_exposure', 'iam:CreateLoginProfile', 'Sets the first password of any user.'),
    ('credentials_exposure', 'iam:UpdateLoginProfile', 'Changes the password of any user.'),
    ('credentials_exposure', 'iam:CreateServiceSpecificCredential', 'Gives a password for CodeCommit, or a key for Bedrock.'),
    ('credentials_exposure', 'iam:ResetServiceSpecificCredential', 'Gives such a password anew.'),
    ('credentials_exposure', 'sts:AssumeRole', 'Gives the credentials of roles that trust the account.'),
    ('credentials_exposure', 'sts:GetFederationToken', 'Gives credentials that outlast the key they were made with.'),
    ('credentials_exposure', 'sso:GetRoleCredentials', 'Gives credentials of Identity Center.'),
    ('credentials_exposure', 'cognito-identity:GetCredentialsForIdentity', 'Gives credentials of an identity pool''s roles.'),
    ('credentials_exposure', 'ecr:GetAuthorizationToken', 'Gives the password of the container registry.'),
    ('credentials_exposure', 'codeartifact:GetAuthorizationToken', 'Gives the password of the package repository.'),
    ('credentials_exposure', 'rds-db:connect', 'Signs in to databases without a password.'),
    ('credentials_exposure', 'redshift:GetClusterCredentials', 'Gives a database password.'),
    ('credentials_exposure', 'redshift-serverless:GetCredentials', 'Gives a database password.'),
    ('credentials_exposure', 'ec2:GetPasswordData', 'Gives the administrator''s password of Windows instances.'),
    ('credentials_exposure', 'lightsail:GetInstanceAccessDetails', 'Gives the way into virtual machines.'),
    ('credentials_exposure', 'lightsail:DownloadDefaultKeyPair', 'Gives a private key.'),
    ('credentials_exposure', 'chime:CreateApiKey', 'Gives a key.'),
    ('credentials_exposure', 'apigateway:POST', 'Makes, among other things, API keys.'),
    ('credentials_exposure', 'connect:GetFederationToken', 'Gives the way into a contact centre.'),
    ('infrastructure_changes', 'ec2:RunInstances', 'Starts instances.'),
    ('infrastructure_changes', 'ec2:TerminateInstances', 'Ends instances.'),
    ('infrastructure_changes', 'ec2:DeleteVolume', 'Deletes disks.'),
    ('infrastructure_changes', 'ec2:DeleteSnapshot', 'Deletes the snapshots of disks.'),
    ('infrastructure_changes', 'ec2:AuthorizeSecurityGroupIngress', 'Opens instances to the network.'),
    ('infrastructure_changes', 'ec2:CreateRoute', 'Leads traffic elsewhere.'),
    ('infrastructure_changes', 'ec2:ModifyInstanceAttribute', 'Changes what instances start with.'),
    ('infrastructure_changes', 's3:DeleteBucket', 'Deletes buckets.'),
    ('infrastructure_changes', 's3:DeleteObject', 'Deletes objects.'),
    ('infrastructure_changes', 's3:PutLifecycleConfiguration', 'Has objects deleted by age.'),
    ('infrastructure_changes', 'rds:DeleteDBInstance', 'Deletes databases.'),
    ('infrastructure_changes', 'rds:DeleteDBCluster', 'Deletes clusters.'),
    ('infrastructure_changes', 'rds:ModifyDBInstance', 'Changes databases, their master password among the rest.'),
    ('infrastructure_changes', 'dynamodb:DeleteTable', 'Deletes tables.'),
    ('infrastructure_changes', 'kms:ScheduleKeyDeletion', 'Ends keys, and with them all that they encrypt.'),
    ('infrastructure_changes', 'kms:DisableKey', 'Stops keys.'),
    ('infrastructure_changes', 'lambda:UpdateFunctionCode', 'Changes what functions do.'),
    ('infrastructure_changes', 'lambda:DeleteFunction', 'Deletes functions.'),
    ('infrastructure_changes', 'ecs:UpdateService', 'Changes what containers run.'),
    ('infrastructure_changes', 'eks:DeleteCluster', 'Deletes clusters.'),
    ('infrastructure_changes', 'cloudformation:DeleteStack', 'Deletes whatever a stack holds.'),
    ('infrastructure_changes', 'cloudformation:UpdateStack', 'Changes whatever a stack holds.'),
    ('infrastructure_changes', 'route53:ChangeResourceRecordSets', 'Leads names elsewhere.'),
    ('infrastructure_changes', 'elasticloadbalancing:DeleteLoadBalancer', 'Cuts services off.'),
    ('infrastructure_changes', 'cloudfront:UpdateDistribution', 'Changes where visitors are led.'),
    ('infrastructure_changes', 'backup:DeleteRecoveryPoint', 'Deletes backups.'),
    ('infrastructure_changes', 'cloudtrail:StopLogging', 'Stops the log of what is done.'),
    ('infrastructure_changes', 'cloudtrail:DeleteTrail', 'Deletes a trail.'),
    ('infrastructure_changes', 'config:StopConfigurationRecorder', 'Stops the record of changes.'),
    ('infrastructure_changes', 'guardduty:DeleteDetector', 'Ends the watch for threats.'),
    ('infrastructure_changes', 'organizations:LeaveOrganization', 'Takes the account from under its guardrails.')
) as listed (risk, action, why);

-- Whether a statement's patterns reach an action; `reaches` is true for those of Action and false for those of NotAction.
create or replace macro iam_reaches(likes, reaches, wanted) as
    (len([1 for like_ in likes if lower(wanted) like like_ escape '\']) > 0) = reaches;

-- Whether a statement of a trust lets anyone in, and does not only let a session be tagged.
create or replace macro iam_lets_in(likes, reaches) as
    iam_reaches(likes, reaches, 'sts:AssumeRole')
    or iam_reaches(likes, reaches, 'sts:AssumeRoleWithSAML')
    or iam_reaches(likes, reaches, 'sts:AssumeRoleWithWebIdentity');

-- Whether patterns of actions hold one for every action there is.
create or replace macro iam_every_action(patterns) as
    coalesce(len([1 for pattern_ in patterns if regexp_full_match(pattern_, '\*+(:\*+)?')]) > 0, false);

-- Whether patterns of resources hold one for every resource of every service.
create or replace macro iam_every_resource(patterns) as
    len([1 for pattern_ in patterns if regexp_full_match(pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+')]) > 0;

-- Whether a statement speaks of every action on every resource, however it is spelled. NotAction and NotResource count unless
-- they leave out what makes an administrator: IAM's changes of policies, or IAM's roles, users and policies.
create or replace macro iam_allows_everything(actions, not_actions, resources, not_resources) as
    (
        iam_every_action(actions)
        or coalesce(len(not_actions) > 0 and len([
            1 for like_ in iam_likes(not_actions)
            if '*:*' like like_ escape '\' or 'iam:attachrolepolicy' like like_ escape '\'
            or 'iam:putuserpolicy' like like_ escape '\' or 'iam:createpolicyversion' like like_ escape '\'
        ]) = 0, false)
    ) and (
        iam_every_resource(resources)
        or coalesce(len(not_resources) > 0 and len([
            1 for like_ in iam_likes([regexp_replace(pattern_, '^arn:[^:]*:', 'arn:aws:') for pattern_ in not_resources])
            if 'arn:aws:*:*:*:*' like like_ escape '\' or 'arn:aws:iam::*:role/*' like like_ escape '\'
            or 'arn:aws:iam::*:user/*' like like_ escape '\' or 'arn:aws:iam::*:policy/*' like like_ escape '\'
        ]) = 0, false)
    );

-- Whether they hold one for every role of some account or of all.
create or replace macro iam_every_role(patterns) as
    len([
        1 for pattern_ in patterns
        if regexp_full_match(pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+|arn:[a-z*-]+:iam::[0-9*]+:(\*+|role\*+|role/\*+)')
    ]) > 0;

-- Whether they hold one for every KMS key of some account or of all.
create or replace macro iam_every_key(patterns) as
    len([
        1 for pattern_ in patterns
        if regexp_full_match(
            pattern_, '\*+|arn:\*+|arn:[a-z*-]+(:\*+)+|arn:[a-z*-]+:kms:[^:]*:[0-9*]+:(\*+|(key|alias)\*+|(key|alias)/\*+)'
        )
    ]) > 0;

-- The account that a principal names; NULL for everyone, for one who was deleted, and for services and providers.
create or replace macro iam_account_of(type, value) as
    case
        when type = 'AWS' and regexp_full_match(value, '[0-9]{12}') then value
        when type = 'AWS' and regexp_full_match(split_part(value, ':', 5), '[0-9]{12}') then split_part(value, ':', 5)
    end;

-- Whether a principal is everyone, or the id that stays behind when a user or role is deleted.
create or replace macro iam_is_anyone(type, value) as type = 'AWS' and regexp_full_match(value, '\*+');
create or replace macro iam_is_deleted(type, value) as
    type = 'AWS' and regexp_full_match(value, 'A[A-Z]{3}[A-Z0-9]{12,28}');

-- The keys, of some, that conditions hold a request to certain values of: those that pass a request without the key, or
-- with any value, and those that only rule values out hold it to nothing.
create or replace macro iam_held_by(conditions, keys) as
    list_sort(list_distinct([
        condition_.key for condition_ in conditions
        if list_contains(keys, condition_.key)
        and not condition_.if_exists
        and coalesce(condition_.qualifier, '') <> 'all'
        and not starts_with(condition_.operator, 'null')
        and not contains(condition_.operator, 'not')
        and not regexp_matches(array_to_string(condition_."values", ' '), '(^| )[*?]+( |$)')
    ]), 'ASC');

-- Conditions on who calls that name accounts or organizations. An ARN must name its account.
create or replace macro iam_on_callers(conditions) as
    [
        condition_ for condition_ in conditions
        if condition_.key in ('aws:principalaccount', 'aws:principalorgid', 'aws:principalorgpaths', 'aws:userid')
        or (
            condition_.key = 'aws:principalarn'
            and len([1 for value_ in condition_."values" if regexp_full_match(split_part(value_, ':', 5), '[0-9]{12}')])
            = len(condition_."values")
        )
    ];

-- The keys by which conditions hold callers to known accounts or organizations.
create or replace macro iam_known_callers(conditions) as
    iam_held_by(
        iam_on_callers(conditions),
        ['aws:principalaccount', 'aws:principalarn', 'aws:principalorgid', 'aws:principalorgpaths', 'aws:userid']
    );

-- Whether the conditions of a Deny bar all callers but known ones: it must stand alone, as all conditions have to hold.
create or replace macro iam_bars_strangers(conditions) as
    len(conditions) = 1
    and len([1 for condition_ in iam_on_callers(conditions) if contains(condition_.operator, 'not')]) = 1;

-- Conditions as text, one after the other.
create or replace macro iam_condition_words(conditions) as
    array_to_string([
        concat(
            case condition_.qualifier when 'all' then 'forallvalues:' when 'any' then 'foranyvalue:' else '' end,
            condition_.operator, case when condition_.if_exists then 'ifexists' else '' end,
            ' ', condition_.key, ' = ', array_to_string(condition_."values", ', ')
        )
        for condition_ in conditions
    ], '; ');

-- Whether a service runs what the customer writes, on instances, in containers or functions, with the role that it is given.
create or replace macro iam_runs_code(service) as
    regexp_full_match(
        service,
        '(ec2|lambda|edgelambda|ecs-tasks|pods\.eks|codebuild|batch|glue|sagemaker|elasticmapreduce|tasks\.apprunner'
        || '|ssm|cloud9|datapipeline|emr-serverless|robomaker|bedrock-agentcore)\.amazonaws\.com(\.cn)?'
    );

-- In how many statements a policy says something, as the end of a sentence.
create or replace macro iam_in_statements(statements, unconditional) as
    concat(
        ' in ', statements, case when statements = 1 then ' statement' else ' statements' end,
        case when unconditional > 0 then '.' when statements = 1 then ', under conditions.' else ', each under conditions.' end
    );

-- Whole days from one moment to another; below 0 where the other comes first.
create or replace macro days_between(since, till) as
    cast(floor((extract(epoch from till) - extract(epoch from since)) / 86400) as bigint);

-- A number of days in words.
create or replace macro in_days(days) as concat(days, case when days = 1 then ' day' else ' days' end);
