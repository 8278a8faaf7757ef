#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

// What SQLite says of a VFS, as it has stood since 3.8.3. The library itself comes
// with the driver, and so do these symbols, when everything is linked.
typedef struct file file;
typedef struct vfs vfs;
typedef struct {
	int version;
	int (*close)(file *);
	int (*read)(file *, void *, int, int64_t);
	int (*write)(file *, const void *, int, int64_t);
	int (*truncate)(file *, int64_t);
	int (*sync)(file *, int);
	int (*size)(file *, int64_t *);
	int (*lock)(file *, int);
	int (*unlock)(file *, int);
	int (*reserved)(file *, int *);
	int (*control)(file *, int, void *);
	int (*sector)(file *);
	int (*device)(file *);
	int (*shm_map)(file *, int, int, int, void volatile **);
	int (*shm_lock)(file *, int, int, int);
	void (*shm_barrier)(file *);
	int (*shm_unmap)(file *, int);
	int (*fetch)(file *, int64_t, int, void **);
	int (*unfetch)(file *, int64_t, void *);
} methods;
struct file { const methods *m; };
struct vfs {
	int version, file_size, max_path;
	vfs *next;
	const char *name;
	void *data;
	int (*open)(vfs *, const char *, file *, int, int *);
	int (*remove)(vfs *, const char *, int);
	void *rest[14];
};
extern vfs *sqlite3_vfs_find(const char *);
extern int sqlite3_vfs_register(vfs *, int);

enum { ok = 0, read_failed = 10 | 1 << 8, sync_failed = 10 | 4 << 8, truncate_failed = 10 | 6 << 8, full = 13 };

// How many calls that read or change a file still go well; below 0: all do.
static atomic_int_fast64_t left = -1;
static atomic_int_fast64_t failed;

void faultyfs_after(int64_t n) { atomic_store(&left, n); atomic_store(&failed, 0); }
int64_t faultyfs_failed(void) { return atomic_load(&failed); }

static int fails(void) {
	int_fast64_t n = atomic_load(&left);
	while (n > 0 && !atomic_compare_exchange_weak(&left, &n, n - 1)) {}
	if (n == 0) atomic_fetch_add(&failed, 1);
	return n == 0;
}

typedef struct { file base; file *real; } shim;
#define REAL(f) (((shim *)(f))->real)

static int s_close(file *f) { return REAL(f)->m ? REAL(f)->m->close(REAL(f)) : ok; }
static int s_read(file *f, void *b, int n, int64_t at) { return fails() ? read_failed : REAL(f)->m->read(REAL(f), b, n, at); }
static int s_write(file *f, const void *b, int n, int64_t at) {
	if (fails()) {
		// As much as a disk takes that is full, or that loses its power.
		if (n > 1) REAL(f)->m->write(REAL(f), b, n / 2, at);
		return full;
	}
	return REAL(f)->m->write(REAL(f), b, n, at);
}
static int s_truncate(file *f, int64_t n) { return fails() ? truncate_failed : REAL(f)->m->truncate(REAL(f), n); }
static int s_sync(file *f, int how) { return fails() ? sync_failed : REAL(f)->m->sync(REAL(f), how); }
static int s_size(file *f, int64_t *n) { return REAL(f)->m->size(REAL(f), n); }
static int s_lock(file *f, int l) { return REAL(f)->m->lock(REAL(f), l); }
static int s_unlock(file *f, int l) { return REAL(f)->m->unlock(REAL(f), l); }
static int s_reserved(file *f, int *out) { return REAL(f)->m->reserved(REAL(f), out); }
static int s_control(file *f, int op, void *a) { return REAL(f)->m->control(REAL(f), op, a); }
static int s_sector(file *f) { return REAL(f)->m->sector(REAL(f)); }
static int s_device(file *f) { return REAL(f)->m->device(REAL(f)); }
static int s_shm_map(file *f, int i, int n, int w, void volatile **p) { return REAL(f)->m->shm_map(REAL(f), i, n, w, p); }
static int s_shm_lock(file *f, int at, int n, int how) { return REAL(f)->m->shm_lock(REAL(f), at, n, how); }
static void s_shm_barrier(file *f) { REAL(f)->m->shm_barrier(REAL(f)); }
static int s_shm_unmap(file *f, int del) { return REAL(f)->m->shm_unmap(REAL(f), del); }

static const methods shim_methods = {
	2, s_close, s_read, s_write, s_truncate, s_sync, s_size, s_lock, s_unlock, s_reserved,
	s_control, s_sector, s_device, s_shm_map, s_shm_lock, s_shm_barrier, s_shm_unmap, 0, 0,
};

static vfs *real;
static vfs faulty;

static int v_open(vfs *v, const char *name, file *f, int flags, int *out) {
	(void)v;
	shim *s = (shim *)f;
	s->real = (file *)&s[1];
	s->real->m = 0;
	int rc = real->open(real, name, s->real, flags, out);
	s->base.m = s->real->m ? &shim_methods : 0;
	return rc;
}
static int v_remove(vfs *v, const char *name, int sync) { (void)v; return real->remove(real, name, sync); }

int faultyfs_register(const char *name) {
	real = sqlite3_vfs_find(0);
	if (!real) return 1;
	// Everything but files is the real one's, which does not look at the vfs that it is given.
	memcpy(&faulty, real, sizeof faulty);
	faulty.name = name;
	faulty.file_size = (int)sizeof(shim) + real->file_size;
	faulty.open = v_open;
	faulty.remove = v_remove;
	return sqlite3_vfs_register(&faulty, 0);
}
