-- Returns the IAM action that a call requires. Its name can differ from the operation, and its prefix from the service in the API.
-- about: The calls whose IAM action has another name than the operation, and the services whose IAM actions have another prefix.
-- source: AWS Service Authorization Reference
-- date: 2026-12-01
-- rebuild: read the actions of a service when a call is added
create or replace macro call_permission(service, operation) as
    case concat(service, ':', operation)
        when 'accessanalyzer:ListFindingsV2' then 'access-analyzer:ListFindings'
        when 'apigateway:GetRestApis' then 'apigateway:GET'
        when 's3:GetPublicAccessBlock' then 's3:GetBucketPublicAccessBlock'
        when 's3:ListBuckets' then 's3:ListAllMyBuckets'
        when 's3control:GetPublicAccessBlock' then 's3:GetAccountPublicAccessBlock'
        else concat(
            case service
                when 'accessanalyzer' then 'access-analyzer'
                when 'efs' then 'elasticfilesystem'
                when 'opensearch' then 'es'
                when 's3control' then 's3'
                when 'sesv2' then 'ses'
                when 'sso-admin' then 'sso'
                else service
            end,
            ':', operation
        )
    end;

-- Returns whether the data of a call is missing or incomplete: because of an error, a missing permission, or a limit of the run.
create or replace macro call_failed(status, error_code) as
    status in ('partial', 'denied', 'throttled', 'expired', 'error') or error_code = 'max_calls';
