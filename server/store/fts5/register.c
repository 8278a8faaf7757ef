// FTS5 as a part of the SQLite that the driver links in, rather than as something
// that is loaded: it calls that one's functions by their names.
#define SQLITE_CORE 1
#define SQLITE_ENABLE_FTS5 1
#define SQLITE_PRIVATE static
#define SQLITE_EXTENSION_INIT1
#define HAVE_STDINT_H 1
#define NDEBUG 1

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "register.h"
#include "sqlite3.h"
#include "fts5_source.h"

static int enable(sqlite3 *db, char **message, const struct sqlite3_api_routines *api) {
  return sqlite3Fts5Init(db);
}

int earshot_register_fts5(void) { return sqlite3_auto_extension((void (*)(void))enable); }
