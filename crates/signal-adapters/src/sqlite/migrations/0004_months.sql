-- Counts over calendar months add up; old listens are folded into them.

ALTER TABLE play_counts ADD COLUMN monthly INTEGER NOT NULL DEFAULT 0;
UPDATE play_counts SET monthly = 1 WHERE spanned
    AND datetime(span_from / 1000000, 'unixepoch', 'start of month') = datetime(span_from / 1000000, 'unixepoch')
    AND unixepoch(datetime(span_from / 1000000, 'unixepoch', '+1 month')) * 1000000 = span_to
    AND span_from % 1000000 = 0;
