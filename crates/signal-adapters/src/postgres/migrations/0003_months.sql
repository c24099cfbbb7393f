-- Counts over calendar months add up; old listens are folded into them.

ALTER TABLE play_counts ADD COLUMN monthly bool NOT NULL DEFAULT false;
UPDATE play_counts SET monthly = true WHERE spanned AND span_from % 1000000 = 0
    AND abs(span_from) < 100000000000000000
    AND date_trunc('month', to_timestamp(span_from / 1000000) AT TIME ZONE 'UTC') = to_timestamp(span_from / 1000000) AT TIME ZONE 'UTC'
    AND (extract(epoch FROM (to_timestamp(span_from / 1000000) AT TIME ZONE 'UTC') + interval '1 month') * 1000000)::int8 = span_to;
