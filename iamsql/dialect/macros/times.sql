-- Functions of times and intervals, the text of an interval, and parts of to_char.

create or replace macro pg_ordinal(digits) as
    digits || case when regexp_matches(digits, '1[0-9]$') then 'th' when digits[-1] = '1' then 'st'
        when digits[-1] = '2' then 'nd' when digits[-1] = '3' then 'rd' else 'th' end;

create or replace macro pg_strip_zeros(digits) as regexp_replace(digits, '^(-?)0+(.)', '\1\2');

create or replace macro pg_roman(moment) as
    ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'][extract(month from moment)];

-- D of to_char counts from Sunday as 1, dow from Sunday as 0.
create or replace macro pg_char_time_dow(moment) as (extract(dow from moment) + 1)::varchar;

-- W and WW count weeks from the first day of the month and of the year, not from a Monday.
create or replace macro pg_char_time_week(moment) as ((extract(day from moment) - 1) // 7 + 1)::varchar;

create or replace macro pg_char_time_year_week(moment) as lpad(((extract(doy from moment) - 1) // 7 + 1)::varchar, 2, '0');

create or replace macro pg_char_time_century(moment) as lpad(extract(century from moment)::varchar, 2, '0');

create or replace macro pg_char_time_julian(moment) as floor(extract(julian from moment))::bigint::varchar;

create or replace macro pg_char_time_quarter(moment) as extract(quarter from moment)::varchar;

create or replace macro pg_char_time_iso_day(moment) as
    lpad(((extract(week from moment) - 1) * 7 + extract(isodow from moment))::varchar, 3, '0');

create or replace macro pg_char_time_grouped_year(moment) as regexp_replace(strftime(moment, '%Y'), '^(.*)(...)$', '\1,\2');

create or replace macro pg_char_time_seconds(moment) as
    (extract(hour from moment) * 3600 + extract(minute from moment) * 60 + extract(second from moment))::varchar;

create or replace macro pg_zero_padded(amount, size) as
    case when amount < 0 then '-' else '' end || lpad(abs(amount)::varchar, greatest(size, length(abs(amount)::varchar))::integer, '0');

create or replace macro pg_char_interval_years(value) as pg_zero_padded(extract(year from value), 4);

create or replace macro pg_char_interval_months(value) as pg_zero_padded(extract(month from value), 2);

-- The sign counts as one of the two characters of DD, but not of the other fields.
create or replace macro pg_char_interval_days(value) as printf('%02d', extract(day from value));

create or replace macro pg_char_interval_all_days(value) as
    pg_zero_padded(extract(year from value) * 360 + extract(month from value) * 30 + extract(day from value), 3);

create or replace macro pg_char_interval_hours(value) as pg_zero_padded(extract(hour from value), 2);

create or replace macro pg_char_interval_half_hours(value) as
    pg_zero_padded(case when extract(hour from value) % 12 = 0 then 12 else extract(hour from value) % 12 end, 2);

create or replace macro pg_char_interval_minutes(value) as pg_zero_padded(extract(minute from value), 2);

create or replace macro pg_char_interval_seconds(value) as pg_zero_padded(extract(second from value), 2);

create or replace macro pg_char_interval_millis(value) as pg_zero_padded(extract(microsecond from value) // 1000 % 1000, 3);

create or replace macro pg_char_interval_micros(value) as pg_zero_padded(extract(microsecond from value) % 1000000, 6);

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

-- extract(microsecond) includes the seconds, in both databases.
create or replace macro pg_micros(value) as
    extract(hour from value) * 3600000000 + extract(minute from value) * 60000000 + extract(microsecond from value);

create or replace macro pg_interval_parts(value) as
    {'months': extract(year from value) * 12 + extract(month from value), 'days': extract(day from value), 'micros': pg_micros(value)};

create or replace macro pg_interval_of_parts(months, days, micros) as
    to_months(cast(months as integer)) + to_days(cast(days as integer)) + to_microseconds(cast(micros as bigint));

create or replace macro pg_make_interval(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0) as
    to_years(years::integer) + to_months(months::integer) + to_weeks(weeks::integer) + to_days(days::integer)
    + to_hours(hours::bigint) + to_minutes(mins::bigint) + to_microseconds(round(secs::double * 1000000)::bigint);

-- A part has a plus sign if the part before it is negative.
create or replace macro pg_interval_text(value) as list_transform([pg_interval_parts(value)], lambda interval_:
    case when interval_.months is not null then
        coalesce(nullif(concat_ws(' ',
            pg_interval_part(interval_.months // 12, 'year'),
            pg_interval_part(interval_.months % 12, 'mon'),
            case when interval_.months < 0 and interval_.days > 0 then '+' else '' end || pg_interval_part(interval_.days, 'day'),
            pg_interval_clock(interval_.micros, interval_.days < 0 or (interval_.days = 0 and interval_.months < 0))), ''), '00:00:00')
    end)[1];

-- The steps of justify_interval take and return a list of one struct, so that a step is evaluated once for the next.
create or replace macro pg_justify_days(value) as
    list_transform(pg_days_to_months([pg_interval_parts(value)]), lambda element_:
        case when element_.months > 0 and element_.days < 0 then pg_interval_of_parts(element_.months - 1, element_.days + 30, element_.micros)
            when element_.months < 0 and element_.days > 0 then pg_interval_of_parts(element_.months + 1, element_.days - 30, element_.micros)
            else pg_interval_of_parts(element_.months, element_.days, element_.micros) end)[1];

create or replace macro pg_balance_time(spans) as list_transform(spans, lambda parts_:
    case when parts_.days > 0 and parts_.micros < 0
            then pg_interval_of_parts(parts_.months, parts_.days - 1, parts_.micros + 86400000000)
        when parts_.days < 0 and parts_.micros > 0
            then pg_interval_of_parts(parts_.months, parts_.days + 1, parts_.micros - 86400000000)
        else pg_interval_of_parts(parts_.months, parts_.days, parts_.micros) end)[1];

create or replace macro pg_time_to_days(spans) as list_transform(spans, lambda parts_:
    {'months': parts_.months, 'days': parts_.days + parts_.micros // 86400000000, 'micros': parts_.micros % 86400000000});

create or replace macro pg_days_to_months(spans) as list_transform(spans, lambda parts_:
    {'months': parts_.months + parts_.days // 30, 'days': parts_.days % 30, 'micros': parts_.micros});

create or replace macro pg_balance_days(spans) as list_transform(spans, lambda parts_:
    case when parts_.months > 0 and (parts_.days < 0 or (parts_.days = 0 and parts_.micros < 0))
            then {'months': parts_.months - 1, 'days': parts_.days + 30, 'micros': parts_.micros}
        when parts_.months < 0 and (parts_.days > 0 or (parts_.days = 0 and parts_.micros > 0))
            then {'months': parts_.months + 1, 'days': parts_.days - 30, 'micros': parts_.micros}
        else {'months': parts_.months, 'days': parts_.days, 'micros': parts_.micros} end);

create or replace macro pg_justify_hours(value) as pg_balance_time(pg_time_to_days([pg_interval_parts(value)]));

create or replace macro pg_justify_interval(value) as
    pg_balance_time(pg_balance_days(pg_days_to_months(pg_time_to_days([pg_interval_parts(value)]))));

-- extract(second) of DuckDB is an integer.
create or replace macro pg_seconds(moment) as extract(microsecond from moment) / 1000000.0::double;

create or replace macro pg_trunc_years(moment, years) as
    date_trunc('year', moment) - to_years(((extract(year from moment) - 1) % years)::integer);

-- DuckDB has no sum of intervals. The parts are added up separately, as in PostgreSQL: 30 days do not become a month.
create or replace macro pg_sum_intervals(value) as
    pg_interval_of_parts(
        sum(extract(year from value) * 12 + extract(month from value)), sum(extract(day from value)), sum(pg_micros(value)))
