-- Times and intervals: their parts, PostgreSQL's text of an interval, and what templates ask for.

create or replace macro pg_ordinal(digits) as
    digits || case when regexp_matches(digits, '1[0-9]$') then 'th' when digits[-1] = '1' then 'st'
        when digits[-1] = '2' then 'nd' when digits[-1] = '3' then 'rd' else 'th' end;

create or replace macro pg_bare(digits) as regexp_replace(digits, '^(-?)0+(.)', '\1\2');

create or replace macro pg_roman(moment) as
    ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'][extract(month from moment)];

create or replace macro pg_time_dow(moment) as (extract(dow from moment) + 1)::varchar;

create or replace macro pg_time_week(moment) as ((extract(day from moment) - 1) // 7 + 1)::varchar;

create or replace macro pg_time_year_week(moment) as lpad(((extract(doy from moment) - 1) // 7 + 1)::varchar, 2, '0');

create or replace macro pg_time_century(moment) as lpad(extract(century from moment)::varchar, 2, '0');

create or replace macro pg_time_julian(moment) as floor(extract(julian from moment))::bigint::varchar;

create or replace macro pg_time_quarter(moment) as extract(quarter from moment)::varchar;

create or replace macro pg_time_iso_day(moment) as
    lpad(((extract(week from moment) - 1) * 7 + extract(isodow from moment))::varchar, 3, '0');

create or replace macro pg_time_grouped_year(moment) as regexp_replace(strftime(moment, '%Y'), '^(.*)(...)$', '\1,\2');

create or replace macro pg_time_seconds(moment) as
    (extract(hour from moment) * 3600 + extract(minute from moment) * 60 + extract(second from moment))::varchar;

create or replace macro pg_zeros(amount, size) as
    case when amount < 0 then '-' else '' end || lpad(abs(amount)::varchar, greatest(size, length(abs(amount)::varchar))::integer, '0');

create or replace macro pg_span_years(span) as pg_zeros(extract(year from span), 4);

create or replace macro pg_span_months(span) as pg_zeros(extract(month from span), 2);

create or replace macro pg_span_days(span) as printf('%02d', extract(day from span));

create or replace macro pg_span_all_days(span) as
    pg_zeros(extract(year from span) * 360 + extract(month from span) * 30 + extract(day from span), 3);

create or replace macro pg_span_hours(span) as pg_zeros(extract(hour from span), 2);

create or replace macro pg_span_half_hours(span) as
    pg_zeros(case when extract(hour from span) % 12 = 0 then 12 else extract(hour from span) % 12 end, 2);

create or replace macro pg_span_minutes(span) as pg_zeros(extract(minute from span), 2);

create or replace macro pg_span_seconds(span) as pg_zeros(extract(second from span), 2);

create or replace macro pg_span_millis(span) as pg_zeros(extract(microsecond from span) // 1000 % 1000, 3);

create or replace macro pg_span_micros(span) as pg_zeros(extract(microsecond from span) % 1000000, 6);

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

create or replace macro pg_micros(span) as
    extract(hour from span) * 3600000000 + extract(minute from span) * 60000000 + extract(microsecond from span);

create or replace macro pg_span(span) as
    {'months': extract(year from span) * 12 + extract(month from span), 'days': extract(day from span), 'micros': pg_micros(span)};

create or replace macro pg_spanned(months, days, micros) as
    to_months(cast(months as integer)) + to_days(cast(days as integer)) + to_microseconds(cast(micros as bigint));

-- A part is signed if the part before it is negative.
create or replace macro pg_interval_text(span) as list_transform([pg_span(span)], lambda span_:
    case when span_.months is not null then
        coalesce(nullif(concat_ws(' ',
            pg_interval_part(span_.months // 12, 'year'),
            pg_interval_part(span_.months % 12, 'mon'),
            case when span_.months < 0 and span_.days > 0 then '+' else '' end || pg_interval_part(span_.days, 'day'),
            pg_interval_clock(span_.micros, span_.days < 0 or (span_.days = 0 and span_.months < 0))), ''), '00:00:00')
    end)[1];

create or replace macro pg_justify_days(span) as
    list_transform(pg_whole_months([pg_span(span)]), lambda one_:
        case when one_.months > 0 and one_.days < 0 then pg_spanned(one_.months - 1, one_.days + 30, one_.micros)
            when one_.months < 0 and one_.days > 0 then pg_spanned(one_.months + 1, one_.days - 30, one_.micros)
            else pg_spanned(one_.months, one_.days, one_.micros) end)[1];

create or replace macro pg_even_clock(spans) as list_transform(spans, lambda even_:
    case when even_.days > 0 and even_.micros < 0
            then pg_spanned(even_.months, even_.days - 1, even_.micros + 86400000000)
        when even_.days < 0 and even_.micros > 0
            then pg_spanned(even_.months, even_.days + 1, even_.micros - 86400000000)
        else pg_spanned(even_.months, even_.days, even_.micros) end)[1];

create or replace macro pg_whole_days(spans) as list_transform(spans, lambda whole_:
    {'months': whole_.months, 'days': whole_.days + whole_.micros // 86400000000, 'micros': whole_.micros % 86400000000});

create or replace macro pg_whole_months(spans) as list_transform(spans, lambda whole_:
    {'months': whole_.months + whole_.days // 30, 'days': whole_.days % 30, 'micros': whole_.micros});

create or replace macro pg_even_days(spans) as list_transform(spans, lambda even_:
    case when even_.months > 0 and (even_.days < 0 or (even_.days = 0 and even_.micros < 0))
            then {'months': even_.months - 1, 'days': even_.days + 30, 'micros': even_.micros}
        when even_.months < 0 and (even_.days > 0 or (even_.days = 0 and even_.micros > 0))
            then {'months': even_.months + 1, 'days': even_.days - 30, 'micros': even_.micros}
        else {'months': even_.months, 'days': even_.days, 'micros': even_.micros} end);

create or replace macro pg_justify_hours(span) as pg_even_clock(pg_whole_days([pg_span(span)]));

create or replace macro pg_justify_interval(span) as
    pg_even_clock(pg_even_days(pg_whole_months(pg_whole_days([pg_span(span)]))));

create or replace macro pg_seconds(moment) as extract(microsecond from moment) / 1000000.0::double;

-- A part of a month is days of which a month has 30, a part of a day is time.
create or replace macro pg_interval_times(span, factor) as
    list_transform(list_transform([{'span': pg_span(span), 'factor': factor}], lambda times_: {
            'months': times_.span.months * times_.factor,
            'days': times_.span.days * times_.factor,
            'more': round((times_.span.months * times_.factor - trunc(times_.span.months * times_.factor)) * 30, 9),
            'micros': times_.span.micros * times_.factor}),
        lambda part_: pg_spanned(
            trunc(part_.months),
            trunc(part_.days) + trunc(part_.more),
            round(part_.micros + 86400000000 * (part_.days - trunc(part_.days) + part_.more - trunc(part_.more)))))[1];

create or replace macro pg_trunc_years(moment, years) as
    date_trunc('year', moment) - to_years(((extract(year from moment) - 1) % years)::integer);

create or replace macro pg_sum_intervals(span) as
    pg_spanned(
        sum(extract(year from span) * 12 + extract(month from span)), sum(extract(day from span)), sum(pg_micros(span)))
