-- Expressions of detections that group events, or compare the addresses of callers.

-- Aggregates a group of calls to its first call, as a struct. `call` is a row with event_time and event_id. The event ID decides
-- between calls of the same second, so the answer does not depend on the order of the rows.
create or replace macro first_call(call) as arg_min(call, {'time': call.event_time, 'id': call.event_id});

-- Returns 1 for an event that starts a burst, otherwise 0, as a window expression. A burst ends with a pause of more than
-- `minutes` minutes. `key` is the list of values whose events belong together. The running sum of the results numbers the bursts.
create or replace macro burst_start(key, event_time, event_id, minutes) as
    case
        when
            event_time <= lag(event_time) over (partition by key order by event_time, event_id)
            + minutes * interval '1 minute'
            then 0
        else 1
    end;

-- Returns the network of an IP address: the first three numbers of IPv4, or the first three groups of IPv6.
create or replace macro network_of(address) as
    case
        when address like '%:%' then regexp_extract(address, '^[^:]*:[^:]*:[^:]*')
        else regexp_replace(address, '\.\d+$', '')
    end;

-- Formats a time for the text of a finding.
create or replace macro time_text(event_time) as strftime(event_time, '%Y-%m-%d %H:%M:%S');
