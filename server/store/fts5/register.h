// Registers FTS5 for every connection that is opened from now on; gives an SQLite code.
int earshot_register_fts5(void);
