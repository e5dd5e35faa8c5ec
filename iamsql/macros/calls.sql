-- Whether an error, a missing permission or a limit of the run stopped a call, so that its data is missing or incomplete.
create or replace macro call_failed(status, error_code) as
    status in ('partial', 'denied', 'throttled', 'expired', 'error') or error_code = 'max_calls';
