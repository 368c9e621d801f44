-- What a later version could add: for test_store_older.c.
CREATE TABLE newer (
    id INTEGER PRIMARY KEY
) STRICT;
