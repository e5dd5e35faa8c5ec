-- Returns 63 bits of the MD5 hash of a string as a number, which takes less memory than the string. A shift is much faster than
-- the remainder of a division, and a BIGINT is converted to text faster than a UHUGEINT.
create or replace macro iam_hash(value) as cast(md5_number(value) >> 65 as bigint);
