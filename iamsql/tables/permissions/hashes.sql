-- A text as a number: 63 bits of its MD5 hash, which take less memory than the text. A shift is much faster than the remainder of a
-- division, and the text of a BIGINT is faster than the text of a UHUGEINT.
create or replace macro iam_hash(value) as cast(md5_number(value) >> 65 as bigint);
