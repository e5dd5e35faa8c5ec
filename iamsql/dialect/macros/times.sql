-- Functions of times and intervals.

create or replace macro pg_interval_part(amount, unit) as
    case when amount <> 0 then amount || ' ' || unit || case when amount = 1 then '' else 's' end end;

create or replace macro pg_interval_clock(micros, signed) as
    case when micros <> 0 then
        case when micros < 0 then '-' when signed then '+' else '' end
        || lpad((abs(micros) // 3600000000)::varchar, greatest(2, length((abs(micros) // 3600000000)::varchar))::integer, '0')
        || ':' || lpad((abs(micros) // 60000000 % 60)::varchar, 2, '0')
        || ':' || lpad((abs(micros) // 1000000 % 60)::varchar, 2, '0')
        || case when abs(micros) % 1000000 = 0 then ''
            else rtrim('.' || lpad((abs(micros) % 1000000)::varchar, 6, '0'), '0') end
    end;

-- In both databases, extract(microsecond) includes the seconds.
create or replace macro pg_micros(interval_value) as
    extract(hour from interval_value) * 3600000000 + extract(minute from interval_value) * 60000000
    + extract(microsecond from interval_value);

create or replace macro pg_interval_parts(interval_value) as
    {
        'months': extract(year from interval_value) * 12 + extract(month from interval_value),
        'days': extract(day from interval_value), 'micros': pg_micros(interval_value)
    };

create or replace macro pg_interval_of_parts(months, days, micros) as
    to_months(cast(months as integer)) + to_days(cast(days as integer)) + to_microseconds(cast(micros as bigint));

create or replace macro pg_make_interval(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0) as
    to_years(years::integer) + to_months(months::integer) + to_weeks(weeks::integer) + to_days(days::integer)
    + to_hours(hours::bigint) + to_minutes(mins::bigint) + to_microseconds(round(secs::double * 1000000)::bigint);

-- Returns an interval as text. A part has a plus sign if the part before it is negative.
create or replace macro pg_interval_text(interval_value) as list_transform([pg_interval_parts(interval_value)], lambda parts_:
    case when parts_.months is not null then
        coalesce(nullif(concat_ws(' ',
            pg_interval_part(parts_.months // 12, 'year'),
            pg_interval_part(parts_.months % 12, 'mon'),
            case when parts_.months < 0 and parts_.days > 0 then '+' else '' end || pg_interval_part(parts_.days, 'day'),
            pg_interval_clock(parts_.micros, parts_.days < 0 or (parts_.days = 0 and parts_.months < 0))), ''), '00:00:00')
    end)[1];

-- DuckDB's extract(second) returns an integer.
create or replace macro pg_seconds(timestamp_value) as extract(microsecond from timestamp_value) / 1000000.0::double;

-- DuckDB has no sum of intervals. The parts are added separately, as in PostgreSQL: 30 days do not become a month.
create or replace macro pg_sum_intervals(interval_value) as
    pg_interval_of_parts(
        sum(extract(year from interval_value) * 12 + extract(month from interval_value)),
        sum(extract(day from interval_value)),
        sum(pg_micros(interval_value))
    )
