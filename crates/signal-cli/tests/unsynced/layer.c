/* What a power cut takes: writes that no sync has followed. Loaded before a program, this layer lets every write to the
 * watched file and its companions through, and first notes what stood there, so that whoever cuts the power can put it
 * back. A sync of a file is noted too: what was written before it stays.
 *
 * UNSYNCED_FILE  the file to watch, with all whose path begins so
 * UNSYNCED_NOTES where notes are appended
 *
 * A note is five numbers of 64 bits (kind, length of the path, offset, size of the file before, length of the bytes),
 * the path, and the bytes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITTEN = 1, SYNCED = 2 };
enum { LONGEST_PATH = 4096 };

static pthread_mutex_t noting = PTHREAD_MUTEX_INITIALIZER;
static int notes = -1;

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))
typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef int (*truncate_t)(int, off_t);
typedef int (*sync_t)(int);

static void put(const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t done = NEXT("write", write_t)(notes, at, length);
        if (done <= 0) {
            abort();
        }
        at += done;
        length -= (size_t)done;
    }
}

/* The path behind a descriptor, if it is watched. */
static int watched(int fd, char *path) {
    const char *file = getenv("UNSYNCED_FILE");
    char link[64];
    if (file == NULL || fd == notes) {
        return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, LONGEST_PATH - 1);
    if (length <= 0) {
        return 0;
    }
    path[length] = 0;
    return strncmp(path, file, strlen(file)) == 0;
}

static void note(uint64_t kind, const char *path, int fd, off_t offset, size_t length) {
    struct stat file;
    if (fstat(fd, &file) != 0) {
        abort();
    }
    size_t there = 0;
    if (offset < file.st_size) {
        size_t rest = (size_t)(file.st_size - offset);
        there = length < rest ? length : rest;
    }
    char *bytes = malloc(there + 1);
    if (bytes == NULL || (there > 0 && pread(fd, bytes, there, offset) != (ssize_t)there)) {
        abort();
    }
    uint64_t head[5] = {kind, strlen(path), (uint64_t)offset, (uint64_t)file.st_size, there};
    pthread_mutex_lock(&noting);
    if (notes < 0) {
        const char *to = getenv("UNSYNCED_NOTES");
        notes = to == NULL ? -1 : open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (notes < 0) {
            abort();
        }
    }
    put(head, sizeof head);
    put(path, strlen(path));
    put(bytes, there);
    pthread_mutex_unlock(&noting);
    free(bytes);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    char path[LONGEST_PATH];
    if (watched(fd, path)) {
        note(WRITTEN, path, fd, lseek(fd, 0, SEEK_CUR), length);
    }
    return NEXT("write", write_t)(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    char path[LONGEST_PATH];
    if (watched(fd, path)) {
        note(WRITTEN, path, fd, offset, length);
    }
    return NEXT("pwrite", pwrite_t)(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
    return pwrite(fd, bytes, length, offset);
}

int ftruncate(int fd, off_t size) {
    char path[LONGEST_PATH];
    if (watched(fd, path)) {
        note(WRITTEN, path, fd, size, SIZE_MAX);
    }
    return NEXT("ftruncate", truncate_t)(fd, size);
}

int ftruncate64(int fd, off_t size) {
    return ftruncate(fd, size);
}

static int synced(const char *name, int fd) {
    char path[LONGEST_PATH];
    int done = NEXT(name, sync_t)(fd);
    if (done == 0 && watched(fd, path)) {
        note(SYNCED, path, fd, 0, 0);
    }
    return done;
}

int fsync(int fd) {
    return synced("fsync", fd);
}

int fdatasync(int fd) {
    return synced("fdatasync", fd);
}
