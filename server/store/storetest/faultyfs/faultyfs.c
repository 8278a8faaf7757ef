#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

enum { main_db = 0x100, wal = 0x80000, ok = 0, read_failed = 10 | 1 << 8, sync_failed = 10 | 4 << 8, truncate_failed = 10 | 6 << 8, full = 13 };

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

typedef struct { file base; file *real; char *path; } shim; // path: of the database and its log; 0 for what ends with a process
#define REAL(f) (((shim *)(f))->real)

// What has changed since the last sync of its file, the oldest first: of each change what
// stood there before, and what was written. A cut of the power keeps any of it.
typedef struct change {
	struct change *next;
	char *path;
	int64_t at, size; // of what was written, and of the file before
	int n, old;       // bytes written, and of them that the file had before; n < 0: cut off at `at`
	unsigned char *was, *is;
} change;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static change *changes, **last = &changes;
static atomic_int recording;

static void drop(change *c) { free(c->path); free(c->was); free(c->is); free(c); }

static void forget(const char *path) { // everything for 0
	pthread_mutex_lock(&lock);
	for (change **at = &changes; *at;) {
		change *c = *at;
		if (path && strcmp(c->path, path)) { at = &c->next; continue; }
		*at = c->next;
		drop(c);
	}
	for (last = &changes; *last; last = &(*last)->next) {}
	pthread_mutex_unlock(&lock);
}

static void note(file *f, const void *b, int n, int64_t at) {
	shim *s = (shim *)f;
	if (!atomic_load(&recording) || !s->path) return;
	change *c = calloc(1, sizeof *c);
	s->real->m->size(s->real, &c->size);
	c->path = strdup(s->path);
	c->at = at;
	c->n = n;
	int64_t there = c->size > at ? c->size - at : 0;
	if (n >= 0 && there > n) there = n;
	c->old = (int)there;
	c->was = malloc(there + 1);
	if (there > 0) s->real->m->read(s->real, c->was, c->old, at);
	if (n > 0) memcpy(c->is = malloc(n), b, n);
	pthread_mutex_lock(&lock);
	*last = c;
	last = &c->next;
	pthread_mutex_unlock(&lock);
}

void faultyfs_record(int on) { forget(0); atomic_store(&recording, on); }

// What came of a change when the power was cut: all of it, nothing, or its first sectors.
static void undo(int fd, change *c) {
	if (c->old > 0 && pwrite(fd, c->was, c->old, c->at) != c->old) abort();
	if (ftruncate(fd, c->size)) abort();
}
static void redo(int fd, change *c, int n) {
	if (c->n < 0) { if (ftruncate(fd, c->at)) abort(); }
	else if (n > 0 && pwrite(fd, c->is, n, c->at) != n) abort();
}

static uint64_t dice; // splitmix64
static uint64_t roll(void) {
	uint64_t z = (dice += 0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

// Leaves the files as a disk might that lost its power: what was synced is there, of the
// rest whatever chance keeps. No file is open. Gives how many changes were lost, or torn.
int64_t faultyfs_cut(uint64_t seed) {
	int64_t lost = 0, n = 0;
	dice = seed;
	pthread_mutex_lock(&lock);
	for (change *c = changes; c; c = c->next) n++;
	change **all = malloc((n + 1) * sizeof *all);
	n = 0;
	for (change *c = changes; c; c = c->next) all[n++] = c;
	int *fds = malloc((n + 1) * sizeof *fds);
	for (int64_t i = n; i-- > 0;) {
		fds[i] = open(all[i]->path, O_RDWR);
		if (fds[i] >= 0) undo(fds[i], all[i]);
	}
	int most = (int)(roll() % 3); // in some cuts nothing is kept, in some nearly all
	for (int64_t i = 0; i < n; i++) {
		uint64_t r = roll() % 8;
		int keep = all[i]->n;
		if (most == 0 || (most == 1 ? r < 4 : r == 0)) keep = 0, lost++;
		else if (r == 7 && all[i]->n > 512) keep = 512 * (int)(1 + roll() % (all[i]->n / 512)), lost += keep < all[i]->n;
		if (fds[i] >= 0 && (keep > 0 || (all[i]->n < 0 && keep < 0))) redo(fds[i], all[i], keep < all[i]->n ? keep : all[i]->n);
	}
	for (int64_t i = 0; i < n; i++) if (fds[i] >= 0) close(fds[i]);
	free(fds);
	free(all);
	pthread_mutex_unlock(&lock);
	forget(0);
	return lost;
}

static int s_close(file *f) {
	free(((shim *)f)->path);
	((shim *)f)->path = 0;
	return REAL(f)->m ? REAL(f)->m->close(REAL(f)) : ok;
}
static int s_read(file *f, void *b, int n, int64_t at) { return fails() ? read_failed : REAL(f)->m->read(REAL(f), b, n, at); }
static int s_write(file *f, const void *b, int n, int64_t at) {
	int bad = fails();
	// As much as a disk takes that is full, or that loses its power.
	if (bad) n /= 2;
	if (n > 0) note(f, b, n, at);
	int rc = n > 0 ? REAL(f)->m->write(REAL(f), b, n, at) : ok;
	return bad ? full : rc;
}
static int s_truncate(file *f, int64_t n) {
	if (fails()) return truncate_failed;
	note(f, 0, -1, n);
	return REAL(f)->m->truncate(REAL(f), n);
}
static int s_sync(file *f, int how) {
	if (fails()) return sync_failed;
	if (!atomic_load(&recording)) return REAL(f)->m->sync(REAL(f), how);
	// While changes are recorded this is what makes them last; the disk need not be waited for.
	if (((shim *)f)->path) forget(((shim *)f)->path);
	return ok;
}
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
	s->path = name && flags & (main_db | wal) ? strdup(name) : 0;
	int rc = real->open(real, name, s->real, flags, out);
	if (!s->real->m) { free(s->path); s->path = 0; }
	s->base.m = s->real->m ? &shim_methods : 0;
	return rc;
}
static int v_remove(vfs *v, const char *name, int sync) {
	(void)v;
	if (atomic_load(&recording)) forget(name); // that a removal is undone is not tried
	return real->remove(real, name, sync);
}

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
