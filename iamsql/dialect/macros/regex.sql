-- Regular expressions whose pattern is known only when the query runs: what RE2 and PostgreSQL read alike, else an error.

create or replace macro pg_regex_ascii(subject) as
    case when regexp_matches(subject, '[^\x00-\x7F]')
        then error('iamsql finds the ends of words (\m, \M, \y) in ASCII texts only, and a text has other letters.')
        else subject end;

create or replace macro pg_regex_checked(pattern) as
    case when regexp_matches(pattern, '\\[A-CE-Za-ce-z0-9]|\(\?|\[\[|^\*\*\*|[*+?}][*+]')
        then error('iamsql cannot run a pattern with escapes, classes or groups such as \w, [[:alpha:]] or (?: unless it is written out in the query: ' || pattern)
        else pattern end;

create or replace macro pg_regex_search(subject, pattern, flags) as regexp_matches(subject, flags || pg_regex_checked(pattern));

create or replace macro pg_regex_settled(pattern) as
    case when regexp_matches(pattern, '[|()]|[*+?}]\?')
        then error('iamsql cannot take text out by a pattern with groups, branches or lazy quantifiers unless it is written out in the query: ' || pattern)
        else '(?s)' || pg_regex_checked(pattern) end;

create or replace macro pg_regex_first(subject, pattern) as
    case when regexp_matches(subject, pattern) then regexp_extract(subject, pattern) end;

create or replace macro pg_regex_group(subject, pattern, place, proof) as
    case when regexp_matches(subject, pattern) and (proof = 0 or regexp_extract(subject, pattern, proof) <> '')
        then regexp_extract(subject, pattern, place) end;

create or replace macro pg_regex_column(subject, pattern, place, proof) as
    list_transform(
        list_zip(regexp_extract_all(subject, pattern, place), regexp_extract_all(subject, pattern, proof)),
        lambda pair_: case when proof = 0 or pair_[2] <> '' then pair_[1] end);

create or replace macro pg_regex_rows(columns) as
    list_transform([columns], lambda in_:
        list_transform(range(1, len(in_[1]) + 1), lambda place_: list_transform(in_, lambda one_: one_[place_])))[1];

create or replace macro pg_regex_replacement(words) as
    case when contains(words, '\') and not regexp_full_match(words, '(?:[^\\]|\\&)*')
        then error('iamsql cannot use a replacement with a backslash unless it is written out in the query: ' || words)
        else replace(words, '\&', '\0') end;

create or replace macro pg_letters(subject) as case when subject = '' then [''] else string_split(subject, '') end
